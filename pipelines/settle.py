"""Receives a staged table of one delivery; hands on which rows repeat others, and rows that stand for several; refuses nothing.

What a repeated id means depends on the feed. Where a record may stand in several rows (`row_key`), they are merged. In an `action` feed a
record may have several versions. Elsewhere an id is given once: an exact repeat is a duplicate, a different one a conflict.
"""

from dataclasses import dataclass

import duckdb
import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.core.catalog import Feed
from pipelines.core.duck import scratch
from pipelines.core.schema import Column, Table
from pipelines.core.settings import Settings

MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], dtype=np.uint64)


@dataclass(frozen=True)
class Settlement:
    """By source_row: exact repeats, rows in conflict, rows that went into another one, and the merged rows (the staged schema)."""

    duplicates: frozenset[int]
    conflicts: frozenset[int]
    absorbed: frozenset[int]
    merged: pa.Table


class Repeats:
    """Finds ids that stand more than once, in 8 bytes an id: a hash of each, of which equal ones are then looked at in full."""

    def __init__(self) -> None:
        self._chunks: list[npt.NDArray[np.uint64]] = []

    def add(self, uids: pa.Array) -> None:
        self._chunks.append(hashes(uids))

    def found(self) -> npt.NDArray[np.uint64]:
        """Hashes that occur more than once."""
        if not self._chunks:
            return np.empty(0, dtype=np.uint64)
        everything = np.concatenate(self._chunks)
        self._chunks.clear()
        everything.sort()
        return np.unique(everything[1:][everything[1:] == everything[:-1]])


def hashes(uids: pa.Array) -> npt.NDArray[np.uint64]:
    """64 bits per pseudonym of 32 hexadecimal digits, which are uniform already."""
    if not len(uids):
        return np.empty(0, dtype=np.uint64)
    offset, data = uids.offset * 32, uids.buffers()[2]
    words = np.frombuffer(data, dtype=np.uint64, count=len(uids) * 4, offset=offset).reshape(-1, 4)
    mixed: npt.NDArray[np.uint64] = np.bitwise_xor.reduce(words * MIX, axis=1)
    return mixed


def settle(settings: Settings, feed: Feed, table: Table, candidates: pa.Table) -> Settlement:
    """Judge the rows whose ids repeat. `candidates` has the staged columns, in order of `source_row`."""
    con = scratch(settings)
    try:
        compared = [c for c in table.stored if c.name not in ("source_row", "narrative_digest")]
        names = ", ".join(f'"{c.name}"' for c in compared)
        key = "_row_uid" if feed.record.row_key else "record_uid"
        con.register("given", candidates)
        con.execute(f"CREATE TEMP VIEW staged AS SELECT *, hash({names}) AS _content FROM given")
        if feed.change.mode == "action":
            con.execute(
                "CREATE TEMP TABLE judged AS SELECT source_row, _content IS NOT DISTINCT FROM lag(_content) OVER w AS same, false AS clash"
                f" FROM staged WINDOW w AS (PARTITION BY {key} ORDER BY source_row)"
            )
        else:
            con.execute(
                "CREATE TEMP TABLE judged AS SELECT source_row, row_number() OVER w > 1 AS same,"
                " min(_content) OVER p <> max(_content) OVER p AS clash"
                f" FROM staged WINDOW w AS (PARTITION BY {key} ORDER BY source_row), p AS (PARTITION BY {key})"
            )
        conflicts = _rows(con, "SELECT source_row FROM judged WHERE clash")
        duplicates = _rows(con, "SELECT source_row FROM judged WHERE same AND NOT clash")
        if not feed.record.row_key:
            return Settlement(duplicates, conflicts, frozenset(), candidates.slice(0, 0))
        con.execute("CREATE TEMP TABLE single AS SELECT staged.* FROM staged ANTI JOIN (FROM judged WHERE same OR clash) USING (source_row)")
        return _merge(con, table, candidates, duplicates, conflicts)
    finally:
        con.close()


def _merge(
    con: duckdb.DuckDBPyConnection,
    table: Table,
    candidates: pa.Table,
    duplicates: frozenset[int],
    conflicts: frozenset[int],
) -> Settlement:
    """One record from several rows: lists are united, all else has to agree; what follows from the lists is derived again."""
    follows = {c.name for c in table.columns if c.derive}
    alike = [c.name for c in table.stored if c.type != "codes" and c.name not in {"source_row", "record_uid", *follows}]
    differs = " OR ".join(f'count(DISTINCT "{n}") + max(("{n}" IS NULL)::INT) > 1' for n in alike)
    con.execute(f"CREATE TEMP TABLE clashing AS SELECT record_uid FROM single GROUP BY record_uid HAVING {differs}")
    clashes = _rows(con, "SELECT source_row FROM single WHERE record_uid IN (SELECT record_uid FROM clashing)")
    united = ", ".join(f'{_united(c)} AS "{c.name}"' for c in table.stored if c.name not in follows)
    derived = ", ".join(f'{c.derive} AS "{c.name}"' for c in table.stored if c.derive)
    order = ", ".join(f'"{n}"' for n in candidates.schema.names)
    merged = con.sql(f"""SELECT {order} FROM (SELECT *, {derived or "NULL AS _nothing"} FROM (
        SELECT {united}, any_value(_row_uid) AS _row_uid FROM single WHERE record_uid NOT IN (SELECT record_uid FROM clashing)
        GROUP BY record_uid)) ORDER BY source_row""").to_arrow_table()
    absorbed = _rows(con, "SELECT source_row FROM single WHERE record_uid NOT IN (SELECT record_uid FROM clashing)")
    return Settlement(duplicates, conflicts | clashes, absorbed, merged.cast(candidates.schema))


def _united(column: Column) -> str:
    name = f'"{column.name}"'
    if column.name == "source_row":
        return f"min({name})"
    if column.type == "codes":
        return f"list_sort(list_distinct(flatten(list({name}))))"
    return f"any_value({name})"


def _rows(con: duckdb.DuckDBPyConnection, sql: str) -> frozenset[int]:
    return frozenset(row for (row,) in con.execute(sql).fetchall())
