"""One module per format. Each has `open_rows`: it looks at a landed file before DuckDB does, and gives FROM clauses over its rows.

Receives a sealed file and its feed; hands on `Rows`; refuses (DataRefused) a file whose structure is not what the feed promised.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from pipelines.core.catalog import Feed
from pipelines.core.errors import DataRefused
from pipelines.core.handles import Delivery
from pipelines.core.receipts import Account

BATCH = 122_880  # rows: DuckDB's row group, and ours in Parquet
BATCH_BYTES = 64 << 20  # bytes of results: beyond it a batch is not waited for
MAX_COLUMNS = 500
MAX_LINE = 2_000_000  # bytes
HOPELESS = 10_000  # bad rows: beyond these a file is refused, and nobody needs the others by name
REPEATED = "D-EXACT"  # the `_broken` of a row that can be read and says what an earlier one said
LONGEST_LINE = 2 * MAX_LINE
BUFFER = 4 * MAX_LINE  # bytes that DuckDB reads at once
PRINTABLE_NAME = re.compile(r"[A-Za-z_][\w .()/#%:\[\]-]{0,60}")
COMPRESSED = {
    b"\x1f\x8b": "gzip",
    b"PK\x03\x04": "zip",
    b"BZh": "bzip2",
    b"\xfd7zXZ": "xz",
    b"\x28\xb5\x2f\xfd": "zstd",
    b"7z\xbc\xaf": "7z",
}


@dataclass(frozen=True)
class Part:
    """Rows that are read at once. `relation` is a FROM clause whose columns are the sender's names, as text, and `_broken`: the reason why
    a row cannot be read, or NULL. Where it fails as a whole, `otherwise` gives another one, slower and with a reason for each row.
    """

    relation: str
    otherwise: Callable[[], str] | None = None


@dataclass(frozen=True)
class Rows:
    """The rows of a file: `parts` reads it from its start, part by part. `finish`, called after the last, accounts for what they leave out.

    Parts that are `numbered` have all rows, also those that cannot be read; `_row` is the number by which the sender finds a row (of a line,
    a record, a row of a sheet), and `_raw` what stands there, where `_broken` says that it could not be read.
    """

    parts: Callable[[], Iterable[Part]]
    finish: Callable[[Account], None]
    numbered: bool = False


def arrow_rows(con: duckdb.DuckDBPyConnection, tables: Callable[[], Iterable[pa.Table]], relation: str = "(SELECT * FROM part)") -> Rows:
    """Numbered rows of Arrow tables, each of which the relation knows as `part`."""

    def parts() -> Iterator[Part]:
        for table in tables():
            con.register("part", table)
            yield Part(relation)

    return Rows(parts, lambda _: None, numbered=True)


def read_rows(con: duckdb.DuckDBPyConnection, rows: Rows, query: Callable[[str], str]) -> Iterator[pa.RecordBatch]:
    """The results of a query over each part. Small ones are put together, since every batch has a price on its way."""
    waiting: list[pa.RecordBatch] = []
    for part in rows.parts():
        for batch in _results(con, part, query):
            waiting.append(batch)
            if sum(b.num_rows for b in waiting) >= BATCH or sum(b.nbytes for b in waiting) >= BATCH_BYTES:
                yield _together(waiting)
                waiting = []
    if waiting:
        yield _together(waiting)


def _results(con: duckdb.DuckDBPyConnection, part: Part, query: Callable[[str], str]) -> Iterator[pa.RecordBatch]:
    if part.otherwise is None:
        yield from con.sql(query(part.relation)).to_arrow_reader(BATCH)
        return
    try:
        table = con.sql(query(part.relation)).to_arrow_table()
    except duckdb.InvalidInputException:
        table = con.sql(query(part.otherwise())).to_arrow_table()
    yield from table.to_batches(max_chunksize=BATCH)


def _together(batches: list[pa.RecordBatch]) -> pa.RecordBatch:
    return batches[0] if len(batches) == 1 else pa.concat_batches(batches)


def refuse_binary(head: bytes) -> None:
    """Refuse what is not text by its first bytes: archives, compressed files (also bombs: nothing is unpacked), UTF-16."""
    for magic, kind in COMPRESSED.items():
        if head.startswith(magic):
            raise DataRefused("E-COMPRESSED", f"Expected plain text, found {kind} data.", "Send the plain file.")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataRefused("E-ENCODING", "Expected UTF-8, found the mark of UTF-16.", "Export the file again as UTF-8.")


def scan(file: io.RawIOBase, head: bytes) -> bool:
    """Read on to the end: whether the file ends with a newline. Refuses NUL bytes, and lines that DuckDB would drop without a word."""
    block, last, open_line = head, head, 0
    while block:
        if b"\x00" in block:
            raise DataRefused("E-BINARY", "Expected text, found NUL bytes.", "Export the file again as text.")
        first = block.find(b"\n")
        if open_line + (first if first >= 0 else len(block)) > LONGEST_LINE:
            raise DataRefused("E-SYNTAX", f"A line is longer than {LONGEST_LINE} bytes.", "Mend the newlines and quotes, and send the file again.")
        open_line = len(block) - block.rfind(b"\n") - 1 if first >= 0 else open_line + len(block)
        last, block = block, file.read(1 << 20) or b""
    return last.endswith((b"\n", b"\r"))


def shown(name: str, position: int) -> str:
    """A column's name as a message may show it: a name that does not look like one could be a value."""
    return name if PRINTABLE_NAME.fullmatch(name) else f"(column {position})"


