"""Receives everything stored; hands on one DuckDB file of it, built beside the current one; refuses a delivery without a receipt.

Versions come first: `known_from` and `known_to` say when a record was known as it stands, so that "current" and "as of" are filters. The
final state follows from what the deliveries say and when they were drawn up, never from the order in which they came.
"""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.cards import add_cards
from pipelines.core.catalog import Feed, load_feeds
from pipelines.core.duck import connect
from pipelines.core.errors import UsageError
from pipelines.core.files import draft_of
from pipelines.core.handles import Aggregated, Warehouse
from pipelines.core.receipts import read_receipts
from pipelines.core.schema import Table, load_codes, load_table
from pipelines.core.settings import Settings
from pipelines.tiers import add_tiers

TABLES = ("tips", "incidents")
MEMORY_MB = 1024  # a warehouse is built by one task at a time, which may take more than an intake task
NOT_CONTENT = {"feed", "delivery_id", "source_row", "action", "record_uid", "corrected_at"}
COUNTS = ("received", "accepted", "quarantined", "duplicate", "refused")


def analyst_path(settings: Settings) -> Path:
    """Where the current snapshot lies."""
    return settings.path("warehouse", "analyst.duckdb")


@contextmanager
def new_snapshot(settings: Settings) -> Iterator[Path]:
    """A path to build a snapshot at, which replaces the current one when it is whole; open readers keep theirs."""
    with draft_of(analyst_path(settings)) as path:
        yield path


def load(settings: Settings, path: Path) -> Warehouse:
    """Load deliveries, versions, current records, hits, coverage, dictionary and codes of all live feeds into a new file."""
    feeds = {name: feed for name, feed in load_feeds(settings.schemas).items() if feed.status == "live"}
    receipts = [r for r in read_receipts(settings) if r["feed"] in feeds]
    con = connect(replace_memory(settings), str(path), spill=str(path.parent / "spill"))
    try:
        _deliveries(con, receipts)
        _codes_and_dictionary(con, settings)
        for name in TABLES:
            _versions(con, settings, load_table(settings.schemas, name), feeds, receipts)
        _hits(con, settings, receipts)
        add_tiers(con, settings.schemas)
        add_cards(con, settings.schemas)
        _feed_weeks(con, feeds)
        snapshot = hashlib.sha256(json.dumps([[r["feed"], r["delivery_id"], r["status"]] for r in receipts]).encode()).hexdigest()[:12]
        con.execute("CREATE TABLE meta AS SELECT ? AS snapshot, max(as_of) AS as_of, count(*) AS deliveries FROM deliveries", [snapshot])
    finally:
        con.close()
    return Warehouse(path, snapshot)


def open_current(settings: Settings) -> Aggregated:
    """The current snapshot. Raises UsageError where there is none yet."""
    _, rows = run_query(settings, "SELECT snapshot FROM meta")
    return Aggregated(analyst_path(settings), rows[0][0])


def replace_memory(settings: Settings) -> Settings:
    """Settings with the memory of a task that is alone."""
    from dataclasses import replace

    return replace(settings, memory_mb=max(settings.memory_mb, MEMORY_MB))


