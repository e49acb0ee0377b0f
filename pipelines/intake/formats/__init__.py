"""One module per format. Each has `open_rows`: it looks at a landed file before DuckDB does, and gives a FROM clause over its rows.

Receives a sealed file and its feed; hands on `Rows`; refuses (DataRefused) a file whose structure is not what the feed promised.
"""

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from pipelines.core.catalog import Feed
from pipelines.core.crypto import SealedReader
from pipelines.core.errors import DataRefused
from pipelines.core.handles import Delivery
from pipelines.core.receipts import Account

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
class Rows:
    """`relation`: SQL whose columns are the sender's names, as text, plus `_broken` (a row reason or NULL), one row per readable row in
    the order of the file. `finish` is called after the last row and accounts for the rows that could not be read.

    A relation that is `numbered` has all rows, also those that cannot be read; `_row` is the number by which the sender finds a row (of a
    line, a record, a row of a sheet), and `_raw` what stands there, where `_broken` says that it could not be read.
    """

    relation: str
    finish: Callable[[Account], None]
    numbered: bool = False


def refuse_binary(head: bytes) -> None:
    """Refuse what is not text by its first bytes: archives, compressed files (also bombs: nothing is unpacked), UTF-16."""
    for magic, kind in COMPRESSED.items():
        if head.startswith(magic):
            raise DataRefused("E-COMPRESSED", f"Expected plain text, found {kind} data.", "Send the plain file.")
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise DataRefused("E-ENCODING", "Expected UTF-8, found the mark of UTF-16.", "Export the file again as UTF-8.")


def scan(file: SealedReader, head: bytes) -> bool:
    """Read on to the end: whether the file ends with a newline. Refuses NUL bytes, and lines that DuckDB would drop without a word."""
    block, last, open_line = head, head, 0
    while block:
        if b"\x00" in block:
            raise DataRefused("E-BINARY", "Expected text, found NUL bytes.", "Export the file again as text.")
        first = block.find(b"\n")
        if open_line + (first if first >= 0 else len(block)) > LONGEST_LINE:
            raise DataRefused("E-SYNTAX", f"A line is longer than {LONGEST_LINE} bytes.", "Mend the newlines and quotes, and send the file again.")
        open_line = len(block) - block.rfind(b"\n") - 1 if first >= 0 else open_line + len(block)
        last, block = block, file.read(1 << 20)
    return last.endswith((b"\n", b"\r"))


def shown(name: str, position: int) -> str:
    """A column's name as a message may show it: a name that does not look like one could be a value."""
    return name if PRINTABLE_NAME.fullmatch(name) else f"(column {position})"


def plain_name(name: str) -> str:
    """A column's name in small letters and underscores, as the patterns of schemas/codes read it."""
    return re.sub(r"\W+", "_", re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name)).lower()


def sealed_file(delivery: Delivery) -> str:
    """The landed file as DuckDB's SQL names it."""
    return "'sealed://" + str(delivery.path).replace("'", "''") + "'"


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
