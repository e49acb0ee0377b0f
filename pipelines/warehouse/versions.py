"""Receives the counted deliveries; hands on every version of every record, and what is current; refuses nothing.

`known_from` and `known_to` say when a record was known as it stands, so that "current" and "as of" are filters. The final state follows from
what the deliveries say and when they were drawn up, never from the order in which they came.
"""

from typing import Any

import duckdb

from pipelines.core.catalog import Feed
from pipelines.core.schema import Table, load_table
from pipelines.core.settings import Settings

TABLES = ("tips", "incidents")
TOTALS = ("victim_services", "training")
NOT_CONTENT = {"feed", "delivery_id", "source_row", "action", "record_uid", "corrected_at"}


def content_of(table: Table) -> list[str]:
    """The columns that say something of what is reported: a record that differs in one of them has another version."""
    return [column.name for column in table.stored if column.name not in NOT_CONTENT]


def stored_rows(settings: Settings, table: Table, receipts: list[dict[str, Any]]) -> str:
    """SQL of all stored rows of a table; of a table without files, none."""
    if files := [str(settings.path(r["files"][table.name])) for r in receipts if table.name in r["files"]]:
        columns = ", ".join(f'"{c.name}"' for c in table.stored)
        listed = ", ".join("'" + file.replace("'", "''") + "'" for file in files)
        return f"SELECT {columns} FROM read_parquet([{listed}], hive_partitioning=false)"
    return "SELECT " + ", ".join(f'NULL::{c.sql_type} AS "{c.name}"' for c in table.stored) + " LIMIT 0"


def responsible(record: str, known: str) -> str:
    """SQL of a join that finds the county `c` of a record, as its area was when it happened; `known` is when it was told."""
    day = f"coalesce({record}.occurred_on, {record}.reported_on, {known}::DATE)"
    return f"LEFT JOIN counties AS c ON c.county_fips = {record}.county_fips AND {day} >= c.valid_from AND (c.valid_to IS NULL OR {day} < c.valid_to)"


def write_totals(con: duckdb.DuckDBPyConnection, settings: Settings, table: Table, receipts: list[dict[str, Any]]) -> None:
    """`<table>_versions`, `<table>` (the total of each cell that was stated last) and the macro `<table>_as_of(moment)`."""
    name = table.name
    content = ", ".join(f'"{column}"' for column in content_of(table))
    con.execute(f"""CREATE TABLE {name}_versions AS
        WITH stated AS (
            SELECT s.*, d.seq, d.as_of, d.received_at, hash({content}) AS content FROM ({stored_rows(settings, table, receipts)}) AS s
            JOIN deliveries AS d ON d.feed = s.feed AND d.delivery_id = s.delivery_id AND d.status = 'accepted'),
        changes AS (
            SELECT * FROM stated WINDOW w AS (PARTITION BY feed, record_uid ORDER BY seq, source_row)
            QUALIFY lag(content) OVER w IS DISTINCT FROM content)
        SELECT * EXCLUDE (seq, as_of, content), as_of AS known_from, lead(as_of) OVER w AS known_to, row_number() OVER w AS revision
        FROM changes WINDOW w AS (PARTITION BY feed, record_uid ORDER BY seq, source_row) ORDER BY feed, record_uid, known_from""")
    con.execute(f"CREATE TABLE {name} AS SELECT * EXCLUDE (known_to) FROM {name}_versions WHERE known_to IS NULL")
    _as_of(con, name)


