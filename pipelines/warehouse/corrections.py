"""Receives versions and published releases; hands on what changed, when it was learned and why, and which released numbers that touches.

`changes` has a row per correction, withdrawal and return of a record. `retractions` has a row per released cell and record that the release
counted and that is now told differently. Both name records, so they stay in the analysts' database.
"""

import json
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.audit import entries
from pipelines.core.catalog import load_feeds
from pipelines.core.duck import connect
from pipelines.core.errors import SystemFault
from pipelines.core.handles import Aggregated
from pipelines.core.receipts import Standing, read_receipts, standings
from pipelines.core.schema import load_table
from pipelines.core.settings import Settings
from pipelines.disclosure.ledger import read_ledger
from pipelines.disclosure.release import FORMS, WEEKS
from pipelines.warehouse.versions import TABLES, content_of, responsible, stored_rows

# Released table -> the records that it counts, and the week that it counts them in.
COUNTED = {"tips_by_week": ("tips", "reported_week", "s.reported_on"), "incidents_by_week": ("incidents", "occurred_week", "s.occurred_on")}


def write_changes(con: duckdb.DuckDBPyConnection, settings: Settings) -> None:
    """`changes`: kind (corrected, withdrawn, returned), why, the delivery that said so, when it arrived, and the columns that changed."""
    parts = []
    for name in TABLES:
        columns = content_of(load_table(settings.schemas, name))
        differs = ", ".join(f"""CASE WHEN "{c}" IS DISTINCT FROM lag("{c}") OVER w THEN '{c}' END""" for c in columns)
        parts.append(f"""SELECT '{name}' AS "table", * FROM (
            WITH several AS (FROM {name}_versions WHERE (feed, record_uid) IN (SELECT (feed, record_uid) FROM {name}_versions WHERE revision > 1)),
            steps AS (SELECT *, lag(ended_by) OVER w AS ended_before, lag(ended_why) OVER w AS why_before,
                list_filter([{differs}], lambda x: x IS NOT NULL) AS changed
                FROM several WINDOW w AS (PARTITION BY feed, record_uid ORDER BY revision))
            SELECT feed, record_uid, revision, CASE ended_before WHEN 'withdrawn' THEN 'returned' ELSE 'corrected' END AS kind,
                CASE WHEN "action" = 'replace' THEN 'replaced' ELSE 'restated' END AS why, delivery_id, received_at AS learned_at, known_from,
                changed FROM steps WHERE ended_before IS NOT NULL
            UNION ALL SELECT feed, record_uid, revision, 'withdrawn', ended_why, ended_delivery, ended_received_at, known_to, []
            FROM {name}_versions WHERE ended_by = 'withdrawn')""")
    con.execute(f"CREATE TABLE changes AS {' UNION ALL '.join(parts)} ORDER BY ALL")


def trace_retractions(settings: Settings, aggregated: Aggregated) -> Aggregated:
    """`retractions`: the published cells that a record was counted in and is no more, or is only now, with the numbers of then and now."""
    con = connect(settings, str(aggregated.path))
    try:
        con.execute("""CREATE TABLE retractions (release VARCHAR, "table" VARCHAR, week DATE, level VARCHAR, center VARCHAR, form VARCHAR,
            released_n BIGINT, current_n BIGINT, effect INTEGER, feed VARCHAR, record_uid VARCHAR, kind VARCHAR, why VARCHAR,
            delivery_id VARCHAR, learned_at TIMESTAMP)""")
        if releases := _releases(settings):
            ledger, receipts = read_ledger(settings), [r for r in read_receipts(settings) if r["status"] == "accepted"]
            _sent_again(con, receipts, standings(receipts, load_feeds(settings.schemas)))
            for table in COUNTED:
                _said(con, settings, table, receipts)
                given: set[str] = set()
                for one in releases:
                    first = {week: cells["cells"] for week, cells in ledger.get(table, {}).items() if week in one["weeks"] and week not in given}
                    given |= set(first)
                    if first:
                        _trace(con, table, one, first)
                con.execute("DROP TABLE said")
    finally:
        con.close()
    return aggregated


