"""Days, instants and numbers equal what Python's datetime and zoneinfo make of the same texts."""

from datetime import UTC, date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import duckdb
import pytest

from pipelines.core.catalog import Mapping
from pipelines.intake.moments import day, moment, whole_number

ZONE = "America/Los_Angeles"


def ask(sql: str, texts: list[str]) -> list[Any]:
    with duckdb.connect() as con:
        con.execute("SET TimeZone = 'UTC'")
        con.execute("CREATE TABLE given (i INTEGER, x VARCHAR)")
        con.executemany("INSERT INTO given VALUES (?, ?)", list(enumerate(texts)))
        return [value for (value,) in con.execute(f"SELECT {sql} FROM given ORDER BY i").fetchall()]


@pytest.mark.slow
def test_every_local_half_hour_of_a_year_is_the_instant_that_zoneinfo_gives() -> None:
    times = [datetime(2026, 1, 1) + timedelta(minutes=30 * i) for i in range(48 * 365)]  # noqa: DTZ001  local times are what is asked about
    found = ask(moment("x", Mapping(source="x", formats=("%Y-%m-%dT%H:%M:%S",)), ZONE), [t.isoformat() for t in times])
    assert found == [t.replace(tzinfo=ZoneInfo(ZONE)).astimezone(UTC).replace(tzinfo=None) for t in times]


MIXED = Mapping(source="x", formats=("%Y-%m-%dT%H:%M:%S%z", "%m/%d/%Y", "unix_ms"))
MOMENTS = {
    "2026-01-05T23:30:00-08:00": (date(2026, 1, 5), datetime(2026, 1, 6, 7, 30)),  # noqa: DTZ001
    "2026-01-05T23:30:00-0500": (date(2026, 1, 5), datetime(2026, 1, 6, 4, 30)),  # noqa: DTZ001
    "2026-01-05T02:00:00Z": (date(2026, 1, 4), datetime(2026, 1, 5, 2)),  # noqa: DTZ001
    "01/05/2026": (date(2026, 1, 5), datetime(2026, 1, 5, 8)),  # noqa: DTZ001
    "1767603600123": (date(2026, 1, 5), datetime(2026, 1, 5, 9, 0, 0, 123000)),  # noqa: DTZ001
    "-1": (None, None),
    "17676036001234": (None, None),
    "2026-02-30T00:00:00Z": (None, None),
    "2026-01-05T23:30:00": (None, None),
}


def test_a_text_is_read_by_the_first_format_that_fits() -> None:
    assert ask(day("x", MIXED, ZONE), list(MOMENTS)) == [found for found, _ in MOMENTS.values()]
    assert ask(moment("x", MIXED, ZONE), list(MOMENTS)) == [found for _, found in MOMENTS.values()]


def test_excel_days() -> None:
    excel = Mapping(source="x", formats=("excel",))
    texts = ["46027", "46027.5", "2026-01-05", "2026-01-05T12:00:00", "60", "73051", "4e4", "-5"]
    assert ask(day("x", excel, ZONE), texts) == [date(2026, 1, 5)] * 4 + [None] * 4


@pytest.mark.parametrize(
    ("decimal", "texts", "numbers"),
    [
        (",", ["1.234", "12,00", "-7", "1,5", "1.23", "x", ""], [1234, 12, -7, None, None, None, None]),
        (".", ["1,234", "12.00", "+7", "1.5", "1,23", "1e3", "1_000"], [1234, 12, 7, None, None, None, None]),
    ],
)
def test_whole_numbers(decimal: str, texts: list[str], numbers: list[int | None]) -> None:
    assert ask(whole_number("x", decimal), texts) == numbers
