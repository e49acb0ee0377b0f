"""Receives the clock; hands on, feed by feed, where its deliveries stand: landed, counted, refused, held, and since when it is late; refuses
nothing.

Numbers of deliveries and rows, from receipts and folders alone: no stage has to run, and nothing that was sent is looked at.
"""

from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from typing import Any

from pipelines.core.catalog import Feed, load_feeds
from pipelines.core.receipts import Standing, read_receipts, standings
from pipelines.core.settings import Settings
from pipelines.intake.pull import landing
from pipelines.quarantine import list_held
from pipelines.silence import late_feeds
from pipelines.warehouse import analyst_path


@dataclass(frozen=True)
class FeedStatus:
    """One live feed. `waiting`: deliveries landed and not yet admitted; `counted`, `refused`: deliveries that count, and that were refused and
    not replaced since; `accepted`, `held`: rows of those that count, and rows in quarantine; `last`: arrival of the last accepted one (UTC);
    `late_since`: when its time was up (UTC); None where it is not late, or where nothing ever came.
    """

    center: str
    feed: str
    waiting: int
    counted: int
    refused: int
    accepted: int
    held: int
    last: str | None
    late: bool
    late_since: str | None


def status(settings: Settings, now: datetime) -> dict[str, Any]:
    """The live feeds in order of center and feed, and when the analysts' database was built last (UTC, None where there is none)."""
    feeds = load_feeds(settings.schemas)
    live = sorted((feed for feed in feeds.values() if feed.status == "live"), key=lambda feed: (feed.center, feed.name))
    receipts = read_receipts(settings)
    standing = standings(receipts, feeds)
    held, late = list_held(settings, now.date()), {one.feed: one.since for one in late_feeds(settings, now)}

    def of(feed: Feed) -> FeedStatus:
        mine = [receipt for receipt in receipts if receipt["feed"] == feed.name]
        counted = [receipt for receipt in mine if _stands(standing, receipt, "counted")]
        since = late.get(feed.name)
        return FeedStatus(
            center=feed.center,
            feed=feed.name,
            waiting=len({path.name for path in landing(settings, feed.name)} - {receipt["delivery_id"] for receipt in mine}),
            counted=len(counted),
            refused=sum(_stands(standing, receipt, "refused") for receipt in mine),
            accepted=sum(receipt["counts"]["accepted"] for receipt in counted),
            held=sum(one["rows"] for one in held if one["feed"] == feed.name),
            last=max((receipt["received_at"] for receipt in mine if receipt["status"] == "accepted"), default=None),
            late=feed.name in late,
            late_since=since.date().isoformat() if since else None,
        )

    built = analyst_path(settings)
    moment = datetime.fromtimestamp(int(built.stat().st_mtime), UTC).isoformat() if built.exists() else None
    return {"feeds": [asdict(of(feed)) for feed in live], "database_built": moment}


def _stands(standing: dict[tuple[str, str], Standing], receipt: dict[str, Any], state: str) -> bool:
    return standing[receipt["feed"], receipt["delivery_id"]].state == state
