"""One JSON object per line. Receives a sealed file; hands on the values at the feed's paths as text; refuses what holds no such object."""

import json
from collections.abc import Iterator
from typing import Any

import duckdb

from pipelines.core.catalog import Feed
from pipelines.core.crypto import SealedReader
from pipelines.core.errors import DataRefused
from pipelines.core.handles import Delivery
from pipelines.core.receipts import Account
from pipelines.core.schema import load_codes
from pipelines.core.settings import Settings
from pipelines.intake.formats import BUFFER, HOPELESS, MAX_LINE, Part, Rows, refuse_binary, refuse_denied, scan, sealed_file
from pipelines.intake.formats.csv import account_rejects

MAX_NODES = 200  # objects and lists in one record: bounds the depth before any parser recurses


def open_rows(con: duckdb.DuckDBPyConnection, settings: Settings, delivery: Delivery, feed: Feed, account: Account) -> Rows:
    """Check the bytes and the keys, and give the rows: a column per path such as `place.county`; a list comes as its JSON text.

    Raises DataRefused (E-EMPTY, E-BINARY, E-SYNTAX, E-TEMPLATE, E-DENIED).
    """
    with SealedReader(settings, delivery.path) as file:
        complete = _scan(file)
    # A separator and a quote that text does not hold make DuckDB's CSV reader a reader of lines, which reports the bad ones.
    read = (
        f"read_csv({sealed_file(delivery)}, auto_detect=false, header=false, delim=chr(31), quote='', escape='', "
        f"columns={{'line': 'VARCHAR'}}, max_line_size={MAX_LINE}, buffer_size={BUFFER}, store_rejects=true, rejects_limit={HOPELESS})"
    )
    nodes = "length(line) - length(translate(line, '[{', ''))"
    broken = f"CASE WHEN {nodes} > {MAX_NODES} THEN 'R-DEPTH' WHEN NOT json_valid(line) OR json_type(line) <> 'OBJECT' THEN 'R-JSON' END"
    lines = f"SELECT line, {broken} AS _broken FROM {read}"
    _audit(con, lines, settings, feed, account)
    paths = ", ".join("'" + _path(name).replace("'", "''") + "'" for name in feed.consumed)
    columns = ", ".join(f'v[{i}] AS "{name}"' for i, name in enumerate(feed.consumed, 1))
    picked = f"SELECT _broken, json_extract_string(CASE WHEN _broken IS NULL THEN line ELSE '{{}}' END, [{paths}]) AS v FROM ({lines})"
    return Rows(
        lambda: [Part(f"(SELECT _broken, {columns} FROM ({picked}))")], lambda account: account_rejects(con, account, complete, delivery.size)
    )


def _audit(con: duckdb.DuckDBPyConnection, lines: str, settings: Settings, feed: Feed, account: Account) -> None:
    """Refuse a delivery whose keys are not the feed's; note keys that nobody reads, and keys that are read and stand nowhere."""
    found = con.execute(f"SELECT json_group_structure(line::JSON)::VARCHAR FROM ({lines}) WHERE _broken IS NULL").fetchall()[0][0]
    con.execute("DROP TABLE reject_errors; DROP TABLE reject_scans")  # the reading that counts comes later
    if found is None:
        raise DataRefused("E-SYNTAX", "Expected one JSON object per line, found none.", "Send the current template.")
    keys = list(_leaves(json.loads(found)))
    missing = [name for name in feed.consumed if name not in keys]
    if lost := [name for name in missing if name in feed.record.uses]:
        raise DataRefused("E-TEMPLATE", f"Keys are missing in every record: {', '.join(lost)}.", "Send the current template.")
    refuse_denied(feed, keys, load_codes(settings.schemas, "denied_columns"), account)
    account.issues.extend({"code": "I-MISSING", "column": name, "todo": "check whether the template changed"} for name in missing)


def _leaves(structure: Any, name: str = "") -> Iterator[str]:
    """Paths of the values in DuckDB's description of a structure: {"a": {"b": "VARCHAR"}, "c": ["VARCHAR"]} has a.b and c."""
    if isinstance(structure, dict):
        for key, inner in structure.items():
            yield from _leaves(inner, f"{name}.{key}" if name else key)
    elif isinstance(structure, list) and structure and isinstance(structure[0], dict):
        yield from _leaves(structure[0], name + "[]")
    else:
        yield name


def _path(name: str) -> str:
    return "$" + "".join(f'."{part}"' for part in name.split("."))


def _scan(file: SealedReader) -> bool:
    """Whether the file ends with a newline; refuses bytes that are not text."""
    head = file.read(1 << 20)
    refuse_binary(head)
    if not head.strip():
        raise DataRefused("E-EMPTY", "The file holds nothing.", "Check that the export is complete.")
    return scan(file, head)
