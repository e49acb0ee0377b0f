"""Receives everything stored; hands on one DuckDB file of it, built beside the current one; refuses a delivery without a receipt.

`deliveries` says what came and what each is worth, `versions` what is known since when, `coverage` who reported and who was silent,
`corrections` what changed and which released numbers that touches. The final state never depends on the order in which things came.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import duckdb

from pipelines.cards import add_cards
from pipelines.core.catalog import load_feeds
from pipelines.core.duck import connect
from pipelines.core.errors import UsageError
from pipelines.core.files import draft_of, write_json
from pipelines.core.handles import Aggregated, Warehouse
from pipelines.core.receipts import read_receipts, standings
from pipelines.core.schema import load_table
from pipelines.core.settings import Settings
from pipelines.tiers import add_tiers
from pipelines.warehouse.corrections import write_changes
from pipelines.warehouse.coverage import write_coverage
from pipelines.warehouse.deliveries import write_codes, write_deliveries, write_findings, write_quarantine
from pipelines.warehouse.versions import TABLES, TOTALS, write_hits, write_totals, write_versions

MEMORY_MB = 1024  # a warehouse is built by one task at a time, which may take more than an intake task


def analyst_path(settings: Settings) -> Path:
    """Where the current snapshot lies."""
    return settings.path("warehouse", "analyst.duckdb")


@contextmanager
def new_snapshot(settings: Settings) -> Iterator[Path]:
    """A path to build a snapshot at, which replaces the current one when it is whole; open readers keep theirs."""
    with draft_of(analyst_path(settings)) as path:
        yield path


def load(settings: Settings, path: Path) -> Warehouse:
    """Load deliveries, versions, current records, hits, coverage and codes of all live feeds into a new file."""
    feeds = {name: feed for name, feed in load_feeds(settings.schemas).items() if feed.status == "live"}
    receipts = [r for r in read_receipts(settings) if r["feed"] in feeds and r["status"] != "test"]
    standing = standings(receipts, feeds)
    counted = [r for r in receipts if standing[r["feed"], r["delivery_id"]].state == "counted"]
    con = connect(task_memory(settings), str(path), spill=str(path.parent / "spill"))
    try:
        write_deliveries(con, receipts, standing)
        write_quarantine(con, settings, feeds, counted)
        write_findings(con, settings, feeds, counted)
        write_codes(con, settings)
        for name in TABLES:
            write_versions(con, settings, load_table(settings.schemas, name), feeds, counted)
        for name in TOTALS:
            write_totals(con, settings, load_table(settings.schemas, name), counted)
        write_hits(con, settings, counted)
        add_tiers(con, settings.schemas)
        add_cards(con, settings.schemas)
        write_coverage(con, feeds)
        write_changes(con, settings)
        content = [[r["feed"], r["delivery_id"], standing[r["feed"], r["delivery_id"]].state, r["counts"]["accepted"]] for r in receipts]
        snapshot = hashlib.sha256(json.dumps(content).encode()).hexdigest()[:12]
        con.execute("CREATE TABLE meta AS SELECT ? AS snapshot, max(as_of) AS as_of, count(*) AS deliveries FROM deliveries", [snapshot])
    finally:
        con.close()
    # What a snapshot was made of is kept: a release names its snapshot, and a later correction has to know what the release counted.
    write_json(snapshot_path(settings, snapshot), [r["delivery_id"] for r in counted])
    return Warehouse(path, snapshot)


def snapshot_path(settings: Settings, snapshot: str) -> Path:
    """The list of the deliveries that a snapshot counts."""
    return settings.path("warehouse", "snapshots", f"{snapshot}.json")


def open_current(settings: Settings) -> Aggregated:
    """The current snapshot. Raises UsageError where there is none yet."""
    _, rows = run_query(settings, "SELECT snapshot FROM meta")
    return Aggregated(analyst_path(settings), rows[0][0])


def task_memory(settings: Settings) -> Settings:
    """Settings with the memory of a task that is alone."""
    return replace(settings, memory_mb=max(settings.memory_mb, MEMORY_MB))


def run_query(settings: Settings, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run SQL on the current snapshot, read-only. Raises UsageError for SQL that does not run, and where there is no snapshot yet."""
    if not analyst_path(settings).exists():
        raise UsageError("There is no snapshot yet. Run `stas run` or the warehouse DAG first.")
    con = connect(task_memory(settings), str(analyst_path(settings)), read_only=True)
    try:
        con.execute("SET enable_external_access = false")
        done = con.execute(sql)
        return [column[0] for column in done.description or []], done.fetchall()
    except duckdb.Error as error:
        raise UsageError(f"The query did not run: {error}") from None
    finally:
        con.close()
