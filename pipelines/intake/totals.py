"""Receives the rows of a feed that may send totals alone; hands nothing on; refuses a delivery in which a row could stand for a person.

Encoding or hashing an identifier makes no difference (34 USC 12291(b)(2)(B); 28 CFR 94.115(a)(1)), so a delivery is refused by the names of
its columns and by the shape of its values: digests, UUIDs, ids in a listed column, counts of 1 throughout, many rows to a cell.
"""

import re
from typing import Any

import duckdb
import pyarrow as pa

from pipelines.core.catalog import Feed
from pipelines.core.errors import ConfigFault, DataRefused
from pipelines.core.receipts import Account
from pipelines.core.schema import load_codes, load_table
from pipelines.core.settings import Settings
from pipelines.intake.compile import identifier
from pipelines.intake.formats import Rows, plain_name, read_rows
from pipelines.intake.moments import literal

# 64 bits and more as hexadecimal digits, a UUID, or 20 characters without a blank of which some are digits: no total looks like this.
SHAPES = (
    r"(?i)(^|[^0-9a-z])[0-9a-f]{16,}($|[^0-9a-z])",
    r"(?i)[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}",
    r"(^|\s)[A-Za-z0-9+/_=-]*[0-9][A-Za-z0-9+/_=-]{19,}($|\s)|(^|\s)[A-Za-z0-9+/_=-]{19,}[0-9][A-Za-z0-9+/_=-]*($|\s)",
)
FEW = 5  # rows: of fewer nobody can tell
ROWS_PER_CELL = 3


def law_of(settings: Settings, feed: Feed) -> str:
    """Why a feed may send totals alone; empty where it may send records."""
    return load_codes(settings.schemas, "source_classes")[feed.source_class]["totals_only"]


def refuse_row_level(con: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, rows: Rows, account: Account) -> None:
    """Read the whole delivery once. Raises DataRefused (E-ROWLEVEL, E-UNLISTED), ConfigFault; does nothing for a feed of records."""
    law = law_of(settings, feed)
    if bool(law) != (load_table(settings.schemas, feed.table).unit == "total"):
        message = (
            f"a sender of class {feed.source_class} and the table {feed.table} do not go together: totals go into tables of totals, and only they"
        )
        raise ConfigFault(f"schemas/feeds/{feed.name}.toml: {message}")
    if not law:
        return
    found = _named(settings, account) or _shaped(con, settings, feed, rows)
    if found:
        todo = f"Send totals by {', '.join(feed.record.uses)} and nothing else; nothing of this file was kept."
        raise DataRefused("E-ROWLEVEL", f"{found}. This feed takes totals only ({law}), encoded or not.", todo)
    if unknown := [issue["column"] for issue in account.issues if issue["code"] == "I-COLUMN"]:
        message = f"Columns that this feed may not have: {', '.join(unknown)}. It takes totals only ({law})."
        raise DataRefused("E-UNLISTED", message, "Remove the columns, or ask the contact to list them; nothing of this file was kept.")


def _named(settings: Settings, account: Account) -> str:
    """What a column's name gives away."""
    for issue in account.issues:
        if issue["code"] != "I-COLUMN":
            continue
        for pattern, row in load_codes(settings.schemas, "row_keys").items():
            if re.search(pattern, plain_name(issue["column"])):
                return f"Column {issue['position']} ({issue['column']}) by its name is row-level: {row['label'].lower()}"
    return ""


def _shaped(con: duckdb.DuckDBPyConnection, settings: Settings, feed: Feed, rows: Rows) -> str:
    """What the values give away, from one pass over the rows."""
    lists = {mapping.source: mapping.values for mapping in feed.map.values() if mapping.source and mapping.values}
    table = load_table(settings.schemas, feed.table)
    counts = list(dict.fromkeys(c for name, m in feed.map.items() if table.column(name).type == "int" for c in m.columns))
    asked = ["count(*) AS rows", f"count(DISTINCT {feed.record.key}) AS cells"]
    for i, name in enumerate(feed.consumed):
        shaped = " OR ".join(f"regexp_matches({identifier(name)}, {literal(shape)})" for shape in SHAPES)
        asked.append(f"coalesce(bool_or({shaped}), false) AS shape_{i}")
    for i, (name, values) in enumerate(lists.items()):
        unlisted = f"{identifier(str(name))} NOT IN ({', '.join(map(literal, values or {}))})"
        asked.append(f"count(DISTINCT {identifier(str(name))}) FILTER ({unlisted}) AS ids_{i}")
    numbers = [f"TRY_CAST({identifier(name)} AS BIGINT)" for name in counts]
    asked.append(f"max(greatest({', '.join(numbers)})) AS most")
    asked.append(f"count(*) FILTER (greatest({', '.join(numbers)}) = 1) AS ones")
    trimmed = ", ".join(f"nullif(trim({identifier(c)}), '') AS {identifier(c)}" for c in feed.consumed)
    batches = list(read_rows(con, rows, lambda relation: f"SELECT {trimmed} FROM {relation}"))
    con.execute("DROP TABLE IF EXISTS reject_errors; DROP TABLE IF EXISTS reject_scans")  # the reading that counts comes later
    if not batches:
        return ""
    con.register("totals", pa.Table.from_batches(batches))
    found: dict[str, Any] = con.sql(f"SELECT {', '.join(asked)} FROM totals").to_arrow_table().to_pylist()[0]
    con.unregister("totals")
    for i, name in enumerate(feed.consumed):
        if found[f"shape_{i}"]:
            return f"Column {name} holds values that look like digests, UUIDs or encoded identifiers"
    for i, name in enumerate(lists):
        if found[f"ids_{i}"] >= max(FEW, found["rows"] / 2):
            return f"Column {name} holds values that are not in its list and hardly repeat, as one row per id would have"
    if found["rows"] >= FEW and found["most"] == 1 and found["ones"] >= found["rows"] / 2:
        return "The counts are 1 throughout, as one row per person would have"
    if found["rows"] >= max(2 * FEW, ROWS_PER_CELL * found["cells"]):
        return f"There are {ROWS_PER_CELL} or more rows to a cell, as rows of persons would have"
    return ""
