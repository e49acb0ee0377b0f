"""Delimited text. Receives a sealed file; hands on its rows as DuckDB's CSV reader sees them; refuses what is no such text."""

import csv
import io

import duckdb

from pipelines.core.catalog import Csv, Feed
from pipelines.core.errors import DataRefused
from pipelines.core.handles import Delivery
from pipelines.core.receipts import Account
from pipelines.core.schema import load_codes
from pipelines.core.settings import Settings
from pipelines.intake.formats import BUFFER, HOPELESS, MAX_LINE, Part, Rows, landed_file, refuse_denied, refuse_names, require_columns, scan
from pipelines.intake.formats.texts import Text, open_text, text_file

REASONS = {
    "TOO MANY COLUMNS": "R-COLUMNS",
    "MISSING COLUMNS": "R-COLUMNS",
    "UNQUOTED VALUE": "R-QUOTE",
    "LINE SIZE OVER MAXIMUM": "R-LENGTH",
    "INVALID ENCODING": "R-ENCODING",
}
CUT_OFF = DataRefused(
    "E-SYNTAX",
    "The last row breaks off: the file was cut off.",
    "Export the file again and compare its size after sending.",
)


def open_rows(con: duckdb.DuckDBPyConnection, settings: Settings, delivery: Delivery, feed: Feed, account: Account) -> Rows:
    """Check the bytes and the header, and give the rows. Raises DataRefused (E-ENCODING, E-HEADER, E-TEMPLATE ...)."""
    assert isinstance(feed.format, Csv)
    text, head = open_text(settings, delivery, feed)
    with text:
        header, complete, size = _scan(text, head)
    columns = _names(header, feed.format)
    require_columns(feed, columns)
    refuse_denied(feed, columns, load_codes(settings.schemas, "denied_columns"), account)
    plain = feed.format.encoding == "utf-8" and feed.format.compression == "none"
    file = landed_file(delivery) if plain else text_file(con, settings, delivery, feed, size)
    types = ", ".join(f"{_text(name)}: 'VARCHAR'" for name in columns)
    relation = (
        f"(SELECT *, NULL::VARCHAR AS _broken FROM read_csv({file}, auto_detect=false, header=true, "
        f"delim={_text(feed.format.delimiter)}, quote={_text(feed.format.quote)}, escape={_text(feed.format.quote)}, "
        f"columns={{{types}}}, max_line_size={MAX_LINE}, buffer_size={BUFFER}, store_rejects=true, rejects_limit={HOPELESS}))"
    )
    return Rows(lambda: [Part(relation)], lambda account: _account_rejects(con, account, complete, size))


def _account_rejects(con: duckdb.DuckDBPyConnection, account: Account, complete: bool, size: int) -> None:
    """Enter the rows that DuckDB could not read. Raises DataRefused (E-SYNTAX) when they show that the file was cut off."""
    found = con.execute(
        "SELECT line - 1, error_type::VARCHAR, bool_or(contains(csv_line, chr(10))) FROM reject_errors GROUP BY ALL ORDER BY 1, 2"
    ).fetchall()
    if len(found) >= HOPELESS:
        raise DataRefused("E-BADSHARE", f"{len(found)} rows or more cannot be read.", "Check separators and quotes, and send the file again.")
    for row, kind, spans_lines in found:
        # An open quote has swallowed the rest of the file; or, past a buffer, DuckDB has picked up somewhere behind it.
        if kind == "UNQUOTED VALUE" and (spans_lines or size > BUFFER):
            raise DataRefused("E-SYNTAX", f"A quote near row {row} does not end, so what follows cannot be told apart.", "Mend the quotes.")
        account.unreadable.setdefault(row, REASONS.get(kind, "R-PIPELINE"))
    last = account.received + len(account.unreadable)
    if not complete and account.unreadable.get(last) in ("R-COLUMNS", "R-QUOTE"):
        raise CUT_OFF


def _scan(text: Text, head: bytes) -> tuple[bytes, bool, int]:
    """The header line, whether the text ends with a newline, and its bytes; refuses bytes that are not text."""
    if not head.strip():
        raise DataRefused(
            "E-EMPTY",
            "The file holds nothing.",
            "Send the file again; if there were no records, send the header row alone.",
        )
    header, newline, _ = head.replace(b"\r", b"\n").partition(b"\n")
    if not newline and len(head) == 1 << 20:
        raise DataRefused("E-HEADER", "Expected a header in the first line, found a line of over 1 MB.", "Send the current template.")
    complete = scan(text, head)
    return header.removeprefix(b"\xef\xbb\xbf"), complete, text.tell()


def _names(header: bytes, dialect: Csv) -> list[str]:
    try:
        text = header.decode()
    except UnicodeDecodeError:
        raise DataRefused("E-ENCODING", f"Expected {dialect.encoding}, found other bytes in the header.", "Export the file again.") from None
    names = [name.strip() for name in next(csv.reader(io.StringIO(text), delimiter=dialect.delimiter, quotechar=dialect.quote), [])]
    refuse_names(names)
    return names


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