def _releases(settings: Settings) -> list[dict[str, Any]]:
    """What was published, oldest first: id, the weeks in it, and the deliveries that it counted. What is released first of a week stands."""
    found = []
    for entry in entries(settings):
        manifest = settings.path("releases", entry["subject"], "manifest.json")
        if entry["action"] != "published" or not manifest.is_file():
            continue
        about = json.loads(manifest.read_text(encoding="utf-8"))
        counted: Path = settings.path("warehouse", "snapshots", f"{about['snapshot']}.json")
        if not counted.is_file():
            raise SystemFault(f"warehouse/snapshots/{counted.name} says what {entry['subject']} counted, and is gone. Restore it from a copy.")
        last = date.fromisoformat(about["week"])
        weeks = {str(last - timedelta(weeks=i)) for i in range(WEEKS)}
        found.append({"id": entry["subject"], "weeks": weeks, "deliveries": json.loads(counted.read_text(encoding="utf-8"))})
    return found


def _sent_again(con: duckdb.DuckDBPyConnection, receipts: list[dict[str, Any]], standing: dict[tuple[str, str], Standing]) -> None:
    """`sent_again`: accepted deliveries that a later one under the same name took the place of."""
    rows = [{"delivery_id": r["delivery_id"], "by_id": standing[r["feed"], r["delivery_id"]].by} for r in receipts]
    schema = pa.schema([("delivery_id", pa.string()), ("by_id", pa.string())])
    con.register("given_again", pa.Table.from_pylist([row for row in rows if row["by_id"]], schema=schema))
    con.execute("CREATE TEMP TABLE sent_again AS SELECT * FROM given_again")


def _said(con: duckdb.DuckDBPyConnection, settings: Settings, table: str, receipts: list[dict[str, Any]]) -> None:
    """`said`: everything that was ever said of the records that changed or stand in a delivery that was sent again. No other can differ."""
    name, _, day = COUNTED[table]
    known = f"CASE WHEN s.occurred_precision = 'day' THEN {day} END" if name == "incidents" else day
    con.execute(f"""CREATE TEMP TABLE said AS
        WITH stored AS MATERIALIZED (SELECT s.feed, s.record_uid, s.delivery_id, s.source_row, d.as_of, d.received_at, s."action" = 'delete' AS gone,
            date_trunc('week', {known})::DATE AS week, coalesce(c.responsible_center, 'UNK') AS center, s.exploitation_form AS form
            FROM ({stored_rows(settings, load_table(settings.schemas, name), receipts)}) AS s
            JOIN deliveries AS d ON d.feed = s.feed AND d.delivery_id = s.delivery_id {responsible("s", "d.as_of")})
        SELECT * FROM stored WHERE (feed, record_uid) IN (SELECT (feed, record_uid) FROM changes
            UNION ALL SELECT (feed, record_uid) FROM stored WHERE delivery_id IN (SELECT delivery_id FROM sent_again))""")


