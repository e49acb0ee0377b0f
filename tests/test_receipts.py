"""What a sender is told: a page without a value, what replaces what, tests that are never counted, and what is unusual beside other weeks."""

import html
import re
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from typing import Any

import duckdb
import pytest

from pipelines import flow
from pipelines.core.catalog import feed_named
from pipelines.core.receipts import read_receipts
from pipelines.core.settings import Settings
from pipelines.intake.pull import pull_feed
from pipelines.intake.source import Source
from pipelines.issue import review
from pipelines.learned import unusual
from pipelines.products.receipt.page import page_of
from tests.conftest import AS_OF, admit_as

pytestmark = pytest.mark.slow

Make = Callable[..., Any]
SECRET = "Placeholdername"
FEED, NAME = "jric_incidents", "la_2026-08-22.csv"


def day(number: int) -> datetime:
    return datetime(2026, 9, number, tzinfo=UTC)


def counted(settings: Settings) -> tuple[int, list[tuple[str, str]]]:
    """Current incidents, and each delivery's name and standing."""
    flow.build(settings)
    with duckdb.connect(str(settings.path("warehouse", "analyst.duckdb")), read_only=True) as con:
        records = con.execute("SELECT count(*) FROM incidents").fetchall()[0][0]
        return records, con.execute("SELECT delivery_id, status FROM deliveries ORDER BY received_at, delivery_id").fetchall()


def words(settings: Settings, delivery_id: str) -> str:
    page = page_of(settings.path("receipts", FEED, f"{delivery_id}.json")).read_text(encoding="utf-8")
    assert not re.search(r"(?:src|href)=\"(?!mailto:)", page)  # no other host, no other file
    return html.unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", page)))


def test_the_page_says_what_arrived_what_was_right_and_what_to_do(admit: Make, la_rows: Make, to_csv: Make, settings: Settings) -> None:
    rows = la_rows(40)
    rows[6]["Status"] = SECRET
    rows[8]["DATE OCC"] = SECRET
    rows[9]["DATE OCC"] = "03/09/2026 00:00"
    rows[11] = rows[10]
    receipt = admit(FEED, to_csv(rows), name=NAME)
    said = words(settings, receipt["delivery_id"])
    for part in (
        "Accepted, but for the rows below",
        "36 of 40 rows were accepted as they are",
        "R-CODE",
        "R-DATE",
        "reported not before it occurred",
        "Write the date as the template says",
        "counted once: 12.",
        "intake@jric.example.org",
    ):
        assert part in said, part
    assert SECRET not in said and "260000007" not in said  # neither the bad value nor the record's number


def test_a_refused_file_tells_the_way_on(admit: Make, la_rows: Make, to_csv: Make, settings: Settings) -> None:
    receipt = admit(FEED, to_csv(la_rows(10)).replace(b"Mocodes", b"Victim Name", 1), name=NAME)
    said = words(settings, receipt["delivery_id"])
    for part in ("Refused", "E-DENIED", "stas check FILE --feed jric_incidents", f"TEST_{NAME}", "same name", "Remove the column"):
        assert part in said, part


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_file_sent_again_is_counted_once_in_whatever_order_it_is_taken_in(
    order: tuple[int, ...], la_rows: Make, to_csv: Make, settings: Settings
) -> None:
    refused = to_csv(la_rows(10)).replace(b"Mocodes", b"Victim Name", 1)
    sent = [(refused, day(1)), (to_csv(la_rows(10)), day(2)), (to_csv(la_rows(8, Status="AA")), day(3))]
    ids = {}
    for number in order:
        ids[number] = admit_as(settings, FEED, sent[number][0], NAME, arrived=sent[number][1])["delivery_id"]
    assert counted(settings) == (8, [(ids[0], "replaced"), (ids[1], "superseded"), (ids[2], "accepted")])
    review(settings, FEED)
    assert review(settings, FEED) == []  # it is what it is: nothing changes any more
    told = {r["delivery_id"]: (r["replaces"], r["replaced_by"]) for r in read_receipts(settings, FEED)}
    assert told == {ids[0]: ([], ids[1]), ids[1]: ([ids[0]], ids[2]), ids[2]: ([ids[1]], None)}
    assert f"it replaces {ids[1]} and is counted once" in words(settings, ids[2])
    assert ids[2] in words(settings, ids[1])


def test_a_refused_file_takes_nothing_away(la_rows: Make, to_csv: Make, settings: Settings) -> None:
    admit_as(settings, FEED, to_csv(la_rows(10)), NAME, arrived=day(1))
    admit_as(settings, FEED, b"\x00", NAME, arrived=day(2))
    assert counted(settings)[0] == 10


def test_an_action_feed_applies_both_in_turn(settings: Settings, tip: Make, to_ndjson: Make) -> None:
    name = "tips_2026-08-22.ndjson"
    admit_as(settings, "stac_tips", to_ndjson([tip(1), tip(2)]), name, arrived=day(1))
    admit_as(settings, "stac_tips", to_ndjson([tip(2, urgency="immediate")]), name, arrived=day(2))
    flow.build(settings)
    with duckdb.connect(str(settings.path("warehouse", "analyst.duckdb")), read_only=True) as con:
        assert con.execute("SELECT urgency, count(*) FROM tips GROUP BY 1 ORDER BY 1").fetchall() == [("immediate", 1), ("routine", 1)]


