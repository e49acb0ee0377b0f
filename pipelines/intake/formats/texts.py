"""The text of a landed file. Receives sealed bytes; hands on UTF-8, unpacked in memory and in bounds; refuses what is no such text.

Only gzip is unpacked, and only for a feed that says so. A byte that the promised encoding does not have stays an invalid byte, so that it costs its
own row.
"""

import io
import os
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import duckdb

from pipelines.core.catalog import Csv, Feed, Ndjson
from pipelines.core.crypto import SealedFileSystem, SealedReader
from pipelines.core.errors import DataRefused
from pipelines.core.handles import Delivery
from pipelines.core.settings import Settings
from pipelines.intake.formats import refuse_binary

BLOCK = 1 << 20
RATIO = 200  # text packs to a tenth or so
ALWAYS = 64 << 20  # bytes that may be unpacked whatever the ratio
BOMB = DataRefused("E-BOMB", "The file would unpack to more than the feed may send.", "Send smaller files, one per week.")


class Kind(NamedTuple):
    """How a feed's text is written, and how many bytes it may be."""

    encoding: str
    gzip: bool
    most: int


def kind_of(feed: Feed) -> Kind:
    """The kind of text that a feed sends."""
    assert isinstance(feed.format, Csv | Ndjson)
    encoding = feed.format.encoding if isinstance(feed.format, Csv) else "utf-8"
    return Kind(encoding, feed.format.compression == "gzip", feed.bounds.max_bytes)


class Text(io.RawIOBase):
    """A read-only file of the text, in UTF-8. Going back means reading again from the start."""

    def __init__(self, settings: Settings, path: Path, kind: Kind) -> None:
        self._sealed = SealedReader(settings, path)
        self._encoding, self._gzip, self._most = kind.encoding, kind.gzip, kind.most
        self._as_it_is = self._encoding == "utf-8" and not self._gzip
        self._start()

    def _start(self) -> None:
        self._sealed.seek(0)
        self._blocks, self._rest, self._at = self._decoded(), b"", 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        wanted = offset + (0, self._at, 0)[whence]
        if wanted < self._at:
            self._start()
        while self._at < wanted and self.read(min(BLOCK, wanted - self._at)):
            pass
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        if self._as_it_is:
            found = self._sealed.read(size)
            self._at += len(found)
            return found
        parts, wanted = [], size if size is not None and size >= 0 else 1 << 62
        while wanted > 0:
            if not self._rest:
                self._rest = next(self._blocks, b"")
                if not self._rest:
                    break
            part, self._rest = self._rest[:wanted], self._rest[wanted:]
            parts.append(part)
            wanted -= len(part)
        found = b"".join(parts)
        self._at += len(found)
        return found

    def readinto(self, buffer: Any, /) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def close(self) -> None:
        self._sealed.close()
        super().close()

    def _decoded(self) -> Iterator[bytes]:
        packed = iter(lambda: self._sealed.read(BLOCK), b"")
        blocks = _unpacked(packed, self._sealed.size, self._most) if self._gzip else packed
        if self._encoding == "utf-8":
            return blocks
        return (block.decode(self._encoding, "surrogateescape").encode("utf-8", "surrogateescape") for block in blocks)


def _unpacked(blocks: Iterator[bytes], packed: int, most: int) -> Iterator[bytes]:
    """The content of the members of a gzip file. Raises DataRefused (E-BOMB, E-SYNTAX)."""
    total, inflate, data = 0, zlib.decompressobj(31), b""
    try:
        while data or (data := next(blocks, b"")):
            if inflate.eof:
                inflate = zlib.decompressobj(31)
            block = inflate.decompress(data, BLOCK)
            total += len(block)
            if total > most or (total > ALWAYS and total > RATIO * packed):
                raise BOMB
            if block:
                yield block
            data = inflate.unused_data if inflate.eof else inflate.unconsumed_tail
    except zlib.error:
        raise DataRefused("E-SYNTAX", "The gzip file is damaged.", "Pack the file again.") from None
    if not inflate.eof:
        raise DataRefused("E-SYNTAX", "The gzip file breaks off: it was cut off.", "Compare its size after sending.")


def open_text(settings: Settings, delivery: Delivery, feed: Feed) -> tuple[Text, bytes]:
    """The text, and its beginning, read. Raises DataRefused (E-COMPRESSED, E-ENCODING) for what cannot be the feed's text."""
    assert isinstance(feed.format, Csv | Ndjson)
    with SealedReader(settings, delivery.path) as file:
        packed = file.read(BLOCK)
    if feed.format.compression == "gzip" and packed.strip() and not packed.startswith(b"\x1f\x8b"):
        raise DataRefused("E-COMPRESSED", "Expected a gzip file, found something else.", "Pack the file with gzip.")
    text = Text(settings, delivery.path, kind_of(feed))
    head = text.read(BLOCK)
    refuse_binary(head)
    if isinstance(feed.format, Csv) and feed.format.encoding != "utf-8" and feed.format.compression == "none" and _is_utf8(packed):
        raise DataRefused("E-ENCODING", f"Expected {feed.format.encoding}, found UTF-8.", f"Export the file again as {feed.format.encoding}.")
    return text, head


def _is_utf8(data: bytes) -> bool:
    """Whether bytes are UTF-8 and could not be plain ASCII: in another encoding letters hardly ever stand so by chance."""
    try:
        return not data.isascii() and data.rpartition(b"\n")[0].decode() is not None
    except UnicodeDecodeError:
        return False


class TextFileSystem(SealedFileSystem):
    """Lets DuckDB read the text of a landed file at the address that `text_file` makes, which says what kind of text it is."""

    protocol = "text"

    def _open(self, path: str, mode: str = "rb", **_: Any) -> Text:  # type: ignore[override]  # another kind of file
        encoding, gzip, most, _size, place = self._strip_protocol(path).lstrip("/").split("/", 4)
        return Text(self._settings, Path("/", place), Kind(encoding, gzip == "gzip", int(most)))

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        size = self._strip_protocol(path).lstrip("/").split("/", 4)[3]
        return {"name": path, "size": int(size), "type": "file"}


def text_file(con: duckdb.DuckDBPyConnection, settings: Settings, delivery: Delivery, feed: Feed, size: int) -> str:
    """The text of `size` bytes as DuckDB's SQL names it."""
    if not con.filesystem_is_registered(TextFileSystem.protocol):
        con.register_filesystem(TextFileSystem(settings))
    kind = kind_of(feed)
    address = f"text://{kind.encoding}/{'gzip' if kind.gzip else 'plain'}/{kind.most}/{size}{delivery.path.absolute()}"
    return "'" + address.replace("'", "''") + "'"
