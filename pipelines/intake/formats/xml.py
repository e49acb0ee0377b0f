"""XML with one element per record. Receives a sealed file; hands on the values at the feed's paths as text, numbered by record; refuses
what is not well-formed, or declares a document type, whose entities could grow without bound or reach for other files.

lxml decides what XML is. Plain files, and they are the usual ones, are read several times faster by plain.py, which hands a file back as soon
as it meets anything that is not plain. A value is the text of an element without child elements, or of an attribute; names are local.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, cast

import duckdb
import numpy as np
import pyarrow as pa
from lxml import etree

from pipelines.core.catalog import Feed, Xml
from pipelines.core.crypto import SealedReader
from pipelines.core.errors import DataRefused
from pipelines.core.handles import Delivery
from pipelines.core.receipts import Account
from pipelines.core.schema import load_codes
from pipelines.core.settings import Settings
from pipelines.intake.formats import Rows, arrow_rows, refuse_binary, refuse_denied
from pipelines.intake.formats.plain import plain_tables
from pipelines.intake.formats.tags import NotPlain

BLOCK = 2 << 20  # bytes: larger arrays no longer stay in the processor's cache
MAX_RECORD = 8 << 20  # bytes without the end of a record
AT_ONCE = 5_000  # records of a table that lxml has read
PART = 16 << 20  # bytes of blocks that DuckDB is given at once
# No entity but the five of XML, no other file, no network; libxml2's own bounds on depth (256) and text (10 MB) stay in force.
SECURE: dict[str, Any] = {
    "resolve_entities": False,
    "load_dtd": False,
    "dtd_validation": False,
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}
MALFORMED = DataRefused("E-SYNTAX", "Expected well-formed XML, found an error in it.", "Export the file again; it may have been cut off.")


@dataclass
class Wanted:
    """What to read: the path of the records, column -> path below it (from the record's own name), and which columns are lists.
    `present` collects the paths that the file has.
    """

    record: str
    paths: dict[str, str]
    lists: frozenset[str]
    present: dict[str, None] = field(default_factory=dict)

    def schema(self) -> pa.Schema:
        kinds = [pa.field(c, pa.list_(pa.string()) if c in self.lists else pa.string()) for c in self.paths]
        return pa.schema([pa.field("_row", pa.int64()), pa.field("_broken", pa.string()), pa.field("_raw", pa.string()), *kinds])


def open_rows(con: duckdb.DuckDBPyConnection, settings: Settings, delivery: Delivery, feed: Feed, account: Account) -> Rows:
    """Give the records. Raises DataRefused (E-EMPTY, E-BINARY, E-COMPRESSED, E-ENCODING, E-SYNTAX), at the end E-TEMPLATE and E-DENIED."""
    assert isinstance(feed.format, Xml)
    with SealedReader(settings, delivery.path) as file:
        refuse_no_xml(file)
    lists = frozenset(name for name in feed.consumed if "[]" in name)
    wanted = Wanted(feed.format.record, {name: name.replace("[]", "") for name in feed.consumed}, lists)
    columns = ", ".join(f'to_json("{n}")::VARCHAR AS "{n}"' if n in lists else f'"{n}"' for n in feed.consumed)
    rows = arrow_rows(con, lambda: _tables(settings, delivery, wanted), f"(SELECT _row, _broken, _raw, {columns} FROM part)")
    denied = load_codes(settings.schemas, "denied_columns")
    return Rows(rows.parts, lambda account: _audit(feed, wanted, denied, account), numbered=True)


def refuse_no_xml(file: SealedReader) -> None:
    """Refuse what by its first bytes is no XML text."""
    head = file.read(1 << 16)
    refuse_binary(head)
    if not head.strip():
        raise DataRefused("E-EMPTY", "The file holds nothing.", "Send the file again; if there were no records, send the root element alone.")
    if b"\x00" in head:
        raise DataRefused("E-BINARY", "Expected text, found NUL bytes.", "Export the file again as text.")
    if not head.removeprefix(b"\xef\xbb\xbf").lstrip().startswith(b"<"):
        raise DataRefused("E-SYNTAX", "Expected XML, found something else.", "Send the file as XML.")


def blocks_of(settings: Settings, delivery: Delivery) -> Iterator[bytes]:
    """The file, block by block."""
    with SealedReader(settings, delivery.path) as file:
        yield from iter(lambda: file.read(BLOCK), b"")


def elements(blocks: Iterable[bytes], record: str) -> Iterator[etree._Element]:
    """The elements at a path such as "Submission/Tips/Tip", each gone when the next is asked for. Raises DataRefused (E-SYNTAX)."""
    *above, name = record.split("/")
    parser = etree.XMLPullParser(events=("end",), tag=f"{{*}}{name}", **SECURE)
    known: etree._Element | None = None  # the parent whose path has been looked at, and
    right = False  # whether it is the right one
    waiting = 0  # bytes since the last record
    try:
        for block in blocks:
            parser.feed(block)
            waiting += len(block)
            for _, element in cast("Iterable[tuple[str, etree._Element]]", parser.read_events()):
                parent = element.getparent()
                if parent is None or parent is not known:
                    _refuse_document_type(element)
                    known, right = parent, local_path(parent) == above
                if right:
                    waiting = 0
                    yield element
                    element.clear()
                    while parent is not None and element.getprevious() is not None:
                        del parent[0]  # what stands before has been read
            if waiting > MAX_RECORD:
                raise DataRefused("E-SYNTAX", f"No record ends within {MAX_RECORD} bytes.", "Send the records as the template says.")
        _refuse_document_type(parser.close())
    except etree.XMLSyntaxError:
        raise MALFORMED from None


def _refuse_document_type(element: etree._Element) -> None:
    if element.getroottree().docinfo.internalDTD is not None:
        raise DataRefused("E-SYNTAX", "Expected XML without a document type, found one.", "Send the file without <!DOCTYPE ...>.")


def local(name: str) -> str:
    """A name without its namespace."""
    return name.rpartition("}")[2]


def local_path(element: etree._Element | None) -> list[str]:
    """Local names from the root to an element."""
    return [] if element is None else [*local_path(element.getparent()), local(element.tag)]


def _tables(settings: Settings, delivery: Delivery, wanted: Wanted) -> Iterator[pa.Table]:
    """Tables of records, the fast way as long as it goes."""
    done = 0
    waiting: list[pa.Table] = []
    try:
        for table in plain_tables(blocks_of(settings, delivery), wanted, MAX_RECORD):
            waiting.append(table.set_column(0, "_row", pa.array(np.arange(done + 1, done + len(table) + 1))))
            done += len(table)
            if len(waiting) * BLOCK >= PART:
                yield pa.concat_tables(waiting)
                waiting = []
        if waiting:
            yield pa.concat_tables(waiting)
    except NotPlain:
        if waiting:
            yield pa.concat_tables(waiting)
        yield from _lxml_tables(elements(blocks_of(settings, delivery), wanted.record), wanted, done)


def _lxml_tables(records: Iterable[etree._Element], wanted: Wanted, done: int) -> Iterator[pa.Table]:
    """Tables of the records behind the first `done`."""
    schema = wanted.schema()
    columns: list[list[Any]] = [[] for _ in schema]
    for row, record in enumerate(records, 1):
        if row <= done:
            continue
        values: dict[str, list[str | None]] = {}
        _collect(record, local(record.tag), values, set(wanted.paths.values()))
        wanted.present.update(dict.fromkeys(values))
        single = [values.get(path, ()) for name, path in wanted.paths.items() if name not in wanted.lists]
        repeated = any(len(found) > 1 for found in single)
        record.tail = None
        made: list[Any] = [row, "R-REPEATED" if repeated else None, etree.tostring(record, encoding="unicode") if repeated else None]
        for name, path in wanted.paths.items():
            found = values.get(path, [])
            made.append([v for v in found if v is not None] if name in wanted.lists else found[0] if found else None)
        for column, value in zip(columns, made, strict=True):
            column.append(value)
        if len(columns[0]) == AT_ONCE:
            yield pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema)
            columns = [[] for _ in schema]
    if columns[0]:
        yield pa.table([pa.array(c, f.type) for c, f in zip(columns, schema, strict=True)], schema)


def _collect(element: etree._Element, path: str, values: dict[str, list[str | None]], wanted: set[str]) -> None:
    """Path -> values of an element without children, and of attributes, in the order of the document. No text is None.

    Attributes of a namespace (ids, references, schema hints) are read where they are wanted.
    """
    for name, value in cast("Iterable[tuple[str, str]]", element.attrib.items()):
        if not name.startswith("{") or f"{path}/@{local(name)}" in wanted:
            values.setdefault(f"{path}/@{local(name)}", []).append(value or None)
    if len(element):
        for child in element:
            _collect(child, f"{path}/{local(child.tag)}", values, wanted)
    else:
        values.setdefault(path, []).append(element.text or None)


def _audit(feed: Feed, wanted: Wanted, denied: Iterable[str], account: Account) -> None:
    """Refuse a delivery whose paths are not the feed's; note paths that nobody reads, and paths that are read and stand nowhere."""
    if not wanted.present:
        return
    missing = [name for name, path in wanted.paths.items() if path not in wanted.present]
    if lost := [name for name in missing if name in feed.record.uses]:
        raise DataRefused("E-TEMPLATE", f"Elements are missing in every record: {', '.join(lost)}.", "Send the current template.")
    lists = {wanted.paths[name]: name for name in wanted.lists}
    refuse_denied(feed, [lists.get(path, path) for path in wanted.present], denied, account)
    account.issues.extend({"code": "I-MISSING", "column": name, "todo": "check whether the template changed"} for name in missing)
