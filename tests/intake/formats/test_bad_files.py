"""Bad input of every format: what is sent, and the reason with which it is refused. A message never repeats what stood in the file."""

import gzip
import io
import zipfile
from collections.abc import Callable
from typing import Any

import pytest
import xlsxwriter

from pipelines.core.errors import DataRefused

SECRET = "Placeholdername"
CSV, PACKED, LATIN = {"kind": "csv"}, {"kind": "csv", "compression": "gzip"}, {"kind": "csv", "encoding": "windows-1252"}
NDJSON, FLAT, XLSX = {"kind": "ndjson"}, {"kind": "nibrs_flat"}, {"kind": "xlsx", "sheet": "Tips"}
XML, NIBRS_XML = {"kind": "xml", "record": "Tips/Tip"}, {"kind": "nibrs_xml"}
COLUMNS = {"csv": ["id"], "ndjson": ["id"], "nibrs_flat": ["offence_codes"], "nibrs_xml": ["offence_codes"], "xlsx": ["id"], "xml": ["Tip/Id"]}
TIP = f"<Tip><Id>{SECRET}</Id></Tip>"
LAUGHS = "".join(f'<!ENTITY l{i} "{f"&l{i - 1};" * 10}">' for i in range(1, 10))
SEGMENT = f"00871I012016    CA0190000{SECRET[:12]}20260105 12N".ljust(87)


def book(sheet: str = "Tips", write: Callable[[Any], object] = lambda sheet: sheet.write_row(0, 0, ["id", "n"])) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as workbook:
        write(workbook.add_worksheet(sheet))
    return content.getvalue()


def damaged(content: bytes) -> bytes:
    """A workbook of which the first part's packed bytes are others."""
    first = 30 + content[26] + content[28]
    return content[:first] + bytes(40) + content[first + 40 :]


def repacked(content: bytes, change: Callable[[str, bytes], bytes], packing: int = zipfile.ZIP_DEFLATED) -> bytes:
    """A workbook with its parts changed."""
    made = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(made, "w", packing) as new:
        for part in old.namelist():
            new.writestr(part, change(part, old.read(part)))
    return made.getvalue()


def far_cell(name: str, data: bytes) -> bytes:
    return data.replace(b'<c r="A1"', b'<c r="ZZ1048576"') if name.startswith("xl/worksheets/") else data


def wide(rows: str, prefix: str = "") -> bytes:
    """A workbook whose sheet's first row has 40 cells and whose second has the number 100,000, in another way of writing it."""
    space = f"xmlns{prefix and f':{prefix[:-1]}'}='http://schemas.openxmlformats.org/spreadsheetml/2006/main'"
    sheet = f"<{prefix}worksheet {space}><{prefix}sheetData>{rows}</{prefix}sheetData></{prefix}worksheet>".encode()
    return repacked(book(), lambda name, data: sheet if name.startswith("xl/worksheets/") else data)


def in_apostrophes(name: str, data: bytes) -> bytes:
    return data.replace(b't="s"', b"t='s'") if name.startswith("xl/worksheets/") else data


def torn(name: str, data: bytes) -> bytes:
    return in_apostrophes(name, data).replace(b"</sheetData>", b"</sheetdata>")


def bomb(name: str, data: bytes) -> bytes:
    return data + b" " * 120_000_000 if name == "xl/styles.xml" else data


def doctype(name: str, data: bytes) -> bytes:
    return data.replace(b"?>", b'?><!DOCTYPE x [<!ENTITY a "b">]>', 1) if name == "xl/sharedStrings.xml" else data


def repeated_text(sheet: Any) -> None:
    sheet.write_row(0, 0, ["id", "n"])
    for row in range(1, 6_000):
        sheet.write(row, 0, "x" * 32_000)


