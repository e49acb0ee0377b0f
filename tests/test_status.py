"""Where everything stands, as the engineer on call reads it: what waits, what counts, what was refused, what is held, and who is late."""

from datetime import UTC, datetime, timedelta

from pipelines import flow
from pipelines.core.settings import Settings
from pipelines.samples import LAST_WEEK
from pipelines.status import status
from tests.conftest import admit_as
from tests.feeds.truth import land_sent, of_weeks


def test_every_feed_says_where_its_deliveries_stand(settings: Settings) -> None:
    before, *counted = of_weeks([LAST_WEEK - timedelta(weeks=week) for week in (2, 1, 0)], ("jric_incidents",))
    for sent in counted:
        flow.admit(settings, land_sent(settings, sent))
    land_sent(settings, before)
    admit_as(settings, "jric_incidents", b"Wrong\n1\n", "la_incidents_2026-11-03.csv")
    now = datetime(2026, 11, 20, tzinfo=UTC)
    found = {one["feed"]: one for one in status(settings, now)["feeds"]}
    jric = found["jric_incidents"]
    outcomes = [line.outcome for sent in counted for line in sent.lines]
    assert (jric["waiting"], jric["counted"], jric["refused"]) == (1, 2, 1)
    assert (jric["accepted"], jric["held"]) == (outcomes.count("accepted"), outcomes.count("quarantined"))
    assert jric["held"] and jric["last"].startswith("2026-11-0") and jric["late_since"].startswith("2026-11-1")
    silent = found["ccic_tips"]
    assert silent["late"] and (silent["last"], silent["late_since"], silent["counted"]) == (None, None, 0)
    assert status(settings, now)["database_built"] is None


def test_a_refused_file_that_was_sent_again_is_not_counted_as_refused(settings: Settings) -> None:
    (good,) = of_weeks([LAST_WEEK], ("jric_incidents",))
    admit_as(settings, "jric_incidents", b"Wrong\n1\n", good.name, arrived=good.modified - timedelta(hours=1))
    first = status(settings, good.modified)["feeds"]
    flow.admit(settings, land_sent(settings, good))
    second = status(settings, good.modified)["feeds"]
    of = [next(one for one in feeds if one["feed"] == "jric_incidents") for feeds in (first, second)]
    assert [(one["refused"], one["counted"], one["late"]) for one in of] == [(1, 0, True), (0, 1, False)]
