"""One sheet of a workbook. Receives a sealed file; hands on its rows as text, numbered as Excel does; refuses what is no such workbook.

Cells are read by python-calamine, which gives the values that a formula had when the file was saved and resolves nothing outside it. A date
is ISO text, a number has no needless .0, TRUE is true, an error of Excel is empty. Rows without any value are no rows.
"""

import io
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import islice
from typing import Any

import duckdb
import pyarrow as pa
import python_calamine

from pipelines.core.catalog import Feed, Xlsx
from pipelines.core.crypto import SealedReader
from pipelines.core.errors import DataRefused
from pipelines.core.handles import Delivery
from pipelines.core.receipts import Account
from pipelines.core.schema import load_codes
from pipelines.core.settings import Settings
from pipelines.intake.formats import Rows, arrow_rows, refuse_denied, refuse_names, require_columns
from pipelines.intake.formats.workbook import Workbook, inspect

MAX_BYTES = 64 << 20
AT_ONCE = 500  # rows of a table: more cells no longer stay in the processor's cache
PART = 40  # tables that DuckDB is given at once
EPOCHS_APART = 1462  # days between the beginnings of Excel's two calendars


def open_rows(con: duckdb.DuckDBPyConnection, settings: Settings, delivery: Delivery, feed: Feed, account: Account) -> Rows:
    """Check the workbook and the header, and give the rows. Raises DataRefused (E-EMPTY, E-BOMB, E-SYNTAX, E-SHEET, E-HEADER, E-TEMPLATE)."""
    assert isinstance(feed.format, Xlsx)
    if delivery.size > MAX_BYTES:
        raise DataRefused("E-SIZE", f"Expected a workbook of at most {MAX_BYTES} bytes, found {delivery.size}.", "Split the workbook.")
    if delivery.size == 0:
        raise DataRefused("E-EMPTY", "The file holds nothing.", "Send the file again; if there were no records, send the header alone.")
    with SealedReader(settings, delivery.path) as file:
        workbook = inspect(file.read())
    sheet = _sheet(workbook, feed.format)
    columns = _names(sheet, feed.format)
    refuse_names([name for name in columns if name])
    require_columns(feed, columns)
    refuse_denied(feed, [name for name in columns if name], load_codes(settings.schemas, "denied_columns"), account)
    return arrow_rows(con, lambda: _tables(sheet, feed, columns, workbook.from_1904))


def _sheet(workbook: Workbook, dialect: Xlsx) -> python_calamine.CalamineSheet:
    try:
        book = python_calamine.CalamineWorkbook.from_filelike(io.BytesIO(workbook.content))
        if dialect.sheet not in book.sheet_names:
            raise DataRefused(
                "E-SHEET",
                f"Expected a sheet named {dialect.sheet}, found {len(book.sheet_names)} of other names.",
                "Send the current template and leave the sheets' names as they are.",
            )
        return book.get_sheet_by_name(dialect.sheet)
    except python_calamine.CalamineError:
        raise DataRefused("E-SYNTAX", "Expected an XLSX workbook, found a damaged one.", "Save the workbook again.") from None


def _names(sheet: python_calamine.CalamineSheet, dialect: Xlsx) -> list[str]:
    """The names in the header, "Group / Name" below a merged group title; empty where a column has none."""
    top: list[list[Any]] = []
    for row in sheet.iter_rows():
        top.append(row)
        if len(top) == dialect.header_row:
            break
    if len(top) < dialect.header_row:
        raise DataRefused("E-EMPTY", f"The sheet ends before its header in row {dialect.header_row}.", "Send the current template, header first.")
    names = [str(cell).strip() for cell in top[-1]]
    while names and not names[-1]:
        names.pop()
    if not dialect.group_row:
        return names
    groups = [str(cell).strip() for cell in top[dialect.group_row - 1]]
    for (level, first), (_, last) in sheet.merged_cell_ranges or []:
        if level == dialect.group_row - 1:
            groups[first : last + 1] = [groups[first]] * (min(last + 1, len(groups)) - first)
    return [f"{group} / {name}" if group and name else name for group, name in zip(groups, names, strict=False)]


def _tables(sheet: python_calamine.CalamineSheet, feed: Feed, columns: list[str], from_1904: bool) -> Iterator[pa.Table]:
    assert isinstance(feed.format, Xlsx)
    rows = islice(enumerate(sheet.iter_rows(), 1), feed.format.header_row, None)
    filled = ((number, row) for number, row in rows if any(row) or row.count("") < len(row))
    tables = (_table(some, feed, columns, from_1904) for some in iter(lambda: list(islice(filled, AT_ONCE)), []))
    while waiting := list(islice(tables, PART)):
        yield pa.concat_tables(waiting)


def _table(numbered: list[tuple[int, list[Any]]], feed: Feed, columns: list[str], from_1904: bool) -> pa.Table:
    numbers, rows = zip(*numbered, strict=True)
    cells = list(zip(*rows, strict=True))
    unnamed = [i for i in range(len(cells)) if i >= len(columns) or not columns[i]]
    wide = [any(cells[i][n] != "" for i in unnamed) for n in range(len(rows))] if unnamed else [False] * len(rows)
    serial = {m.source for m in feed.map.values() if "excel" in m.formats} if from_1904 else set()
    made: dict[str, pa.Array] = {
        "_row": pa.array(numbers, pa.int64()),
        "_broken": pa.array(["R-COLUMNS" if found else None for found in wide], pa.string()),
        "_raw": pa.array(["\t".join(map(_text, row)) if found else None for row, found in zip(rows, wide, strict=True)], pa.string()),
    }
    for name in feed.consumed:
        column = cells[columns.index(name)]
        if name in serial:
            column = tuple(cell + EPOCHS_APART if type(cell) is float else cell for cell in column)
        made[name] = _texts(column)
    return pa.table(made)


def _texts(cells: tuple[Any, ...]) -> pa.Array:
    try:
        return pa.array(cells, pa.string())
    except pa.ArrowTypeError:  # not all are text
        return pa.array(map(_text, cells), pa.string())


def _text(cell: Any) -> str:
    kind = type(cell)
    if kind is str:
        return str(cell)
    if kind is float:
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if kind is datetime:
        return str((cell + timedelta(microseconds=500_000)).isoformat()[:19]) if cell.microsecond else str(cell.isoformat())
    if kind is bool:
        return "true" if cell else "false"
    return str(cell)