def plain_name(name: str) -> str:
    """A column's name in small letters and underscores, as the patterns of schemas/codes read it."""
    return re.sub(r"\W+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)).lower()


def landed_file(delivery: Delivery) -> str:
    """The landed file as DuckDB's SQL names it."""
    return "'sealed://" + str(delivery.path).replace("'", "''") + "'"


def refuse_names(names: list[str]) -> None:
    """Refuse a header with names that are empty, stand twice, or are too many."""
    if len(names) > MAX_COLUMNS or len(set(names)) != len(names) or "" in names:
        found = f"{len(names)} names, of which {len(set(names) - {''})} are distinct"
        raise DataRefused(
            "E-HEADER",
            f"Expected at most {MAX_COLUMNS} different column names, found {found}.",
            "Send the current template.",
        )


def require_columns(feed: Feed, columns: list[str]) -> None:
    """Refuse a header that lacks columns which the feed reads."""
    missing = [name for name in feed.consumed if name not in columns]
    if len(missing) == len(feed.consumed):
        expected = ", ".join(feed.consumed[:8])
        raise DataRefused(
            "E-HEADER",
            f"Expected a header with {expected}; found none of these.",
            "Send the current template, header first.",
        )
    if missing:
        raise DataRefused("E-TEMPLATE", f"Columns are missing: {', '.join(missing)}.", "Send the current template.")


def refuse_denied(feed: Feed, present: Iterable[str], denied: Iterable[str], account: Account) -> None:
    """Refuse a file with a column that by its name identifies people; note every column that the feed neither maps nor ignores."""
    present = list(present)
    account.columns = [shown(name, i) for i, name in enumerate(present, 1)]
    extra = [(n, i) for i, n in enumerate(present, 1) if n not in feed.consumed and n not in feed.ignore]
    for name, position in extra:
        if any(re.search(pattern, plain_name(name)) for pattern in denied):
            todo = "Remove the column and send the file again; nothing of it was kept."
            raise DataRefused("E-DENIED", f"Column {position} by its name identifies people ({shown(name, position)}).", todo)
    for name, position in extra:
        todo = f"map or ignore it in schemas/feeds/{feed.name}.toml"
        account.issues.append({"code": "I-COLUMN", "column": shown(name, position), "position": position, "todo": todo})