BAD: dict[str, tuple[dict[str, Any], bytes, str]] = {
    "csv: plain text for gzip": (PACKED, b"id\n1\n", "E-COMPRESSED"),
    "csv: gzip for plain text": (CSV, gzip.compress(b"id\n1\n"), "E-COMPRESSED"),
    "csv: a gzip bomb": (PACKED, gzip.compress(b"id\n" + b"1\n" * 60_000_000), "E-BOMB"),
    "csv: gzip cut off": (PACKED, gzip.compress(f"id\n{SECRET}\n".encode() * 9)[:-9], "E-SYNTAX"),
    "csv: gzip damaged": (PACKED, gzip.compress(b"id\n1\n")[:12] + b"\xff" * 20, "E-SYNTAX"),
    "csv: a zip in gzip": (PACKED, gzip.compress(b"PK\x03\x04" + b"0" * 99), "E-COMPRESSED"),
    "csv: UTF-8 for windows-1252": (LATIN, f"id\ncafé {SECRET}\n".encode(), "E-ENCODING"),
    "ndjson: cut off": (NDJSON, b'{"id": 1}\n{"id": "' + SECRET.encode(), "E-SYNTAX"),
    "ndjson: NUL bytes": (NDJSON, b'{"id": 1}\n\x00\n', "E-BINARY"),
    "ndjson: a key that identifies": (NDJSON, b'{"id": 1}\n' * 9 + b'{"id": 2, "a": {"victim_name": 1}}\n', "E-DENIED"),
    "ndjson: nothing": (NDJSON, b"", "E-EMPTY"),
    "flat: nothing": (FLAT, b"\n", "E-EMPTY"),
    "flat: another file": (FLAT, b"id,name\n1,2\n", "E-HEADER"),
    "flat: cut off": (FLAT, f"{SEGMENT}\n{SEGMENT[:50]}".encode(), "E-SYNTAX"),
    "flat: NUL bytes": (FLAT, f"{SEGMENT}\n\x00".encode(), "E-BINARY"),
    "flat: a line of 20 MB": (FLAT, b"0" * 20_000_000, "E-SYNTAX"),
    "xlsx: nothing": (XLSX, b"", "E-EMPTY"),
    "xlsx: another sheet": (XLSX, book("Sheet1"), "E-SHEET"),
    "xlsx: no header": (XLSX | {"header_row": 5}, book(), "E-EMPTY"),
    "xlsx: another template": (XLSX, book(write=lambda s: s.write_row(0, 0, ["a", "b"])), "E-HEADER"),
    "xlsx: a column of names": (XLSX, book(write=lambda s: s.write_row(0, 0, ["id", "Victim Name"])), "E-DENIED"),
    "xlsx: cut off": (XLSX, book()[:-300], "E-SYNTAX"),
    "xlsx: an old or locked workbook": (XLSX, b"\xd0\xcf\x11\xe0" + b"0" * 999, "E-SYNTAX"),
    "xlsx: a zip bomb": (XLSX, repacked(book(), bomb), "E-BOMB"),
    "xlsx: a cell at the end of the sheet": (XLSX, repacked(book(), far_cell), "E-BOMB"),
    "xlsx: cells without addresses, and a far row": (
        XLSX,
        wide(f'<row>{"<c><v>1</v></c>" * 40}</row><row r="100000"><c><v>1</v></c></row>'),
        "E-BOMB",
    ),
    "xlsx: a far cell in apostrophes": (XLSX, wide("<row r='100000'><c r='AN100000'><v>1</v></c></row>"), "E-BOMB"),
    "xlsx: a far cell with zeros": (XLSX, wide('<row r="1"><c r="AN000000000100000"><v>1</v></c></row>'), "E-BOMB"),
    "xlsx: a far cell with a prefix": (XLSX, wide('<x:row r="100000"><x:c r="AN100000"><x:v>1</x:v></x:c></x:row>', "x:"), "E-BOMB"),
    "xlsx: a far cell behind a sign": (XLSX, wide('<row r="1"><c x=">" r="AN100000"><v>1</v></c></row>'), "E-BOMB"),
    "xlsx: a far cell in another folder": (
        XLSX,
        book(write=lambda s: s.write(99_999, 39, 1)).replace(b"worksheets/sheet1", b"worksheetz/sheet1"),
        "E-BOMB",
    ),
    "xlsx: one text shown thousands of times": (XLSX, book(write=repeated_text), "E-BOMB"),
    "xlsx: the same in another way of writing": (XLSX, repacked(book(write=repeated_text), in_apostrophes), "E-BOMB"),
    "xlsx: the same, and not well-formed": (XLSX, repacked(book(write=repeated_text), torn), "E-SYNTAX"),
    "xlsx: another kind of workbook": (XLSX, book().replace(b"xl/workbook.xml", b"xl/workbook.bin"), "E-SYNTAX"),
    "xlsx: packed as no workbook is": (XLSX, repacked(book(), lambda _, data: data, zipfile.ZIP_LZMA), "E-SYNTAX"),
    "xlsx: a damaged stream": (XLSX, damaged(book()), "E-SYNTAX"),
    "xlsx: a document type": (XLSX, repacked(book(), doctype), "E-SYNTAX"),
    "xml: nothing": (XML, b" ", "E-EMPTY"),
    "xml: no XML": (XML, b"id,name\n", "E-SYNTAX"),
    "xml: cut off": (XML, f"<Tips>{TIP}<Tip><Id>{SECRET}".encode(), "E-SYNTAX"),
    "xml: cut off behind a record": (XML, f"<Tips>{TIP}".encode(), "E-SYNTAX"),
    "xml: tags that do not match": (XML, f"<Tips>{TIP}<Tip><Id>{SECRET}</Od></Tip></Tips>".encode(), "E-SYNTAX"),
    "xml: two roots": (XML, f"<Tips>{TIP}</Tips><Tips>{TIP}</Tips>".encode(), "E-SYNTAX"),
    "xml: an unknown entity": (XML, b"<Tips><Tip><Id>&x;</Id></Tip></Tips>", "E-SYNTAX"),
    "xml: a billion laughs": (XML, f'<!DOCTYPE Tips [<!ENTITY l0 "{SECRET}">{LAUGHS}]><Tips><Tip><Id>&l9;</Id></Tip></Tips>'.encode(), "E-SYNTAX"),
    "xml: an entity from a file": (
        XML,
        b'<!DOCTYPE Tips [<!ENTITY x SYSTEM "file:///etc/hostname">]><Tips><Tip><Id>&x;</Id></Tip></Tips>',
        "E-SYNTAX",
    ),
    "xml: a document type elsewhere": (XML, b'<!DOCTYPE Tips SYSTEM "http://127.0.0.1:9/x.dtd"><Tips><Tip><Id>1</Id></Tip></Tips>', "E-SYNTAX"),
    "xml: as deep as it gets": (XML, b"<Tips><Tip>" + b"<a>" * 100_000 + b"</a>" * 100_000 + b"</Tip></Tips>", "E-SYNTAX"),
    "xml: another encoding": (XML, '<?xml version="1.0" encoding="UTF-8"?><Tips><Tip><Id>é</Id></Tip></Tips>'.encode("latin-1"), "E-SYNTAX"),
    "xml: UTF-16": (XML, f"<Tips>{TIP}</Tips>".encode("utf-16"), "E-ENCODING"),
    "xml: without the key": (XML, b"<Tips><Tip><Od>1</Od></Tip></Tips>", "E-TEMPLATE"),
    "xml: an element of names": (XML, b"<Tips><Tip><Id>1</Id><VictimName>x</VictimName></Tip></Tips>", "E-DENIED"),
    "xml: 20 MB and no record": (XML, b"<Tips>" + b"<a>0123456789</a>" * 1_200_000 + b"</Tips>", "E-SYNTAX"),
    "nibrs_xml: another XML": (NIBRS_XML, f"<Tips>{TIP}</Tips>".encode(), "E-HEADER"),
}


