"""What a workbook would unfold to. Receives the bytes of an XLSX file; hands on what is needed to read it; refuses (DataRefused) what is no
workbook, is locked, or would fill the memory: the reader keeps every cell of a sheet's rectangle and every text as often as it is shown.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.core.errors import DataRefused

MAX_ENTRIES = 2_000
MAX_INFLATED = 96 << 20  # bytes of all parts together
MAX_CELLS = 3_000_000  # of a sheet's rectangle
MAX_TEXT = 128 << 20  # bytes of all texts, each as often as it is shown
OLE = b"\xd0\xcf\x11\xe0"  # the container of old workbooks, and of those under a password
ADDRESS = re.compile(rb'\br="([A-Z]{1,3})([0-9]{1,7})"')
ROW = re.compile(rb'<row\s[^>]{0,200}?\br="([0-9]{1,7})"')
SHOWN = re.compile(rb'<c\b[^>]*?\bt="s"[^>]*>\s*<v>(\d{1,9})</v>')
DATE_1904 = re.compile(rb'\bdate1904="(1|true)"')
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the ways that a part may be packed in (ISO/IEC 29500-2, annex B)
# What `zipfile` raises for an archive that is damaged (wrong sums, streams, an end too early, places before or beyond the file) or locked.
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OverflowError, RuntimeError)
DAMAGED = DataRefused("E-SYNTAX", "Expected an XLSX workbook, found something else or a damaged one.", "Save the workbook again.")
TOO_LARGE = "Split the workbook, or remove formatting and cells that stand far outside the table."


@dataclass(frozen=True)
class Workbook:
    """The file, and whether its days are counted from 1904 instead of 1900."""

    content: bytes
    from_1904: bool


def inspect(content: bytes) -> Workbook:
    """Unpack every part once, in bounds, which also checks its size and checksum. Raises DataRefused (E-SYNTAX, E-BOMB)."""
    if content.startswith(OLE):
        raise DataRefused("E-SYNTAX", "Expected an XLSX file, found an old or a locked one.", "Save it as .xlsx without a password.")
    texts: list[int] = []
    sheets = []
    from_1904 = False
    for name, data in _parts(content):
        if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data[:4096]:
            raise DataRefused("E-SYNTAX", "Expected a workbook, found a document type in it.", "Save it with a spreadsheet program.")
        if name.startswith("xl/worksheets/"):
            _refuse_wide(data)
            sheets.append(data)
        elif name == "xl/sharedstrings.xml":
            texts = [len(text) for text in data.split(b"</si>")]
        elif name == "xl/workbook.xml":
            from_1904 = DATE_1904.search(data) is not None
    for sheet in sheets:
        _refuse_repeated(sheet, texts)
    return Workbook(content, from_1904)


def _parts(content: bytes) -> Iterator[tuple[str, bytes]]:
    """Name, in small letters, and bytes of each part. What `zipfile` raises for a damaged, locked or odd archive is the sender's; nothing else
    is caught here, so that a fault of ours is not told as theirs.
    """
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
        parts = archive.infolist()
    except BROKEN:
        raise DAMAGED from None
    with archive:
        if len(parts) > MAX_ENTRIES or sum(part.file_size for part in parts) > MAX_INFLATED:
            raise DataRefused("E-BOMB", f"The workbook would unfold to over {MAX_INFLATED} bytes.", TOO_LARGE)
        for part in parts:
            if part.compress_type not in PACKED:
                raise DAMAGED
            try:
                data = archive.read(part)
            except BROKEN:
                raise DAMAGED from None
            yield part.filename.lower(), data


def _refuse_wide(sheet: bytes) -> None:
    """Refuse a sheet whose rectangle has too many cells. Most cells begin with their address, of up to 10 characters; others are looked at
    one by one. A cell without an address stands beside the one before it, a row without a number below the one before it.
    """
    data = np.frombuffer(sheet + bytes(16), np.uint8)
    opens = np.flatnonzero((data[:-16] == ord("<")) & (data[1:-15] == ord("c")) & (data[2:-14] <= ord(" ")))
    address = data[opens[:, None] + np.arange(3, 16)]
    usual = (address[:, :3] == np.frombuffer(b'r="', np.uint8)).all(axis=1)
    rows, columns = _farthest(address[usual, 3:])
    for cell in opens[~usual].tolist():
        found = ADDRESS.search(sheet, cell, sheet.find(b">", cell) + 1)
        rows, columns = max(rows, int(found[2]) if found else 1), max(columns, _column(found[1]) if found else 1)
    rows = max(rows, sheet.count(b"<row"), *(int(n) for n in ROW.findall(sheet)), 1)
    if rows * max(columns, 1) > MAX_CELLS or len(opens) > MAX_CELLS:
        raise DataRefused("E-BOMB", f"A sheet spans more than {MAX_CELLS} cells.", TOO_LARGE)


def _farthest(addresses: npt.NDArray[np.uint8]) -> tuple[int, int]:
    """The greatest row and column of addresses such as AB12, each followed by a quote."""
    row, column = np.zeros(len(addresses), np.int64), np.zeros(len(addresses), np.int64)
    inside = np.ones(len(addresses), bool)
    for sign in addresses.T:
        inside &= sign != ord('"')
        letter, digit = inside & (sign >= ord("A")), inside & (sign <= ord("9"))
        column[letter] = column[letter] * 26 + sign[letter] - (ord("A") - 1)
        row[digit] = row[digit] * 10 + sign[digit] - ord("0")
    return int(row.max(initial=0)), int(column.max(initial=0))


def _column(letters: bytes) -> int:
    _, column = _farthest(np.frombuffer(letters + b'"', np.uint8)[None, :])
    return column


def _refuse_repeated(sheet: bytes, texts: list[int]) -> None:
    """Refuse a sheet that shows long texts so often that they would fill the memory."""
    if sheet.count(b't="s"') * max(texts, default=0) <= MAX_TEXT:
        return
    shown = np.array([int(n) for n in SHOWN.findall(sheet)], np.int64)
    lengths = np.array(texts, np.int64)
    if lengths[shown[shown < len(lengths)]].sum() > MAX_TEXT:
        raise DataRefused("E-BOMB", f"The texts of a sheet would unfold to over {MAX_TEXT} bytes.", TOO_LARGE)
