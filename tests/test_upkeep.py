"""A feed is silent when it has sent nothing for longer than its own cadence allows."""

from datetime import UTC, datetime, timedelta

from pipelines import upkeep
from pipelines.core.catalog import load_feeds
from pipelines.core.files import write_json
from pipelines.core.receipts import utc_text
from pipelines.core.settings import Settings

NOW = datetime(2026, 11, 2, tzinfo=UTC)


def test_silence_is_judged_by_the_cadence_of_the_feed(settings: Settings) -> None:
    feeds = load_feeds(settings.schemas)
    for name in feeds:
        for status, days in (("accepted", 30), ("refused", 1)):  # what was refused breaks no silence
            receipt = {"feed": name, "delivery_id": status, "status": status, "received_at": utc_text(NOW - timedelta(days=days))}
            write_json(settings.path("receipts", name, f"{status}.json"), receipt)
    assert set(upkeep.silent(settings, NOW)) == {name for name, feed in feeds.items() if feed.cadence == "weekly"}
    assert "csti_training" in upkeep.silent(settings, NOW + timedelta(days=20))
    assert "vsb_services" not in upkeep.silent(settings, NOW + timedelta(days=100))
    assert set(upkeep.silent(settings, NOW + timedelta(days=120))) == set(feeds)
