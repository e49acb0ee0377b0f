"""Deliveries over HTTPS. Receives the server's address, token and CA; hands on one delivery per entry of its list, oldest first.

Style `api`: a delivery is asked for in cursor pages and kept as one JSON object per line (see pages.py). Style `files`: it is a file, taken
byte for byte; what the server says is unchanged is not fetched again, and a transfer that broke off goes on where it did.
Refuses a certificate that the CA did not sign, a redirect, and anything but https.
"""

import hashlib
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from itertools import chain
from typing import TypeVar
from urllib.parse import quote

import httpx
import msgspec

from pipelines.core.catalog import Feed, Https
from pipelines.core.errors import FileUnsettled, SystemFault
from pipelines.intake.source import Source
from pipelines.intake.transports import Arrival, Known, Unchanged, attempts
from pipelines.intake.transports.attempts import Interrupted, attempt, resumed
from pipelines.intake.transports.listing import Listed, Opened, to_arrivals

T = TypeVar("T")
LONGEST_ANSWER = 64 << 20  # bytes of one list or page


class Entry(msgspec.Struct):
    """A delivery of an API, as the server lists it."""

    name: str
    modified: datetime
    items: int


class _Entries(msgspec.Struct):
    deliveries: list[Entry]


class _File(msgspec.Struct):
    """A file, as the server lists it. It need not say the SHA-256."""

    name: str
    modified: datetime
    size: int
    sha256: str = ""


class _Files(msgspec.Struct):
    deliveries: list[_File]


def arrivals(feed: Feed, source: Source, known: Known) -> Iterator[Arrival]:
    """The server's deliveries that are not known.

    Raises SourceUnavailable when the server keeps failing, SystemFault when it refuses the token or its certificate is not trusted.
    """
    from pipelines.intake.transports.pages import opener_of_pages

    transport = feed.transport
    assert isinstance(transport, Https)
    with Server(feed, source) as server:
        if transport.style == "api":
            entries = {entry.name: entry for entry in server.get(transport.deliveries, {}, _Entries).deliveries}
            listed = [Listed(entry.name, entry.modified.astimezone(UTC), None) for entry in entries.values()]
            yield from to_arrivals(feed, listed, known, lambda file: (opener_of_pages(server, entries[file.name]), str))
        else:
            files = {file.name: file for file in server.get(transport.deliveries, {}, _Files).deliveries}
            listed = [Listed(file.name, file.modified.astimezone(UTC), file.size) for file in files.values()]
            yield from to_arrivals(feed, listed, known, lambda file: _opened(server, files[file.name], known.versions.get(file.name, "")))


def _opened(server: "Server", file: _File, here: str) -> Opened:
    """How to open a file. `here` is the tag of what is here under its name, by which the server can say that nothing changed."""
    assert isinstance(server.feed.transport, Https)
    what, path = f"{server.feed.name}: {file.name}", f"{server.feed.transport.path}/{quote(file.name, safe='')}"
    digest = hashlib.sha256()
    first: list[str] = []  # the version of the first answer, which all others must have

    def read(offset: int) -> Iterator[bytes]:
        headers = {"Accept-Encoding": "identity", **({"Range": f"bytes={offset}-"} if offset else {})}
        if here and not offset:
            headers["If-None-Match"] = here
        with server.answer(path, headers) as answer:
            if answer.status_code == 304:
                raise Unchanged
            first.append(_version(answer))
            if answer.status_code not in (200, 206) or first[0] != first[-1]:
                raise FileUnsettled(f"{what} changed or was taken away while it was read. It is left for the next run.")
            if answer.status_code == 206 and not answer.headers.get("content-range", "").startswith(f"bytes {offset}-"):
                raise FileUnsettled(f"{what}: the server answered with another part than was asked for. It is left for the next run.")
            skip = offset if answer.status_code == 200 else 0  # a server that knows no ranges begins anew
            for block in answer.iter_raw():
                kept, skip = block[skip:], max(0, skip - len(block))
                digest.update(kept)
                yield kept

    def checked() -> Iterator[bytes]:
        yield from resumed(what, file.size, read)
        if attempt(what, lambda: server.version(path)) != first[0]:
            raise FileUnsettled(f"{what} changed while it was read. It is left for the next run.")
        if file.sha256 and digest.hexdigest() != file.sha256:
            raise FileUnsettled(f"{what} has not the SHA-256 that the list declares. It is left for the next run.")

    @contextmanager
    def open_file() -> Iterator[Iterator[bytes]]:
        blocks = checked()
        head = next(blocks, b"")  # asks the server: what is unchanged is raised before anybody has begun to write
        yield chain((head,), blocks)

    return open_file, lambda: first[0]


