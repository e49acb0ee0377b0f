"""Silence is never a zero: each feed is looked at by its own cadence, each center by each of its feeds, and nobody waits for a silent one."""

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest

from pipelines import flow
from pipelines.core.catalog import load_feeds
from pipelines.core.files import write_json
from pipelines.core.receipts import utc_text
from pipelines.core.settings import Settings
from pipelines.silence import late_feeds
from tests.conftest import admit_as

pytestmark = pytest.mark.slow

Make = Callable[..., Any]
NOW = datetime(2026, 11, 2, tzinfo=UTC)
MONDAYS = [date(2026, 9, 7) + timedelta(weeks=i) for i in range(8)]


def test_silence_is_judged_by_the_cadence_of_the_feed(settings: Settings) -> None:
    feeds = load_feeds(settings.schemas)
    for name in feeds:
        for status, days in (("accepted", 30), ("refused", 1)):  # what was refused breaks no silence
            receipt = {"feed": name, "delivery_id": status, "status": status, "received_at": utc_text(NOW - timedelta(days=days))}
            write_json(settings.path("receipts", name, f"{status}.json"), {**receipt, "error": {"code": "E-TEMPLATE"}})

    def late(days: int) -> set[str]:
        return {one.feed for one in late_feeds(settings, NOW + timedelta(days=days))}

    assert late(0) == {name for name, feed in feeds.items() if feed.cadence == "weekly"}
    assert "csti_training" in late(20) and "vsb_services" not in late(100)
    assert late(120) == set(feeds)
    said = str(next(one for one in late_feeds(settings, NOW) if one.feed == "ncric_tips"))
    for part in ("NCRIC", "late since 2026-10-13", "last accepted 2026-10-03", "E-TEMPLATE", "intake@ncric.example.org"):
        assert part in said, part


def test_a_feed_that_never_sent_anything_is_named_as_such(settings: Settings) -> None:
    late = late_feeds(settings, NOW)
    assert len(late) == len(load_feeds(settings.schemas)) and all("never sent" in str(one) for one in late)


@pytest.fixture
def home(settings: Settings, la_rows: Make, to_csv: Make, tip: Make, to_ndjson: Make) -> Settings:
    """Eight weeks of JRIC incidents in which the fourth and the last do not come; every week tips; one week in which tips say zero."""
    for number, monday in enumerate(MONDAYS):
        after = monday + timedelta(days=7)
        as_of = datetime(after.year, after.month, after.day, tzinfo=UTC)
        day = monday + timedelta(days=1)
        if number not in (3, 7):
            rows = la_rows(20, **{"DATE OCC": f"{day:%m/%d/%Y} 00:00", "Date Rptd": f"{day:%m/%d/%Y} 00:00"})
            if number == 4:  # two late records of the week that never came
                late = MONDAYS[3] + timedelta(days=2)
                rows[0] |= {"DATE OCC": f"{late:%m/%d/%Y} 00:00"}
                rows[1] |= {"DATE OCC": f"{late:%m/%d/%Y} 00:00"}
            for i, row in enumerate(rows):
                row["DR_NO"] = f"{260000000 + number * 100 + i}"
            admit_as(settings, "jric_incidents", to_csv(rows), f"la_{after}.csv", as_of, as_of)
        tips = [tip(number * 100 + i, received=f"{day}T20:15:00Z", occurred={"date": str(monday), "precision": "exact"}) for i in range(12)]
        name = f"tips_{after}_zero.ndjson" if number == 5 else f"tips_{after}.ndjson"
        content = b"\n" if number == 5 else to_ndjson(tips)
        receipt = admit_as(settings, "stac_tips", content, name, as_of, as_of)
        assert number == 5 or receipt["status"] == "accepted"
    flow.build(settings)
    return settings


def states(settings: Settings, feed: str) -> list[str]:
    with duckdb.connect(str(settings.path("warehouse", "analyst.duckdb")), read_only=True) as con:
        found = con.execute("SELECT state FROM feed_weeks WHERE feed = ? AND week >= DATE '2026-09-07' ORDER BY week", [feed]).fetchall()
    return [state for (state,) in found]


def test_a_silent_week_is_not_reported_even_where_late_records_lie_in_it(home: Settings) -> None:
    assert states(home, "jric_incidents") == ["reported"] * 3 + ["not_reported"] + ["reported"] * 3 + ["late"]
    assert states(home, "jric_tips") == ["not_reported"] * 8  # the same center's other feed never sent anything


def test_a_silent_center_is_nowhere_a_zero(home: Settings) -> None:
    release = flow.compile_assessment(home, flow.current(home), MONDAYS[-1], "programs", "analyst")
    with duckdb.connect(str(release.path / "release.duckdb"), read_only=True) as con:
        cells = con.execute('SELECT "table", week, center, form, n, reporting, expected FROM cells WHERE n IS NOT DISTINCT FROM 0').fetchall()
        silent = con.execute('SELECT center, "table", week FROM coverage WHERE reporting = 0').fetchall()
        last = con.execute("SELECT n, reporting FROM cells WHERE week = ? AND \"table\" = 'incidents_by_week'", [MONDAYS[-1]]).fetchall()
        jric = con.execute("SELECT \"table\", state FROM coverage WHERE center = 'JRIC' AND week = ? ORDER BY 1", [MONDAYS[1]]).fetchall()
    assert jric == [("incidents", "reported"), ("tips", "not_reported")]  # one silent feed of a center is seen
    assert last and all((n, reporting) == (None, 0) for n, reporting in last)  # nobody reported incidents of the last week
    kinds = {"tips_by_week": "tips", "incidents_by_week": "incidents"}
    assert not [cell for cell in cells if (cell[2], kinds[cell[0]], cell[1]) in silent or cell[5] == 0]
    page = (release.path / "index.html").read_text(encoding="utf-8")
    assert "nobody reported" in page and '<td class="late">late</td>' in page and '<td class="not_reported">no</td>' in page


def test_a_silent_feed_delays_nobody(home: Settings) -> None:
    with duckdb.connect(str(home.path("warehouse", "analyst.duckdb")), read_only=True) as con:
        assert con.execute("SELECT count(*), max(reported_week) FROM tips").fetchall() == [(12 * 7, MONDAYS[-1])]
