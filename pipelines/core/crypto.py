"""Receives bytes that may not rest in the open; hands on sealed files that can be read from any offset; refuses a file that was altered.

A sealed file is a header and chunks of 1 MiB, each under AES-256 with the chunk's number as nonce and the header as associated data, so
that a chunk can be neither changed, moved, dropped nor appended. Two modes: `random` (AES-GCM, NIST SP 800-38D, a fresh file key) for
what is written once, and `stable` (AES-GCM-SIV, RFC 8452, a file key from the context) where the same content must give the same bytes.
"""

import hashlib
import io
import json
import os
import secrets
from pathlib import Path
from typing import Any, BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESGCMSIV
from fsspec.spec import AbstractFileSystem

from pipelines.core.errors import SystemFault
from pipelines.core.settings import Settings

CHUNK = 1 << 20
TAG = 16
MAGIC = b"STAS1"


class SealedWriter(io.RawIOBase):
    """A write-only file that seals what is written to it. `close` writes the last chunk; an exception before leaves it unreadable."""

    def __init__(self, settings: Settings, path: Path, context: str, meta: dict[str, Any] | None = None, stable: bool = False) -> None:
        salt = hashlib.sha256(context.encode()).digest() if stable else secrets.token_bytes(32)
        head = json.dumps({"context": context, "meta": meta or {}, "salt": salt.hex(), "stable": stable}, sort_keys=True).encode()
        self._head = MAGIC + len(head).to_bytes(4, "big") + head
        self._cipher = _cipher(settings, salt, stable)
        self._file = path.open("wb")
        self._file.write(self._head)
        self._buffer = bytearray()
        self._number = 0
        self._total = 0

    def writable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._total

    def write(self, data: Any, /) -> int:
        self._buffer += data
        self._total += len(data)
        while len(self._buffer) > CHUNK:  # the last chunk, full or not, is written by close, which marks it as the last
            self._seal(bytes(self._buffer[:CHUNK]), last=False)
            del self._buffer[:CHUNK]
        return len(data)

    def _seal(self, chunk: bytes, last: bool) -> None:
        self._file.write(self._cipher.encrypt(_nonce(self._number, last), chunk, self._head))
        self._number += 1

    def close(self) -> None:
        if not self.closed:
            super().close()  # first, so that a full disk is met once and not again when the object goes
            with self._file:
                self._seal(bytes(self._buffer), last=True)


class SealedReader(io.RawIOBase):
    """A read-only, seekable view of a sealed file's content. Raises SystemFault where the file was altered or the key is another one.

    Arrow reads it on the caller's thread alone (`use_threads=False`): a thread of Arrow's pool that still holds a Python object when the
    interpreter ends takes the process down with it.
    """

    def __init__(self, settings: Settings, path: Path) -> None:
        self._file: BinaryIO = path.open("rb")
        start = self._file.read(len(MAGIC) + 4)
        if not start.startswith(MAGIC):
            raise SystemFault(f"{path.name}: expected a sealed file, found something else. Restore it from a copy.")
        head = self._file.read(int.from_bytes(start[len(MAGIC) :], "big"))
        parsed = json.loads(head)
        self._head = start + head
        self.context: str = parsed["context"]
        self.meta: dict[str, Any] = parsed["meta"]
        self._cipher = _cipher(settings, bytes.fromhex(parsed["salt"]), parsed["stable"])
        sealed = path.stat().st_size - len(self._head)
        self._chunks = max(1, -(-sealed // (CHUNK + TAG)))
        self.size = sealed - self._chunks * TAG
        self._name, self._at, self._cached, self._chunk = path.name, 0, -1, b""

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def tell(self) -> int:
        return self._at

    def seek(self, offset: int, whence: int = os.SEEK_SET, /) -> int:
        self._at = offset + (0, self._at, self.size)[whence]
        return self._at

    def read(self, size: int = -1, /) -> bytes:
        end = self.size if size is None or size < 0 else min(self.size, self._at + size)
        parts = []
        while self._at < end:
            number, within = divmod(self._at, CHUNK)
            part = self._open(number)[within : within + end - self._at]
            parts.append(part)
            self._at += len(part)
        return b"".join(parts)

    def readinto(self, buffer: Any, /) -> int:
        data = self.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)

    def _open(self, number: int) -> bytes:
        if number != self._cached:
            self._file.seek(len(self._head) + number * (CHUNK + TAG))
            try:
                self._chunk = self._cipher.decrypt(_nonce(number, number == self._chunks - 1), self._file.read(CHUNK + TAG), self._head)
            except InvalidTag:
                raise SystemFault(f"{self._name}: the sealed file was altered, cut off, or sealed under another key.") from None
            self._cached = number
        return self._chunk

    def close(self) -> None:
        self._file.close()
        super().close()


class SealedFileSystem(AbstractFileSystem):  # type: ignore[misc]  # fsspec has no types
    """Lets DuckDB read a sealed file as `sealed://<path>` without the content ever resting in the open."""

    protocol = "sealed"
    cachable = False

    def __init__(self, settings: Settings) -> None:
        super().__init__()
        self._settings = settings
        self._sizes: dict[str, int] = {}

    def _open(self, path: str, mode: str = "rb", **_: Any) -> SealedReader:
        return SealedReader(self._settings, Path(self._strip_protocol(path)))

    def info(self, path: str, **_: Any) -> dict[str, Any]:
        if path not in self._sizes:
            with self._open(path) as file:
                self._sizes[path] = file.size
        return {"name": path, "size": self._sizes[path], "type": "file"}

    def glob(self, path: str, **_: Any) -> list[str]:
        return [path]

    def modified(self, path: str) -> Any:
        from datetime import UTC, datetime

        return datetime.fromtimestamp(Path(self._strip_protocol(path)).stat().st_mtime, UTC)


def _nonce(number: int, last: bool) -> bytes:
    """96 bits: the mark of the last chunk (so that a cut is seen) and the chunk's number."""
    return bytes([last]) + number.to_bytes(11, "big")


def _cipher(settings: Settings, salt: bytes, stable: bool) -> AESGCM | AESGCMSIV:
    key = settings.subkey("seal:" + salt.hex())
    return AESGCMSIV(key) if stable else AESGCM(key)