def run_query(settings: Settings, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Run SQL on the current snapshot, read-only. Raises UsageError for SQL that does not run, and where there is no snapshot yet."""
    if not analyst_path(settings).exists():
        raise UsageError("There is no snapshot yet. Run `stas run` or the warehouse DAG first.")
    con = connect(replace_memory(settings), str(analyst_path(settings)), read_only=True)
    try:
        con.execute("SET enable_external_access = false")
        done = con.execute(sql)
        return [column[0] for column in done.description or []], done.fetchall()
    except duckdb.Error as error:
        raise UsageError(f"The query did not run: {error}") from None
    finally:
        con.close()


def _deliveries(con: duckdb.DuckDBPyConnection, receipts: list[dict[str, Any]]) -> None:
    """`deliveries`: one row per receipt, numbered per feed by the date that orders them; `quality`: what was held back and why."""
    keys = ("feed", "delivery_id", "as_of", "received_at", "status", "records")
    rows = [{**{k: r[k] for k in keys}, **{k: r["counts"][k] for k in COUNTS}, "held_uids": r["held_uids"]} for r in receipts]
    types = [
        ("held_uids", pa.list_(pa.string())) if k == "held_uids" else (k, pa.int64() if k in {*COUNTS, "records"} else pa.string())
        for k in (*keys, *COUNTS, "held_uids")
    ]
    con.register("given", pa.Table.from_pylist(rows, schema=pa.schema(types)))
    con.execute("""CREATE TABLE deliveries AS SELECT * REPLACE (as_of::TIMESTAMPTZ::TIMESTAMP AS as_of, received_at::TIMESTAMPTZ::TIMESTAMP
        AS received_at), row_number() OVER (PARTITION BY feed, status ORDER BY as_of, delivery_id) AS seq FROM given ORDER BY feed, delivery_id""")
    reasons = [
        {"feed": r["feed"], "delivery_id": r["delivery_id"], **{k: x[k] for k in ("reason", "where", "rows")}} for r in receipts for x in r["reasons"]
    ]
    quality = pa.schema([("feed", pa.string()), ("delivery_id", pa.string()), ("reason", pa.string()), ("where", pa.string()), ("rows", pa.int64())])
    con.register("given_reasons", pa.Table.from_pylist(reasons, schema=quality))
    con.execute("CREATE TABLE quality AS SELECT * FROM given_reasons ORDER BY ALL")


def _codes_and_dictionary(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """`codes`, `counties` (dated areas) and `dictionary`, from schemas/."""
    lists = sorted(path.stem for path in (settings.schemas / "codes").glob("*.csv"))
    codes = [{"list": n, "code": c, "label": row.get("label", "")} for n in lists for c, row in load_codes(settings.schemas, n).items()]
    con.register("given_codes", pa.Table.from_pylist(codes))
    con.execute("CREATE TABLE codes AS SELECT * FROM given_codes ORDER BY ALL")
    con.register("given_counties", pa.Table.from_pylist(list(load_codes(settings.schemas, "counties").values())))
    con.execute("""CREATE TABLE counties AS SELECT code AS county_fips, label AS county, responsible_center, valid_from::DATE AS valid_from,
        nullif(valid_to, '')::DATE AS valid_to, pop2020::BIGINT AS population_2020 FROM given_counties ORDER BY ALL""")
    described = [
        {"table": t, "column": c.name, "type": c.sql_type, "unit": c.unit, "meaning": c.meaning, "risk": c.risk}
        for t in (*TABLES, "hits")
        for c in load_table(settings.schemas, t).stored
    ]
    con.register("given_dictionary", pa.Table.from_pylist(described))
    con.execute("CREATE TABLE dictionary AS SELECT * FROM given_dictionary ORDER BY ALL")


def _files(settings: Settings, receipts: list[dict[str, Any]], kind: str) -> str:
    files = [str(settings.path(r["files"][kind])) for r in receipts if kind in r["files"]]
    return "[" + ", ".join("'" + f.replace("'", "''") + "'" for f in files) + "]" if files else ""


def _versions(con: duckdb.DuckDBPyConnection, settings: Settings, table: Table, feeds: dict[str, Feed], receipts: list[dict[str, Any]]) -> None:
    """`<table>_versions`, `<table>` (what is current) and the macro `<table>_as_of(moment)`."""
    name, columns = table.name, ", ".join(f'"{c.name}"' for c in table.stored)
    files = _files(settings, receipts, name)
    empty = "SELECT " + ", ".join(f'NULL::{c.sql_type} AS "{c.name}"' for c in table.stored) + " LIMIT 0"
    source = f"SELECT {columns} FROM read_parquet({files}, hive_partitioning=false)" if files else empty
    con.execute(
        f"CREATE TEMP TABLE stated AS SELECT s.*, d.seq, d.as_of, d.received_at FROM ({source}) AS s JOIN deliveries AS d"
        " ON d.feed = s.feed AND d.delivery_id = s.delivery_id AND d.status = 'accepted'"
    )
    windows = ", ".join(f"'{n}'" for n, feed in feeds.items() if feed.change.mode == "window") or "''"
    content = ", ".join(f'"{c.name}"' for c in table.stored if c.name not in NOT_CONTENT)
    con.execute(f"""CREATE TABLE {name}_versions AS
        WITH span AS (  -- the first day that each delivery of a window feed restates
            SELECT feed, seq, min(occurred_on) FILTER (occurred_precision = 'day') AS first_day FROM stated
            WHERE feed IN ({windows}) GROUP BY ALL),
        gaps AS (  -- the deliveries between two mentions of a record
            SELECT feed, record_uid, occurred_on, seq, lead(seq, 1, 2147483647) OVER (PARTITION BY feed, record_uid ORDER BY seq) AS again
            FROM stated WHERE feed IN ({windows}) AND occurred_precision = 'day'),
        withdrawn AS (  -- missing although its day lies inside the window, and not because its row was held back
            SELECT g.feed, g.record_uid, min(s.seq) AS seq FROM gaps AS g JOIN span AS s
            ON s.feed = g.feed AND s.seq > g.seq AND s.seq < g.again AND s.first_day <= g.occurred_on
            JOIN deliveries AS d ON d.feed = s.feed AND d.seq = s.seq AND d.status = 'accepted' AND NOT list_contains(d.held_uids, g.record_uid)
            GROUP BY g.feed, g.record_uid, g.seq),
        events AS (
            SELECT feed, record_uid, seq, as_of, source_row, hash({content}) AS content, "action" = 'delete' AS gone FROM stated
            UNION ALL SELECT w.feed, w.record_uid, w.seq, d.as_of, 0, NULL, true FROM withdrawn AS w
            JOIN deliveries AS d ON d.feed = w.feed AND d.seq = w.seq AND d.status = 'accepted'),
        changes AS (  -- what says the same as the event before it changes nothing
            SELECT * FROM events WINDOW w AS (PARTITION BY feed, record_uid ORDER BY seq, source_row)
            QUALIFY (lag(content) OVER w, lag(gone) OVER w) IS DISTINCT FROM (CASE WHEN gone THEN lag(content) OVER w ELSE content END, gone)),
        lives AS (
            SELECT feed, record_uid, seq, source_row, gone, as_of AS known_from, lead(as_of) OVER w AS known_to,
            CASE lead(gone) OVER w WHEN true THEN 'withdrawn' WHEN false THEN 'superseded' END AS ended_by,
            row_number() OVER w AS revision
            FROM changes WINDOW w AS (PARTITION BY feed, record_uid ORDER BY seq, source_row))
        SELECT s.* EXCLUDE (seq, as_of), coalesce(c.responsible_center, 'UNK') AS responsible_center,
            CASE WHEN s.occurred_precision = 'day' THEN date_trunc('week', s.occurred_on)::DATE END AS occurred_week,
            date_trunc('week', s.reported_on)::DATE AS reported_week, (s.as_of + INTERVAL {table.retention_days} DAY)::DATE AS retain_until,
            l.revision, l.known_from, l.known_to, l.ended_by
        FROM lives AS l JOIN stated AS s USING (feed, record_uid, seq, source_row)
        LEFT JOIN counties AS c ON c.county_fips = s.county_fips AND coalesce(s.occurred_on, s.reported_on, s.as_of::DATE) >= c.valid_from
            AND (c.valid_to IS NULL OR coalesce(s.occurred_on, s.reported_on, s.as_of::DATE) < c.valid_to)
        WHERE NOT l.gone ORDER BY s.feed, s.record_uid, l.known_from, l.revision""")
    con.execute("DROP TABLE stated")
    con.execute(f"CREATE TABLE {name} AS SELECT * EXCLUDE (known_to, ended_by) FROM {name}_versions WHERE known_to IS NULL")
    con.execute(f"""CREATE MACRO {name}_as_of(moment) AS TABLE SELECT * FROM {name}_versions
        WHERE known_from <= moment AND (known_to IS NULL OR known_to > moment)""")


def _hits(con: duckdb.DuckDBPyConnection, settings: Settings, receipts: list[dict[str, Any]]) -> None:
    """`hits` of the current records."""
    table = load_table(settings.schemas, "hits")
    files = _files(settings, receipts, "hits")
    empty = "SELECT " + ", ".join(f'NULL::{c.sql_type} AS "{c.name}"' for c in table.stored) + " LIMIT 0"
    con.execute(f"""CREATE TABLE hits AS SELECT h.* FROM ({f"SELECT * FROM read_parquet({files}, hive_partitioning=false)" if files else empty}) AS h
        SEMI JOIN tips AS t ON t.record_uid = h.record_uid AND t.delivery_id = h.delivery_id AND t.source_row = h.source_row
        ORDER BY ALL""")


def _feed_weeks(con: duckdb.DuckDBPyConnection, feeds: dict[str, Feed]) -> None:
    """`feed_weeks`: a coverage state per feed and ISO week. Silence is never a zero.

    A week is `reported` where a current record lies in it; `reported_zero` where a delivery that covers it brought none (of a window feed
    all weeks that it restates, of others the week before it was drawn up); `late` in the two weeks after the last that was covered.
    """
    modes = [feed.change.mode for feed in feeds.values()]
    con.register("given_feeds", pa.table({"feed": list(feeds), "center": [f.center for f in feeds.values()], "mode": modes}))
    con.execute("""CREATE TABLE feed_weeks AS
        WITH days AS (SELECT feed, week, count(*) AS records FROM (SELECT feed, reported_week AS week FROM tips
            UNION ALL SELECT feed, occurred_week FROM incidents) WHERE week IS NOT NULL GROUP BY ALL),
        covered AS (SELECT DISTINCT feed, date_trunc('week', as_of - INTERVAL 1 DAY)::DATE AS week FROM deliveries WHERE status = 'accepted'),
        first AS (SELECT feed, min(week) AS week FROM days GROUP BY feed),
        last AS (SELECT feed, max(week) AS week FROM covered GROUP BY feed),
        weeks AS (SELECT unnest(generate_series((SELECT min(week) FROM first), (SELECT max(week) FROM last), INTERVAL 7 DAY))::DATE AS week)
        SELECT f.feed, f.center, w.week, coalesce(d.records, 0) AS records, CASE WHEN d.records > 0 THEN 'reported'
            WHEN c.week IS NOT NULL OR (f.mode = 'window' AND w.week BETWEEN first.week AND last.week) THEN 'reported_zero'
            WHEN w.week > last.week AND w.week <= last.week + 14 THEN 'late' ELSE 'not_reported' END AS state
        FROM given_feeds AS f CROSS JOIN weeks AS w LEFT JOIN days AS d ON d.feed = f.feed AND d.week = w.week
        LEFT JOIN covered AS c ON c.feed = f.feed AND c.week = w.week LEFT JOIN first ON first.feed = f.feed LEFT JOIN last ON last.feed = f.feed
        ORDER BY ALL""")
