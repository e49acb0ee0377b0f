"""No number that disclosure control lets pass, and no difference of two of them, is a small count."""

from datetime import date
from itertools import product
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as example_settings
from hypothesis import strategies as st

from pipelines.core.settings import Settings
from pipelines.disclosure.attack import attack
from pipelines.disclosure.ledger import enter, read_ledger
from pipelines.disclosure.primary import choose

CENTERS, FORMS = ["STAC", "NCRIC", "JRIC"], ["sex", "labor"]
Row = tuple[str, str, str, int, int | None]


def write(path: Path, rows: list[Row]) -> Path:
    path.unlink(missing_ok=True)
    con = duckdb.connect(str(path))
    con.execute('CREATE TABLE cells ("table" VARCHAR, week DATE, level VARCHAR, center VARCHAR, form VARCHAR, n BIGINT, n_low BIGINT)')
    for row in rows:
        con.execute("INSERT INTO cells VALUES ('tips_by_week', '2026-10-26', ?, ?, ?, ?, ?)", row)
    con.close()
    return path


counts = st.tuples(st.integers(0, 30), st.integers(0, 30)).map(lambda pair: (max(pair), min(pair)))


@pytest.mark.slow
@example_settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(counts, min_size=6, max_size=6))
def test_nothing_small_is_shown_or_can_be_worked_out(tmp_path: Path, values: list[tuple[int, int]]) -> None:
    shown, held = choose(dict(zip(product(CENTERS, FORMS), values, strict=True)), CENTERS, FORMS)
    assert len({cell.level for cell in shown} | {level.level for level in held}) == 3
    assert all(cell.n == 0 or cell.n >= 11 for cell in shown)
    assert attack(write(tmp_path / "r.duckdb", [(c.level, c.center, c.form, c.n, c.n_low) for c in shown])) == []


SAFE: list[Row] = [("state", "all", "all", 40, 40), ("state by form", "all", "sex", 25, 25), ("state by form", "all", "labor", 15, 15)]


@pytest.mark.parametrize(
    "leak",
    [
        [("state", "all", "all", 7, 7)],
        [("state", "all", "all", 40, 37)],
        [*SAFE[:2], ("state by form", "all", "labor", 12, 12)],
        [*SAFE, ("center by form", "STAC", "sex", 20, 20)],
        [*SAFE[:1], ("center by form", "STAC", "all", 35, 35), ("center by form", "STAC", "sex", 30, 30)],
    ],
)
def test_the_attack_finds_what_was_planted(tmp_path: Path, leak: list[Row]) -> None:
    assert attack(write(tmp_path / "safe.duckdb", SAFE)) == []
    assert attack(write(tmp_path / "leak.duckdb", leak)) != []


def test_a_week_that_was_released_stays_as_it_was(settings: Settings) -> None:
    week = str(date(2026, 10, 26))
    first = {"tips_by_week": {week: {"cells": [{"n": 20}], "held": []}}}
    enter(settings, first)
    enter(settings, {"tips_by_week": {week: {"cells": [{"n": 21}], "held": []}, "2026-11-02": {"cells": [], "held": []}}})
    assert read_ledger(settings)["tips_by_week"][week] == first["tips_by_week"][week]
    assert "2026-11-02" in read_ledger(settings)["tips_by_week"]
