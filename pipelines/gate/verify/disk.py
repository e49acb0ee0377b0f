"""Receives a home and canaries; hands on where a canary rests in the open; reads every file, and what is packed in it, as bytes.

Unpacked are Parquet pages and any other zstd (RFC 8878) or gzip (RFC 1952) frame, zip members, the values in DuckDB and SQLite files (whose
blocks may hold them compressed or cut in two), and the sealed narratives. Other sealed files hold what was sent, and are read as they rest.
"""

import base64
import json
import re
import sqlite3
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import chain
from mmap import ACCESS_READ, mmap
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.core.crypto import SealedReader
from pipelines.core.duck import connect
from pipelines.core.errors import UsageError
from pipelines.core.settings import Settings

SHORTEST = 6  # characters: shorter values stand in random bytes by chance
PIECE = 1 << 24  # bytes looked at at once
PACKED = re.compile(rb"\x28\xb5\x2f\xfd|\x1f\x8b\x08")
Bytes = bytes | mmap
Content = Iterator[tuple[str, Bytes]]  # place in the file, bytes


@dataclass(frozen=True)
class Finding:
    """Something that should not rest where it does: the file under the home, the kind, and the place in the file."""

    file: str
    kind: str
    place: str


class Needles:
    """The canaries in every form that is looked for: any case, UTF-8 and UTF-16, composed or not, escaped, hexadecimal, base64 at any offset."""

    def __init__(self, canaries: Sequence[str]) -> None:
        from ahocorasick_rs import BytesAhoCorasick

        if short := [number for number, canary in enumerate(canaries, 1) if len(canary.strip()) < SHORTEST]:
            raise UsageError(f"Canary {short[0]} is shorter than {SHORTEST} characters: chance could write it. Plant a longer one.")
        folded, exact = (
            {form: number for number, canary in enumerate(canaries, 1) for form in forms(canary.strip())} for forms in (_any_case, _base64)
        )
        self._searches = [(fold, list(forms.values()), BytesAhoCorasick(list(forms))) for fold, forms in ((True, folded), (False, exact))]
        self._longest = max((len(form) for form in (*folded, *exact)), default=0)

    def found(self, data: Bytes) -> dict[int, int]:
        """Number of a canary -> where it first stands."""
        first: dict[int, int] = {}
        for begin in range(0, len(data), PIECE):
            piece = data[begin : begin + PIECE + self._longest]
            for fold, numbers, search in self._searches:
                for form, start, _ in search.find_matches_as_indexes(piece.lower() if fold else piece, overlapping=True):
                    first[numbers[form]] = min(begin + start, first.get(numbers[form], begin + start))
        return first


def _any_case(canary: str) -> set[bytes]:
    """Forms that are looked for in lower-cased bytes; what has no ASCII case is there in each of its cases."""
    texts = {unicodedata.normalize(form, text) for form in ("NFC", "NFD") for text in (canary, canary.casefold(), canary.upper(), canary.title())}
    texts |= {json.dumps(text)[1:-1] for text in texts} | {quote(text) for text in texts}
    encoded = {text.encode(code) for text in texts for code in ("utf-8", "utf-16-le", "utf-16-be")}
    return {form.lower() for form in encoded} | {form.hex().encode() for form in encoded}