@pytest.mark.parametrize("case", BAD)
def test_a_bad_file_is_refused(case: str, read: Any) -> None:
    format_, content, code = BAD[case]
    with pytest.raises(DataRefused) as refused:
        read(format_, COLUMNS[format_["kind"]], content)
    assert refused.value.code == code
    assert SECRET not in str(refused.value)
    assert refused.value.todo


def test_bytes_that_windows_1252_does_not_have_cost_their_row(read: Any) -> None:
    rows, account = read(LATIN, ["id"], b"id\nok \xe9\nbad \x81\nok\n")
    assert [row["id"] for row in rows] == ["ok é", "ok"]
    assert account.unreadable == {2: "R-ENCODING"}


def test_lines_that_cannot_be_read_cost_themselves(read: Any) -> None:
    long, deep = b'{"id": "' + b"x" * 2_100_000 + b'"}', b'{"id": ' + b"[" * 300 + b"]" * 300 + b"}"
    lines = [b'{"id": 1}', b'{"id": "\xff"}', long, b"[1]", deep, b"null", b'{"id": 2}']
    rows, _ = read(NDJSON, ["id"], b"\r\n".join(lines) + b"\n")
    found = [(row["_row"], row["_broken"], row["id"]) for row in rows]
    assert found == [
        (1, None, "1"),
        (2, "R-ENCODING", None),
        (3, "R-LENGTH", None),
        (4, "R-JSON", None),
        (5, "R-DEPTH", None),
        (6, "R-JSON", None),
        (7, None, "2"),
    ]
    assert all((row["_raw"] is None) == (row["_broken"] is None) for row in rows)  # what is held can be mended: nothing is lost