def _version(answer: httpx.Response) -> str:
    return str(answer.headers.get("etag") or answer.headers.get("last-modified") or "")


class Server:
    """One server, with the credentials of a feed. Its connection is kept between requests."""

    def __init__(self, feed: Feed, source: Source) -> None:
        if source.url.scheme != "https" or not source.url.hostname or source.url.username:
            raise SystemFault(f"{feed.name}: expected an https:// address in STAS_SOURCE_{feed.name.upper()} or the connection {feed.name}.")
        self.feed = feed
        try:
            context = ssl.create_default_context(cafile=source.ca)
        except OSError:
            raise SystemFault(f"{feed.name}: expected certificates in the file that STAS_CA_{feed.name.upper()} names.") from None
        headers = {"Authorization": f"Bearer {source.token}"} if source.token else {}
        self._client = httpx.Client(base_url=source.address, headers=headers, verify=context, timeout=attempts.TIMEOUT_S, trust_env=False)

    def __enter__(self) -> "Server":
        return self

    def __exit__(self, *_: object) -> None:
        self._client.close()

    def get(self, path: str, query: dict[str, str], kind: type[T]) -> T:
        """The JSON of a GET, asked for again when the server is busy, fails or breaks off. Raises SystemFault for JSON of another shape."""

        def once() -> T:
            with self.answer(path, {}, query=query) as answer:
                if answer.status_code != 200:
                    raise self._unexpected(answer.status_code, path)
                content = bytearray()
                for block in answer.iter_bytes():
                    content += block
                    if len(content) > LONGEST_ANSWER:
                        raise SystemFault(f"{self.feed.name}: the answer for {path} is over {LONGEST_ANSWER} bytes. Agree on smaller pages.")
            try:
                return msgspec.json.decode(content, type=kind)
            except msgspec.ValidationError:
                raise SystemFault(f"{self.feed.name}: what the server answered for {path} is not what was agreed. Ask the sender.") from None
            except (msgspec.DecodeError, UnicodeDecodeError):
                raise Interrupted("half an answer") from None

        return attempt(f"{self.feed.name}: {path}", once)

    def version(self, path: str) -> str | None:
        """The tag of a file as it is now; None where it was taken away. Raises Interrupted."""
        with self.answer(path, {"Accept-Encoding": "identity"}, "HEAD") as answer:
            return _version(answer) if answer.status_code == 200 else None

    @contextmanager
    def answer(self, path: str, headers: dict[str, str], method: str = "GET", query: dict[str, str] | None = None) -> Iterator[httpx.Response]:
        """An answer whose body is still to be read. Raises Interrupted where another try may help, SystemFault where none will."""
        name = self.feed.name
        try:
            with self._client.stream(method, path, params=query, headers=headers) as answer:
                status = answer.status_code
                if status in (401, 403):
                    raise SystemFault(f"{name}: the server refused the token (HTTP {status}). Renew STAS_TOKEN_{name.upper()}.")
                if status in (408, 425, 429) or status >= 500:
                    raise Interrupted(f"HTTP {status}", _retry_after(answer))
                if status not in (200, 206, 304, 404, 410, 416):
                    raise self._unexpected(status, path)
                yield answer
        except httpx.TransportError as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise SystemFault(f"{name}: the server's certificate is not signed by the configured CA. Nothing was sent.") from None
            raise Interrupted(type(error).__name__) from None

    def _unexpected(self, status: int, path: str) -> SystemFault:
        return SystemFault(f"{self.feed.name}: the server answered HTTP {status} for {path}. Check the address with the sender.")


def _retry_after(answer: httpx.Response) -> float | None:
    """How long the server asks us to wait, in seconds: it says so as a number or as a date (RFC 9110, section 10.2.3)."""
    given = answer.headers.get("Retry-After", "")
    try:
        return max(0.0, float(given))
    except ValueError:
        pass
    try:
        return max(0.0, (parsedate_to_datetime(given) - datetime.now(UTC)).total_seconds())
    except (ValueError, TypeError):
        return None
