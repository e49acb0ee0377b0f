"""Receives the analysts' aggregates; hands on a release: the numbers that nobody can be told from, and what was held back and why.

Refuses (SystemFault) to hand on a release in which the independent attack finds a small count.
"""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.core.duck import connect
from pipelines.core.errors import SystemFault
from pipelines.core.files import draft_of
from pipelines.core.handles import Aggregated, Release
from pipelines.core.settings import Settings
from pipelines.disclosure.attack import attack
from pipelines.disclosure.coverage import write_coverage
from pipelines.disclosure.ledger import Week, read_ledger
from pipelines.disclosure.primary import Cells, choose

TABLES = ("tips_by_week", "incidents_by_week")
FORMS = {"tips_by_week": ["sex", "labor", "both", "unspecified", "other"], "incidents_by_week": ["sex", "labor", "both"]}
CENTERS = ["STAC", "NCRIC", "CCIC", "JRIC", "OCIAC", "SD-LECC", "UNK"]
WEEKS = 13
ALL_LEVELS = "all"
NOT_CONTROLLED = {"indicators_by_week": "this table is not under disclosure control yet"}

CELLS = pa.schema(
    [
        ("table", pa.string()),
        ("week", pa.date32()),
        ("level", pa.string()),
        ("center", pa.string()),
        ("form", pa.string()),
        ("unit", pa.string()),
        ("n", pa.int64()),
        ("n_low", pa.int64()),
    ]
)
HELD = pa.schema([("table", pa.string()), ("week", pa.date32()), ("level", pa.string()), ("reason", pa.string())])


def disclose(settings: Settings, warehouse: Aggregated, week: date, audience: str) -> Release:
    """Release the ISO week that begins on `week` and the 12 before it. Weeks that were released before stay as they were."""
    weeks = [week - timedelta(weeks=i) for i in reversed(range(WEEKS))]
    released = _choose_weeks(settings, warehouse, weeks)
    path = settings.path("drafts", "work", f"{week}-{audience}.duckdb")
    with draft_of(path) as draft:
        _write(settings, warehouse, draft, released, weeks)
        if leaks := attack(draft):
            raise SystemFault(f"Disclosure control failed its own attack, so nothing is released: {leaks[0]} ({len(leaks)} in all).")
    return Release(path, week, audience, warehouse.snapshot)


def _choose_weeks(settings: Settings, warehouse: Aggregated, weeks: list[date]) -> dict[str, dict[str, Week]]:
    ledger = read_ledger(settings)
    con = connect(settings, str(warehouse.path), read_only=True)
    released: dict[str, dict[str, Week]] = {}
    try:
        for table in TABLES:
            found = con.execute(f"SELECT week::VARCHAR, center, form, n, n_low FROM {table} WHERE week IN (SELECT unnest(?))", [weeks]).fetchall()
            for monday in map(str, weeks):
                cells: Cells = {(center, form): (n, low) for w, center, form, n, low in found if w == monday}
                shown, held = choose(cells, CENTERS, FORMS[table])
                fresh = {"cells": [vars(cell) for cell in shown], "held": [vars(level) for level in held]}
                released.setdefault(table, {})[monday] = ledger.get(table, {}).get(monday, fresh)
    finally:
        con.close()
    return released


def _write(settings: Settings, warehouse: Aggregated, path: Path, released: dict[str, dict[str, Week]], weeks: list[date]) -> None:
    cells: list[dict[str, Any]] = []
    held: list[dict[str, Any]] = [{"table": t, "week": None, "level": ALL_LEVELS, "reason": why} for t, why in NOT_CONTROLLED.items()]
    units = {"tips_by_week": "tip", "incidents_by_week": "incident"}
    for table, by_week in released.items():
        for monday, chosen in by_week.items():
            key = {"table": table, "week": date.fromisoformat(monday)}
            cells += [{**key, "unit": units[table], **cell} for cell in chosen["cells"]]
            held += [{**key, **level} for level in chosen["held"]]
    con = connect(settings, str(path))
    try:
        _create(con, "cells", pa.Table.from_pylist(cells, schema=CELLS))
        _create(con, "held_back", pa.Table.from_pylist(held, schema=HELD))
        con.execute(f"ATTACH '{warehouse.path}' AS analyst (READ_ONLY)")
        write_coverage(con, weeks)
        con.execute('CREATE TABLE measures AS SELECT name AS "table", title, unit, grain, dims, measures FROM analyst.aggregates ORDER BY ALL')
        con.execute("DETACH analyst")
    finally:
        con.close()


def _create(con: duckdb.DuckDBPyConnection, name: str, table: pa.Table) -> None:
    con.register("given", table)
    con.execute(f"CREATE TABLE {name} AS SELECT * FROM given ORDER BY ALL")
    con.unregister("given")