def test_a_test_is_checked_in_full_and_leaves_a_receipt_alone(la_rows: Make, to_csv: Make, settings: Settings) -> None:
    rows = la_rows(40)
    rows[6]["Status"] = SECRET
    test = admit_as(settings, FEED, to_csv(rows), f"TEST_{NAME}", arrived=day(1))
    real = admit_as(settings, FEED, to_csv(rows), NAME, arrived=day(2))  # the very bytes
    assert test["status"] == "test" and real["status"] == "accepted"
    assert test["counts"] == real["counts"] and test["reasons"] == real["reasons"]
    bad = admit_as(settings, FEED, b"\x00", f"TEST_{NAME}", arrived=day(3))
    assert (bad["status"], bad["error"]["code"]) == ("test", "E-BINARY")
    for receipt in (test, bad):
        one = receipt["delivery_id"]
        assert one.startswith("test-") and receipt["files"] == {}
        assert {p.name for p in settings.home.rglob(f"*{one}*")} == {f"{one}.json", f"{one}.html"}
    review(settings, FEED)
    assert counted(settings) == (39, [(real["delivery_id"], "accepted")])
    assert "Nothing of it was stored or counted" in words(settings, test["delivery_id"])


def test_only_what_is_of_the_window_is_pulled(settings: Settings, la_rows: Make, to_csv: Make) -> None:
    folder = settings.path("inbox", FEED)
    folder.mkdir(parents=True)
    for number in range(1, 6):
        (folder / f"la_2026-08-{number:02d}.csv").write_bytes(to_csv(la_rows(number + 3)))
    feed = feed_named(settings.schemas, FEED)
    within = (date(2026, 8, 2), date(2026, 8, 4))
    pulled = pull_feed(settings, feed, Source(str(folder), transport="folder"), False, within)
    assert [d.name[-6:-4] for d in pulled] == ["02", "03", "04"]
    (preview,) = flow.preview_all(settings, pulled[:1])
    assert (preview.status, preview.counts["accepted"]) == ("accepted", 5)
    assert read_receipts(settings, FEED) == [] and not settings.path("canonical").exists()
    assert flow.label(settings, pulled[0]) == "la_2026-08-02.csv"


def receipt(week: int, rows: int = 100, fill: float = 0.8, columns: tuple[str, ...] = ("a", "b", "c"), **values: Any) -> dict[str, Any]:
    """A receipt as far as it is compared with others."""
    as_of = (AS_OF + timedelta(weeks=week)).isoformat()
    counts = {"received": rows}
    base = {"as_of": as_of, "counts": counts, "records": rows, "fill": {"clearance": fill}, "columns": list(columns), "error": None}
    return base | {"status": "accepted"} | values


def codes(settings: Settings, now: dict[str, Any], earlier: list[dict[str, Any]]) -> list[str]:
    return [issue["code"] for issue in unusual(feed_named(settings.schemas, FEED), now, earlier)]


def test_unusual_volumes_and_fill_rates_warn(settings: Settings) -> None:
    weeks = [receipt(i, rows=100 + i % 5, fill=0.8 + 0.01 * (i % 3)) for i in range(13)]
    assert codes(settings, receipt(13), weeks) == []
    assert codes(settings, receipt(13, rows=30), weeks) == ["I-VOLUME"]
    assert codes(settings, receipt(13, rows=900), weeks) == ["I-VOLUME"]
    assert codes(settings, receipt(13, fill=0.2), weeks) == ["I-FILL"]
    assert codes(settings, receipt(13, rows=30), weeks[:5]) == []  # too few to say what is usual


def test_what_is_usual_follows_the_season(settings: Settings) -> None:
    """A feed that falls to a third each summer does not warn of it, and does warn when it does not fall."""
    summer = {week for year in range(3) for week in range(year * 52 + 20, year * 52 + 30)}
    weeks = [receipt(i, rows=(33 if i in summer else 100) + i % 3) for i in range(2 * 52 + 24)]
    assert codes(settings, receipt(2 * 52 + 24, rows=34), weeks) == []
    assert codes(settings, receipt(2 * 52 + 24, rows=100), weeks) == ["I-VOLUME"]
    assert codes(settings, receipt(20, rows=34), weeks[:20]) == ["I-VOLUME"]  # the first summer, of which nothing could be known


def test_a_changed_template_is_named_once(settings: Settings) -> None:
    weeks = [receipt(i) for i in range(3)]
    changed = receipt(3, columns=("a", "x", "c", "d"))
    (issue,) = unusual(feed_named(settings.schemas, FEED), changed, weeks)
    assert (issue["code"], issue["column"]) == ("I-TEMPLATE", "added: d; renamed: b to x")
    assert codes(settings, receipt(4, columns=("a", "x", "c", "d")), [*weeks, changed]) == []
    assert codes(settings, receipt(4, columns=("a",), status="refused", error={}), weeks) == ["I-TEMPLATE"]
    flapping = [receipt(i, columns=("a", "b", "c") if i % 2 else ("a", "b")) for i in range(8)]  # a key that comes and goes is no template
    assert codes(settings, receipt(8, columns=("a", "b")), flapping) == codes(settings, receipt(9), flapping) == []
