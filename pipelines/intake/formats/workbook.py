"""What a workbook would unfold to. Receives the bytes of an XLSX file; hands on what is needed to read it; refuses (DataRefused) what is no
workbook, is locked, or would fill the memory: the reader keeps every cell of a sheet's rectangle and every text as often as it is shown.
"""

import io
import re
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import reduce

import numpy as np
import numpy.typing as npt
from lxml import etree

from pipelines.core.errors import DataRefused

MAX_ENTRIES = 2_000
MAX_INFLATED = 96 << 20  # bytes of all parts together
MAX_CELLS = 3_000_000  # of a sheet's rectangle
MAX_TEXT = 128 << 20  # bytes of all texts, each as often as it is shown
OLE = b"\xd0\xcf\x11\xe0"  # the container of old workbooks, and of those under a password
LONGEST_ADDRESS = 10  # characters
LONGEST_TAG = 20  # bytes, up to the end of the address
BLOCK = 1 << 18  # bytes: larger arrays no longer stay in the processor's cache
ADDRESS = re.compile(r"([A-Za-z]{0,3})0*([0-9]{1,7})")
SHOWN = re.compile(rb'<c\b[^>]*?\bt="s"[^>]*>\s*<v>(\d{1,9})</v>')
TABLE_OF_TEXTS, END_OF_TEXT = re.compile(rb"<(?:\w+:)?sst\b"), re.compile(rb"</(?:\w+:)?si>")
NUMBER = re.compile(r"[0-9]{1,9}")
DATE_1904 = re.compile(rb'\bdate1904="(1|true)"')
PACKED = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # the ways that a part may be packed in (ISO/IEC 29500-2, annex B)
# What `zipfile` raises for an archive that is damaged (wrong sums, streams, an end too early, places before or beyond the file) or locked.
BROKEN = (zipfile.BadZipFile, zlib.error, EOFError, ValueError, OverflowError, RuntimeError)
DAMAGED = DataRefused("E-SYNTAX", "Expected an XLSX workbook, found something else or a damaged one.", "Save the workbook again.")
TOO_LARGE = "Split the workbook, or remove formatting and cells that stand far outside the table."
TOO_WIDE = DataRefused("E-BOMB", f"A sheet spans more than {MAX_CELLS} cells.", TOO_LARGE)


@dataclass(frozen=True)
class Workbook:
    """The file, and whether its days are counted from 1904 instead of 1900."""

    content: bytes
    from_1904: bool


@dataclass
class Extent:
    """How far a sheet's rows and cells reach, and how many cells there are. lxml hands it the elements in their order: a cell without an
    address stands beside the one before it, a row without a number below the one before it.
    """

    rows: int = 0
    columns: int = 0
    cells: int = 0
    last: int = 0  # column of the last cell of the row

    def start(self, tag: str, attributes: Mapping[str, str]) -> None:
        name = tag.rpartition("}")[2]
        if name not in ("row", "c"):
            return
        address = ADDRESS.fullmatch(attributes.get("r", ""))
        if not address and "r" in attributes:
            raise DAMAGED
        if name == "row":
            self.rows, self.last = max(self.rows, int(address[2])) if address else self.rows + 1, 0
            return
        self.last = _column(address[1]) if address else self.last + 1
        self.rows, self.columns = max(self.rows, int(address[2]) if address else 1), max(self.columns, self.last)
        self.cells += 1
        if self.cells > MAX_CELLS:
            raise TOO_WIDE

    def close(self) -> "Extent":
        return self


def inspect(content: bytes) -> Workbook:
    """Unpack every part once, in bounds, which also checks its size and checksum. Raises DataRefused (E-SYNTAX, E-BOMB)."""
    if content.startswith(OLE):
        raise DataRefused("E-SYNTAX", "Expected an XLSX file, found an old or a locked one.", "Save it as .xlsx without a password.")
    texts: list[int] = []
    sheets = []
    from_1904 = None
    for name, data in _parts(content):
        if b"<!DOCTYPE" in data[:4096] or b"<!ENTITY" in data[:4096]:
            raise DataRefused("E-SYNTAX", "Expected a workbook, found a document type in it.", "Save it with a spreadsheet program.")
        if b"sheetData" in data:  # a sheet, in whatever folder
            sheets.append((data, _extent(data).cells))
        if TABLE_OF_TEXTS.search(data[:4096]):
            texts = [len(text) for text in END_OF_TEXT.split(data)]
        if name == "xl/workbook.xml":
            from_1904 = DATE_1904.search(data) is not None
    if from_1904 is None:
        raise DAMAGED  # another kind of workbook, of which nothing is known here
    for sheet, cells in sheets:
        if cells * max(texts, default=0) > MAX_TEXT:
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