def _base64(canary: str) -> set[bytes]:
    """The characters of base64 that depend on the canary alone, wherever it begins in a group of three bytes (RFC 4648)."""
    forms = set()
    for raw in {text.encode(code) for text in (canary, canary.casefold()) for code in ("utf-8", "utf-16-le")}:
        for offset in range(3):
            form = base64.b64encode(bytes(offset) + raw)[-(-offset * 8 // 6) : (offset + len(raw)) * 8 // 6]
            forms |= {form, form.translate(bytes.maketrans(b"+/", b"-_"))}
    return forms


def scan(settings: Settings, canaries: Sequence[str]) -> Iterator[Finding]:
    """Findings of kind CANARY-<number of the canary>, the first of each place. Raises UsageError for a canary that is too short."""
    if not canaries:
        return
    needles = Needles(canaries)
    for path in sorted(settings.home.rglob("*")):
        name = path.relative_to(settings.home)
        if not path.is_file() or path.is_symlink() or name.parts[0] == "inbox":
            continue
        for place, data in chain([("name", str(name).encode())], _contents(settings, path)):
            for number, at in sorted(needles.found(data).items()):
                yield Finding(_shown(name, needles), f"CANARY-{number}", f"{place}, byte {at}")


def _shown(name: Path, needles: Needles) -> str:
    """The file's name, unless it holds a canary itself."""
    return "/".join("(name withheld)" if needles.found(part.encode()) else part for part in name.parts)


def _contents(settings: Settings, path: Path) -> Content:
    """The bytes of a file and of what is packed in it. A file that a running task has taken away meanwhile holds nothing."""
    try:
        file = path.open("rb")
    except FileNotFoundError:
        return
    with file:
        head = file.read(16)
        if not head:
            return
        if path.is_relative_to(settings.path("airflow")):  # written in place: a mapping of a file that shrinks would end the process
            yield from _unpacked("file", head + file.read())
        else:
            with mmap(file.fileno(), 0, access=ACCESS_READ) as data:
                yield from _unpacked("file", data)
    if path.is_relative_to(settings.path("narratives")) and not path.name.startswith("."):
        with SealedReader(settings, path) as sealed:
            opened = sealed.read()
        yield from _unpacked("sealed content", opened)
        yield from _parquet(pa.BufferReader(opened))
    elif path.suffix == ".parquet" and head.startswith(b"PAR1"):
        yield from _parquet(path)
    elif path.suffix == ".duckdb":
        yield from _duckdb(settings, path)
    elif head == b"SQLite format 3\x00":
        yield from _sqlite(path)
    elif zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            yield from ((f"member {number}", archive.read(member)) for number, member in enumerate(archive.namelist(), 1))


def _unpacked(place: str, data: Bytes) -> Content:
    """Bytes as they are, and every compressed frame in them. Bytes that only look like a frame's beginning are passed over."""
    yield place, data
    for match in PACKED.finditer(data):
        at = match.start()
        try:
            if match[0][0] == 0x1F:
                with memoryview(data) as view, view[at:] as rest:
                    plain = zlib.decompressobj(31).decompress(rest)
                yield f"{place}, gzip at {at}", plain
            elif end := _zstd_end(data, at):
                yield f"{place}, zstd at {at}", pa.CompressedInputStream(pa.BufferReader(data[at:end]), "zstd").read()
        except (zlib.error, OSError):
            continue


def _zstd_end(data: Bytes, at: int) -> int:
    """Where a zstd frame ends (RFC 8878, 3.1.1), or 0 where there is none after all."""
    if at + 5 > len(data):
        return 0
    descriptor = data[at + 4]
    single, checksum = descriptor >> 5 & 1, descriptor >> 2 & 1
    position = at + 5 + (not single) + (0, 1, 2, 4)[descriptor & 3] + ((single, 2, 4, 8)[descriptor >> 6])
    while position + 3 <= len(data):
        head = int.from_bytes(data[position : position + 3], "little")
        position += 3 + (1 if head >> 1 & 3 == 1 else head >> 3)
        if head & 1:
            end = position + 4 * checksum
            return end if end <= len(data) else 0
    return 0


def _parquet(source: Any) -> Content:
    """The values of each column, whatever codec and encoding the pages have; statistics stand in the open in the footer."""
    file = pq.ParquetFile(source)
    for number in range(file.num_row_groups):
        yield from _values(f"row group {number + 1}", file.read_row_group(number, use_threads=False))


def _duckdb(settings: Settings, path: Path) -> Content:
    """The values of each table."""
    with closing(connect(settings, str(path), read_only=True)) as con:
        for schema, table in con.execute("SELECT schema_name, table_name FROM duckdb_tables() ORDER BY ALL").fetchall():
            for batch in con.sql(f'SELECT COLUMNS(*)::VARCHAR FROM "{schema}"."{table}"').to_arrow_reader(100_000):
                yield from _values(f"table {table}", pa.Table.from_batches([batch]))


def _values(place: str, table: pa.Table) -> Content:
    """The text of each column of a table, one value after the other."""
    for name, column in zip(table.schema.names, table.columns, strict=True):
        yield f"{place}, column {name}", "\n".join(str(v) for v in column.to_pylist() if v is not None).encode()


def _sqlite(path: Path) -> Content:
    """The values of each table: Airflow's metadata, with XCom and rendered fields."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=60)) as con:
        con.text_factory = bytes  # a text need not be valid UTF-8
        for (table,) in con.execute("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name").fetchall():
            rows = con.execute(f'SELECT * FROM "{table.decode()}"')
            cells = (cell if isinstance(cell, bytes) else str(cell).encode() for row in rows for cell in row if cell is not None)
            yield f"table {table.decode()}", b"\n".join(cells)
