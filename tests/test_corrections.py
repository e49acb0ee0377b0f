"""A correction keeps what was, says when it was learned and why, and finds every published number that it touches."""

import dataclasses
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb
import pytest

from pipelines import flow
from pipelines.core.settings import Settings
from tests.conftest import admit_as

pytestmark = pytest.mark.slow

Make = Callable[..., Any]
MONDAY = date(2026, 8, 17)
TIPS = "tips_2026-08-24.ndjson"


def moment(days: int) -> datetime:
    return datetime(2026, 8, 24, tzinfo=UTC) + timedelta(days=days)


@pytest.fixture
def released(settings: Settings, tip: Make, to_ndjson: Make, la_rows: Make, to_csv: Make) -> Settings:
    """A home whose tips and incidents of a week were published: 60 tips of labor, 30 of sex, 40 incidents."""
    home = dataclasses.replace(settings, approvers=("approver",))
    tips = [tip(i, form="labor" if i < 60 else "sex") for i in range(90)]
    admit_as(home, "stac_tips", to_ndjson(tips), TIPS, moment(0), moment(0))
    admit_as(home, "jric_incidents", to_csv(incidents(la_rows, 40)), "la_2026-08-24.csv", moment(0), moment(0))
    publish(home)
    return home


def incidents(la_rows: Make, number: int) -> list[dict[str, str]]:
    rows: list[dict[str, str]] = la_rows(number, **{"DATE OCC": "08/18/2026 00:00", "Date Rptd": "08/19/2026 00:00"})
    return rows


def publish(home: Settings) -> str:
    flow.build(home)
    draft = flow.compile_assessment(home, flow.current(home), MONDAY, "programs", "analyst")
    return flow.publish(home, draft, "approver").id


def ask(home: Settings, sql: str) -> list[Any]:
    flow.build(home)
    with duckdb.connect(str(home.path("warehouse", "analyst.duckdb")), read_only=True) as con:
        return con.execute(sql).fetchall()


CELLS = "SELECT level, form, released_n, current_n, sum(effect), min(kind), min(why) FROM retractions GROUP BY ALL ORDER BY ALL"


def test_nothing_is_told_differently_at_first(released: Settings) -> None:
    assert ask(released, "SELECT count(*) FROM retractions") == [(0,)]
    assert ask(released, "SELECT count(*) FROM changes") == [(0,)]


def test_a_withdrawal_and_a_correction_name_the_cells_that_they_change(released: Settings, tip: Make, to_ndjson: Make) -> None:
    gone, moved, same = tip(1, action="withdraw"), tip(2, form="sex", action="update"), tip(3, urgency="immediate", action="update")
    receipt = admit_as(released, "stac_tips", to_ndjson([gone, moved, same]), "tips_2026-08-31.ndjson", moment(7), moment(8))
    assert receipt["counts"]["accepted"] == 3, receipt["reasons"]
    cells = {(level, form): rest for level, form, *rest in ask(released, CELLS)}
    assert cells["state", "all"][:3] == [90, 89, -1]  # the one that moved still counts in the whole
    assert cells["state by form", "labor"][:3] == [60, 58, -2]
    assert cells["state by form", "sex"][:3] == [30, 31, 1]
    told = ask(released, "SELECT kind, why, changed, learned_at, delivery_id FROM changes ORDER BY kind, why, changed")
    assert [(kind, why, changed) for kind, why, changed, *_ in told] == [
        ("corrected", "replaced", ["exploitation_form"]),
        ("corrected", "replaced", ["urgency"]),
        ("withdrawn", "deleted", []),
    ]
    assert {(learned, one) for *_, learned, one in told} == {(moment(8).replace(tzinfo=None), receipt["delivery_id"])}
    (then,) = ask(released, "SELECT count(*) FROM tips_as_of(TIMESTAMP '2026-08-25')")
    (now,) = ask(released, "SELECT count(*) FROM tips")
    assert (then, now) == ((90,), (89,))
    # What was released again knows of it: the week stands as it was first told, and its numbers stay listed.
    publish(released)
    assert {(level, form) for level, form, *_ in ask(released, CELLS)} == set(cells)


def test_a_file_that_is_sent_again_without_some_rows(released: Settings, la_rows: Make, to_csv: Make) -> None:
    fewer = incidents(la_rows, 38)
    receipt = admit_as(released, "jric_incidents", to_csv(fewer), "la_2026-08-24.csv", moment(0), moment(2))
    rows = ask(released, "SELECT level, form, released_n, current_n, effect, kind, why, delivery_id, learned_at FROM retractions ORDER BY ALL")
    one = receipt["delivery_id"]
    told = moment(2).replace(tzinfo=None)
    assert [row for row in rows if row[0] == "state"] == [("state", "all", 40, 38, -1, "withdrawn", "sent_again", one, told)] * 2
    assert len({row[0] for row in rows}) == 3 and all(row[2:] == (40, 38, -1, "withdrawn", "sent_again", one, told) for row in rows)


def test_late_records_are_no_corrections(released: Settings, tip: Make, to_ndjson: Make) -> None:
    admit_as(released, "stac_tips", to_ndjson([tip(500 + i) for i in range(12)]), "tips_2026-08-31.ndjson", moment(7), moment(7))
    assert ask(released, "SELECT count(*) FROM retractions") == [(0,)]