def _extent(sheet: bytes) -> Extent:
    """How far a sheet reaches. Raises DataRefused (E-BOMB, E-SYNTAX)."""
    extent = _usual_extent(sheet)
    if extent is None:
        extent = Extent()
        parser = etree.XMLParser(target=extent, resolve_entities=False, no_network=True)  # type: ignore[arg-type]  # no need of all its methods
        try:
            etree.fromstring(sheet, parser)
        except etree.XMLSyntaxError:
            raise DAMAGED from None
    if max(extent.rows, 1) * max(extent.columns, 1) > MAX_CELLS or extent.cells > MAX_CELLS:
        raise TOO_WIDE
    return extent


def _usual_extent(sheet: bytes) -> Extent | None:
    """The extent by arrays, ten times as fast as by elements; None unless all that could be a row or a cell begins with its number or address,
    <row r="7" or <c r="B7", as programs write them.
    """
    extent = Extent()
    for start in range(0, len(sheet), BLOCK):
        data = np.frombuffer(sheet[start : start + BLOCK + LONGEST_TAG].ljust(BLOCK + LONGEST_TAG), np.uint8)
        begins, follows = data[:BLOCK], data[1 : BLOCK + 1]
        marks = np.flatnonzero(((begins == ord("<")) | (begins == ord(":"))) & ((follows == ord("r")) | (follows == ord("c"))))
        for name in (b"row", b"c"):
            found = marks
            for place, sign in enumerate(name, 1):
                found = found[data[found + place] == sign]
            found = found[data[found + len(name) + 1] <= ord(">")]  # where a name ends
            usual = data[found] == ord("<")
            for place, sign in enumerate(b' r="', len(name) + 1):
                usual &= data[found + place] == sign
            farthest = _farthest(data, found + len(name) + 5)
            if not usual.all() or not farthest:
                return None
            extent.rows, extent.columns = max(extent.rows, farthest[0]), max(extent.columns, farthest[1])
        extent.cells += len(found)
    return extent


def _farthest(data: npt.NDArray[np.uint8], places: npt.NDArray[np.int64]) -> tuple[int, int] | None:
    """The greatest row and column of the addresses at these places, such as AB12 or 12 and a quote; None if one has no end."""
    row, column = np.zeros((2, len(places)), np.int64)
    inside = np.ones(len(places), bool)
    for place in range(LONGEST_ADDRESS + 1):
        sign = data[places + place]
        inside &= sign != ord('"')
        if not inside.any():
            return int(row.max(initial=0)), int(column.max(initial=0))
        letter = inside & (sign >= ord("A"))
        column[letter] = column[letter] * 26 + sign[letter] - (ord("A") - 1)
        np.copyto(row, row * 10 + sign - ord("0"), where=inside & ~letter)
    return None


def _column(letters: str) -> int:
    return reduce(lambda column, letter: column * 26 + ord(letter) - ord("A") + 1, letters.upper(), 0)


def _refuse_repeated(sheet: bytes, texts: list[int]) -> None:
    """Refuse a sheet that shows long texts so often that they would fill the memory."""
    found = SHOWN.findall(sheet)
    if len(found) < sheet.count(b'"s"') + sheet.count(b"'s'"):  # not all are written as programs write them
        found = list(_shown_otherwise(sheet))
    shown = np.array([int(n) for n in found], np.int64)
    lengths = np.array(texts, np.int64)
    if lengths[shown[shown < len(lengths)]].sum() > MAX_TEXT:
        raise DataRefused("E-BOMB", f"The texts of a sheet would unfold to over {MAX_TEXT} bytes.", TOO_LARGE)


def _shown_otherwise(sheet: bytes) -> Iterator[str]:
    """The numbers of the texts that cells show, element by element. Raises DataRefused (E-SYNTAX)."""
    try:
        for _, cell in etree.iterparse(io.BytesIO(sheet), tag="{*}c", resolve_entities=False, no_network=True):
            number = cell.findtext("{*}v", "").strip()
            if cell.get("t") == "s" and NUMBER.fullmatch(number):
                yield number
            cell.clear()
    except etree.XMLSyntaxError:
        raise DAMAGED from None
