"""Real open data of two police departments gives exactly the counts that were computed apart from this pipeline."""

import csv
import hashlib
import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import duckdb
import pytest

from pipelines import flow
from pipelines.core.settings import Settings
from pipelines.intake.source import Source

pytestmark = pytest.mark.slow

TYPES = {"sex": "64A", "labor": "64B"}


def take_in(settings: Settings, feed: str, folder: Path, order: Random | None = None, again: bool = False) -> list[dict[str, Any]]:
    """Admit a folder's files, shuffled if an order is given; return the receipts."""
    deliveries = flow.pull(settings, feed, Source(str(folder)), again)
    if order:
        order.shuffle(deliveries)
    return [json.loads(flow.admit(settings, delivery).receipt.read_text(encoding="utf-8")) for delivery in deliveries]


def tables(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    """Every table of the analysts' database, sorted."""
    with duckdb.connect(str(flow.build(settings).path), read_only=True) as con:
        names = [name for (name,) in con.execute("SELECT table_name FROM duckdb_tables() ORDER BY 1").fetchall()]
        return {name: con.execute(f"SELECT * FROM {name} ORDER BY ALL").fetchall() for name in names}


def parquet(settings: Settings) -> dict[str, str]:
    """SHA-256 of every Parquet file, by path."""
    return {str(p.relative_to(settings.home)): hashlib.sha256(p.read_bytes()).hexdigest() for p in settings.home.glob("*/**/*.parquet")}


@pytest.fixture(scope="module")
def san_francisco(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home with the 14 weekly drops, taken in in order."""
    settings = Settings(home=tmp_path_factory.mktemp("sf"), key=bytes(range(32)))
    receipts = take_in(settings, "ncric_incidents", shared_data / "real/sfpd/weekly_drops")
    assert [r["status"] for r in receipts] == ["accepted"] * 14
    assert all(r["counts"]["quarantined"] == r["counts"]["duplicate"] == 0 for r in receipts)
    return settings


def test_san_francisco_is_right_after_every_drop(san_francisco: Settings, shared_data: Path) -> None:
    with (shared_data / "real/expected/sfpd_weekly_drops_cumulative_incidents.csv").open() as file:
        expected = Counter({(r["as_of"], r["week"], r["type"]): int(r["incidents"]) for r in csv.DictReader(file)})
    found: Counter[tuple[str, str, str]] = Counter()
    with duckdb.connect(str(flow.build(san_francisco).path), read_only=True) as con:
        for drop in sorted({as_of for as_of, _, _ in expected}):
            query = f"""SELECT occurred_week::VARCHAR, exploitation_form, count(DISTINCT record_uid) FROM incidents_as_of(TIMESTAMP '{drop}')
                WHERE exploitation_form IN ('sex', 'labor', 'both') GROUP BY ALL"""
            found.update({(drop, week, TYPES[form]): n for week, form, n in con.execute(query).fetchall()})
        forms = dict(con.execute("SELECT exploitation_form, count(*) FROM incidents WHERE trafficking_status = 'possible' GROUP BY 1").fetchall())
        ended = con.execute("SELECT exploitation_form, ended_by FROM incidents_versions WHERE ended_by IS NOT NULL").fetchall()
    assert found == expected
    assert len({drop for drop, _, _ in found}) == 14
    assert forms == {"sex": 8, "labor": 2}
    assert ended == [("sex", "withdrawn")]  # and those that aged out of the window are kept


@pytest.mark.slow
@pytest.mark.parametrize("seed", [1, 2])
def test_any_order_and_any_repetition_give_the_same(san_francisco: Settings, shared_data: Path, settings: Settings, seed: int) -> None:
    for _ in range(2):
        take_in(settings, "ncric_incidents", shared_data / "real/sfpd/weekly_drops", Random(seed), again=True)
    assert parquet(settings) == parquet(san_francisco)
    assert len(parquet(settings)) == 14
    assert tables(settings) == tables(san_francisco)


@pytest.fixture(scope="module")
def los_angeles(shared_data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, dict[str, Any]]:
    """A home with the 10,000 rows of 2020, and their receipt."""
    settings = Settings(home=tmp_path_factory.mktemp("la"), key=bytes(range(32)))
    (receipt,) = take_in(settings, "jric_incidents", shared_data / "real/lapd")
    return settings, receipt


def test_los_angeles_accounts_for_every_row(los_angeles: tuple[Settings, dict[str, Any]]) -> None:
    _, receipt = los_angeles
    assert receipt["counts"] == {"received": 10_000, "accepted": 10_000, "quarantined": 0, "duplicate": 0, "refused": 0}
    assert receipt["records"] == 10_000 and receipt["issues"] == []


def test_los_angeles_is_right_by_month_and_type(los_angeles: tuple[Settings, dict[str, Any]], shared_data: Path) -> None:
    settings, _ = los_angeles
    expected = shared_data / "real/expected"
    with (expected / "lapd_2020_sample10k_mixed_dates_rows_by_month.csv").open() as file:
        months = {row["occ"]: int(row["rows"]) for row in csv.DictReader(file)}
    with (expected / "lapd_2020_sample10k_mixed_dates_by_year_type.csv").open() as file:
        types = {row["type"]: int(row["incidents"]) for row in csv.DictReader(file)}
    with duckdb.connect(str(flow.build(settings).path), read_only=True) as con:
        assert dict(con.execute("SELECT strftime(occurred_on, '%Y-%m'), count(*) FROM incidents GROUP BY 1").fetchall()) == months
        by_code = dict(con.execute("SELECT unnest(offence_codes), count(*) FROM incidents GROUP BY 1").fetchall())
        assert by_code == {"64A": types["HT_SEX(64A)"], "64B": types["HT_LABOUR(64B)"], "40B": types["PIMPING"], "OTH": 9_996}
        trafficking = con.execute(
            "SELECT exploitation_form, occurred_precision, occurred_on::VARCHAR, occurred_week::VARCHAR FROM incidents"
            " WHERE trafficking_status = 'possible' ORDER BY 1"
        ).fetchall()
    assert trafficking == [("labor", "year", "2020-01-01", None), ("sex", "day", "2020-03-01", "2020-02-24")]