def write_versions(con: duckdb.DuckDBPyConnection, settings: Settings, table: Table, feeds: dict[str, Feed], receipts: list[dict[str, Any]]) -> None:
    """`<table>_versions`, `<table>` (what is current) and the macro `<table>_as_of(moment)`.

    A version says which delivery carried it and when that arrived, and, where it is over, what ended it (`ended_by`: superseded,
    withdrawn), why (`ended_why`: restated, deleted by the sender, left out of a window), by which delivery and when that arrived.
    """
    name = table.name
    con.execute(
        f"CREATE TEMP TABLE stated AS SELECT s.*, d.seq, d.as_of, d.received_at FROM ({stored_rows(settings, table, receipts)}) AS s"
        " JOIN deliveries AS d ON d.feed = s.feed AND d.delivery_id = s.delivery_id AND d.status = 'accepted'"
    )
    windows = ", ".join(f"'{n}'" for n, feed in feeds.items() if feed.change.mode == "window") or "''"
    content = ", ".join(f'"{column}"' for column in content_of(table))
    # The first day that each delivery of a window feed restates.
    con.execute(f"""CREATE TEMP TABLE spans_{name} AS SELECT feed, seq, min(occurred_on) FILTER (occurred_precision = 'day') AS first_day
        FROM stated WHERE feed IN ({windows}) GROUP BY ALL""")
    con.execute(f"""CREATE TABLE {name}_versions AS
        WITH gaps AS (  -- the deliveries between two mentions of a record
            SELECT feed, record_uid, occurred_on, seq, lead(seq, 1, 2147483647) OVER (PARTITION BY feed, record_uid ORDER BY seq) AS again
            FROM stated WHERE feed IN ({windows}) AND occurred_precision = 'day'),
        withdrawn AS (  -- missing although its day lies inside the window, and not because its row was held back
            SELECT g.feed, g.record_uid, min(s.seq) AS seq FROM gaps AS g JOIN spans_{name} AS s
            ON s.feed = g.feed AND s.seq > g.seq AND s.seq < g.again AND s.first_day <= g.occurred_on
            JOIN deliveries AS d ON d.feed = s.feed AND d.seq = s.seq AND d.status = 'accepted' AND NOT list_contains(d.held_uids, g.record_uid)
            GROUP BY g.feed, g.record_uid, g.seq),
        events AS (
            SELECT feed, record_uid, seq, as_of, received_at, delivery_id, source_row, hash({content}) AS content, "action" = 'delete' AS gone,
                CASE WHEN "action" = 'delete' THEN 'deleted' ELSE 'restated' END AS why FROM stated
            UNION ALL SELECT w.feed, w.record_uid, w.seq, d.as_of, d.received_at, d.delivery_id, 0, NULL, true, 'left_window' FROM withdrawn AS w
            JOIN deliveries AS d ON d.feed = w.feed AND d.seq = w.seq AND d.status = 'accepted'),
        changes AS (  -- what says the same as the event before it changes nothing
            SELECT * FROM events WINDOW w AS (PARTITION BY feed, record_uid ORDER BY seq, source_row)
            QUALIFY (lag(content) OVER w, lag(gone) OVER w) IS DISTINCT FROM (CASE WHEN gone THEN lag(content) OVER w ELSE content END, gone)),
        lives AS (
            SELECT feed, record_uid, seq, source_row, gone, as_of AS known_from, lead(as_of) OVER w AS known_to,
            CASE lead(gone) OVER w WHEN true THEN 'withdrawn' WHEN false THEN 'superseded' END AS ended_by, lead(why) OVER w AS ended_why,
            lead(delivery_id) OVER w AS ended_delivery, lead(received_at) OVER w AS ended_received_at, row_number() OVER w AS revision
            FROM changes WINDOW w AS (PARTITION BY feed, record_uid ORDER BY seq, source_row))
        SELECT s.* EXCLUDE (seq, as_of), coalesce(c.responsible_center, 'UNK') AS responsible_center,
            CASE WHEN s.occurred_precision = 'day' THEN date_trunc('week', s.occurred_on)::DATE END AS occurred_week,
            date_trunc('week', s.reported_on)::DATE AS reported_week, (s.as_of + INTERVAL {table.retention_days} DAY)::DATE AS retain_until,
            l.revision, l.known_from, l.known_to, l.ended_by, l.ended_why, l.ended_delivery, l.ended_received_at
        FROM lives AS l JOIN stated AS s USING (feed, record_uid, seq, source_row) {responsible("s", "s.as_of")}
        WHERE NOT l.gone ORDER BY s.feed, s.record_uid, l.known_from, l.revision""")
    con.execute("DROP TABLE stated")
    ended = "known_to, ended_by, ended_why, ended_delivery, ended_received_at"
    con.execute(f"CREATE TABLE {name} AS SELECT * EXCLUDE ({ended}) FROM {name}_versions WHERE known_to IS NULL")
    _as_of(con, name)


def write_hits(con: duckdb.DuckDBPyConnection, settings: Settings, receipts: list[dict[str, Any]]) -> None:
    """`hits` of the current records."""
    con.execute(f"""CREATE TABLE hits AS SELECT h.* FROM ({stored_rows(settings, load_table(settings.schemas, "hits"), receipts)}) AS h
        SEMI JOIN tips AS t ON t.record_uid = h.record_uid AND t.delivery_id = h.delivery_id AND t.source_row = h.source_row
        ORDER BY ALL""")


def _as_of(con: duckdb.DuckDBPyConnection, name: str) -> None:
    con.execute(f"""CREATE MACRO {name}_as_of(moment) AS TABLE SELECT * FROM {name}_versions
        WHERE known_from <= moment AND (known_to IS NULL OR known_to > moment)""")