def _trace(con: duckdb.DuckDBPyConnection, table: str, release: dict[str, Any], weeks: dict[str, list[dict[str, Any]]]) -> None:
    """Enter what a release counted of these weeks and is now told differently."""
    name, week, _ = COUNTED[table]
    keys = ("level", "center", "form", "n")
    cells = [{"week": date.fromisoformat(w), **{key: cell[key] for key in keys}} for w, found in weeks.items() for cell in found]
    schema = pa.schema([("week", pa.date32()), *((k, pa.string()) for k in ("level", "center", "form")), ("n", pa.int64())])
    con.register("cells", pa.Table.from_pylist(cells, schema=schema))
    con.register("counted_then", pa.table({"delivery_id": pa.array(release["deliveries"], pa.string())}))
    forms = ", ".join(f"'{form}'" for form in FORMS[table])
    mondays = ", ".join(f"DATE '{w}'" for w in weeks)
    con.execute(f"""CREATE TEMP TABLE diff AS
        WITH last_said AS (  -- of each record, in what the release counted
            SELECT * FROM said WHERE delivery_id IN (SELECT delivery_id FROM counted_then)
            QUALIFY row_number() OVER (PARTITION BY feed, record_uid
                ORDER BY as_of DESC, received_at DESC, delivery_id DESC, source_row DESC) = 1),
        counted AS (SELECT * FROM last_said AS s WHERE NOT gone AND week IN ({mondays}) AND form IN ({forms}) AND NOT EXISTS (
            FROM changes AS c WHERE c."table" = '{name}' AND c.feed = s.feed AND c.record_uid = s.record_uid AND c.why = 'left_window'
            AND c.known_from > s.as_of AND c.delivery_id IN (SELECT delivery_id FROM counted_then))),
        now AS (SELECT feed, record_uid, {week} AS week, responsible_center AS center, exploitation_form AS form FROM {name}),
        differing AS (
            SELECT t.*, n.week AS new_week, n.center AS new_center, n.form AS new_form FROM counted AS t LEFT JOIN now AS n USING (feed, record_uid)
            WHERE (t.week, t.center, t.form) IS DISTINCT FROM (n.week, n.center, n.form)),
        told AS (
            SELECT d.*, c.kind, c.why, c.delivery_id AS told_by, c.learned_at FROM differing AS d LEFT JOIN changes AS c
            ON c."table" = '{name}' AND c.feed = d.feed AND c.record_uid = d.record_uid
                AND c.delivery_id NOT IN (SELECT delivery_id FROM counted_then)
            QUALIFY row_number() OVER (PARTITION BY d.feed, d.record_uid ORDER BY c.learned_at DESC NULLS LAST, c.revision DESC) = 1)
        SELECT t.feed, t.record_uid, t.week, t.center, t.form, t.new_week, t.new_center, t.new_form,
            coalesce(t.kind, CASE WHEN t.new_form IS NULL THEN 'withdrawn' ELSE 'corrected' END) AS kind, coalesce(t.why, 'sent_again') AS why,
            coalesce(t.told_by, a.by_id) AS delivery_id, coalesce(t.learned_at, r.received_at) AS learned_at
        FROM told AS t LEFT JOIN sent_again AS a ON a.delivery_id = t.delivery_id LEFT JOIN deliveries AS r ON r.delivery_id = a.by_id""")
    con.execute(
        f"""INSERT INTO retractions
        WITH moved AS (
            SELECT feed, record_uid, kind, why, delivery_id, learned_at, week, center, form, -1 AS effect FROM diff
            UNION ALL SELECT feed, record_uid, kind, why, delivery_id, learned_at, new_week, new_center, new_form, 1 FROM diff
            WHERE new_form IN ({forms}) AND new_week IN ({mondays})),
        spread AS (SELECT m.*, c.level, c.center AS cell_center, c.form AS cell_form, c.n FROM moved AS m JOIN cells AS c
            ON c.week = m.week AND c.center IN ('all', m.center) AND c.form IN ('all', m.form)),
        net AS (SELECT feed, record_uid, week, level, cell_center, cell_form, sum(effect)::INTEGER AS effect, any_value(n) AS n,
            any_value(kind) AS kind, any_value(why) AS why, any_value(delivery_id) AS delivery_id, any_value(learned_at) AS learned_at
            FROM spread GROUP BY ALL HAVING sum(effect) <> 0)
        SELECT ?, ?, n.week, n.level, n.cell_center, n.cell_form, n.n, (SELECT coalesce(sum(a.n), 0) FROM {table} AS a WHERE a.week = n.week
            AND n.cell_center IN ('all', a.center) AND n.cell_form IN ('all', a.form))::BIGINT, n.effect, n.feed, n.record_uid, n.kind, n.why,
            n.delivery_id, n.learned_at FROM net AS n ORDER BY ALL""",
        [release["id"], table],
    )
    con.execute("DROP TABLE diff")