@pytest.mark.parametrize("odd", [b'{"id": 3, "more": 1}', b'{"id": 3}'])
def test_a_deep_record_costs_itself_whatever_stands_beside_it(odd: bytes, read: Any) -> None:
    rows, _ = read(NDJSON, ["id"], b'{"id": ' + b"[" * 300 + b"]" * 300 + b"}\n\n\n" + odd + b"\n")
    assert [(row["_row"], row["_broken"], row["id"]) for row in rows] == [(1, "R-DEPTH", None), (4, None, "3")]


def test_keys_that_duckdb_cannot_tell_apart_end_no_run(read: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("pipelines.intake.formats.ndjson.BLOCK", 100)  # several blocks: the keys of one are expected of the next
    rows, account = read(NDJSON, ["id"], b"".join(b'{"id": "%d", "ID": "x", "": 1, "more": {"": 2}}\n' % i for i in range(20)))
    assert [row["id"] for row in rows] == [str(i) for i in range(20)]
    assert {row["_broken"] for row in rows} == {None}
    assert {issue["code"] for issue in account.issues} == {"I-COLUMN"}


def test_many_gzip_members_are_one_text(read: Any) -> None:
    rows, _ = read(PACKED, ["id"], gzip.compress(b"id\n1\n") + gzip.compress(b"2\n3\n"))
    assert [row["id"] for row in rows] == ["1", "2", "3"]


def test_days_counted_from_1904_are_put_right() -> None:
    from pipelines.intake.formats.workbook import inspect

    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, "date_1904": True}) as workbook:
        workbook.add_worksheet("Tips").write_row(0, 0, ["id", "day"])
    assert inspect(content.getvalue()).from_1904
    assert not inspect(book()).from_1904


def test_a_sheet_reaches_as_far_by_arrays_as_by_elements() -> None:
    from pipelines.intake.formats.workbook import _extent, _usual_extent

    def write(sheet: Any) -> None:
        for row in range(1_500):
            sheet.write_row(row, row % 90, [row, "x", True, row / 7, ""])

    with zipfile.ZipFile(io.BytesIO(book(write=write))) as archive:
        sheet = archive.read("xl/worksheets/sheet1.xml")
    found = _usual_extent(sheet)
    assert found and (found.rows, found.columns) == (1_500, 93)
    assert _usual_extent(sheet.replace(b'<c r="B2"', b"<c r='B2'")) is None
    other = _extent(sheet.replace(b'"', b"'"))
    assert (other.rows, other.columns, other.cells) == (found.rows, found.columns, found.cells)
