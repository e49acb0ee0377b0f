"""Files in a folder of an SFTP server. Receives its address, our key and the host's; hands on its files, oldest first, leaving unfinished
ones alone. Refuses a server whose host key is not the one configured, before a user's name or anything else is sent.

The client is asyncssh: it knows no host but those it is told of, keeps many requests under way, and a broken line is an exception where one
waits for it. fsspec's SFTP file system accepts any host key, and paramiko, which it is built on, reads ahead in threads of its own that die
aloud when the line does. Times are whole seconds in this protocol, so a file that is written anew in the very second in which it was read,
to the same length, passes unnoticed.
"""

import asyncio
import logging
import posixpath
import stat
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TypeVar

import asyncssh

from pipelines.core.catalog import Feed, Sftp
from pipelines.core.errors import FileUnsettled, SystemFault
from pipelines.intake.source import Source
from pipelines.intake.transports import BLOCK, Arrival, Known, Opener, attempts
from pipelines.intake.transports.attempts import Interrupted, attempt, resumed
from pipelines.intake.transports.listing import Listed, to_arrivals

READ = BLOCK // 4  # what came of a read that broke off is lost
T = TypeVar("T")
Action = Callable[[asyncssh.SFTPClient], Awaitable[T]]


def arrivals(feed: Feed, source: Source, known: Known) -> Iterator[Arrival]:
    """The folder's files that are not known. Raises SystemFault for a wrong host key, a refused key or a folder that does not exist."""
    session = _Session(feed, source)
    try:
        listed = attempt(feed.name, lambda: session.do(lambda sftp: _list(feed, sftp)))
        yield from to_arrivals(feed, listed, known, lambda file: (_opener(feed, session, file), str))
    finally:
        session.close()


def _folder(feed: Feed) -> str:
    """The folder on the server, relative to where the log-in leads unless the sender gives it from the root."""
    assert isinstance(feed.transport, Sftp)
    return feed.transport.folder


async def _list(feed: Feed, sftp: asyncssh.SFTPClient) -> list[Listed]:
    found = []
    try:
        async for entry in sftp.scandir(_folder(feed).encode()):
            attrs = entry.attrs
            if attrs.permissions is not None and stat.S_ISREG(attrs.permissions) and attrs.mtime is not None:
                name = entry.filename if isinstance(entry.filename, str) else entry.filename.decode("utf-8", "surrogateescape")
                found.append(Listed(name, datetime.fromtimestamp(attrs.mtime, UTC), attrs.size))
    except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPPermissionDenied):
        raise SystemFault(f"{feed.name}: the server has no folder {_folder(feed)!r} that we may read. Check it with the sender.") from None
    return found


def _opener(feed: Feed, session: "_Session", file: Listed) -> Opener:
    what, path = f"{feed.name}: {file.name}", posixpath.join(_folder(feed), file.name)
    changed = FileUnsettled(f"{what} changed while it was read. Ask the sender to write under another name and rename.")

    async def check(sftp: asyncssh.SFTPClient) -> None:
        try:
            found = await sftp.stat(path)
        except asyncssh.SFTPNoSuchFile:
            raise changed from None
        if (found.size, found.mtime) != (file.size, int(file.modified.timestamp())):
            raise changed

    def read(offset: int) -> Iterator[bytes]:
        session.do(check)
        try:
            remote = session.do(lambda sftp: sftp.open(path, "rb"))
        except asyncssh.SFTPPermissionDenied:
            raise FileUnsettled(f"{what} may not be read. Ask the sender. It is left for the next run.") from None
        session.do(lambda _: remote.seek(offset))
        while block := session.do(lambda _: remote.read(READ)):
            assert isinstance(block, bytes)
            yield block
        session.do(lambda _: remote.close())

    def checked() -> Iterator[bytes]:
        yield from resumed(what, file.size, read)
        attempt(what, lambda: session.do(check))

    @contextmanager
    def open_file() -> Iterator[Iterator[bytes]]:
        yield checked()

    return open_file


class _Session:
    """One connection, made when it is needed and made anew after it broke."""

    def __init__(self, feed: Feed, source: Source) -> None:
        self._feed, self._source = feed, source
        self._runner = asyncio.Runner()
        self._connection: asyncssh.SSHClientConnection | None = None
        self._sftp: asyncssh.SFTPClient | None = None

    def do(self, action: Action[T]) -> T:
        """Do something over the connection. Raises Interrupted when it breaks, or stands still for too long."""
        try:
            return self._runner.run(self._in_time(action))
        except (asyncssh.SFTPNoSuchFile, asyncssh.SFTPPermissionDenied):
            raise
        except (asyncssh.Error, OSError) as error:  # a timeout is an OSError
            self._drop()
            raise Interrupted(type(error).__name__) from None

    async def _in_time(self, action: Action[T]) -> T:
        async with asyncio.timeout(attempts.TIMEOUT_S):
            if self._sftp is None:
                self._connection = await _connect(self._feed, self._source)
                self._sftp = await self._connection.start_sftp_client()
            return await action(self._sftp)

    def _drop(self) -> None:
        connection, self._connection, self._sftp = self._connection, None, None
        if connection:
            connection.abort()

    def close(self) -> None:
        """Close the connection, if there is one, for good."""
        self._drop()
        self._runner.close()


async def _connect(feed: Feed, source: Source) -> asyncssh.SSHClientConnection:
    """A connection that is logged in. The host's key is checked first; nothing of this machine's own SSH settings is used."""
    url, variable = source.url, feed.name.upper()
    if url.scheme != "sftp" or not url.hostname or not url.username:
        raise SystemFault(f"{feed.name}: expected an address sftp://user@host in STAS_SOURCE_{variable} or the connection {feed.name}.")
    expected, ours = _host_key(feed, source), _our_key(feed, source)
    logging.getLogger("asyncssh").setLevel(logging.WARNING)  # below that it names users
    try:
        return await asyncssh.connect(
            url.hostname,
            url.port or 22,
            username=url.username,
            client_keys=[ours],
            known_hosts=([expected], [], []),
            preferred_auth="publickey",
            agent_path=None,
            config=None,
            connect_timeout=attempts.TIMEOUT_S,
        )
    except (asyncssh.HostKeyNotVerifiable, asyncssh.KeyExchangeFailed):
        raise SystemFault(
            f"{feed.name}: the server's host key is not the one configured. Nothing was sent. Ask the sender before changing it."
        ) from None
    except asyncssh.PermissionDenied:
        raise SystemFault(f"{feed.name}: the server refused our key. Ask the sender to accept it, or renew STAS_KEYFILE_{variable}.") from None


def _host_key(feed: Feed, source: Source) -> asyncssh.SSHKey:
    """The server's public key: `ssh-ed25519 AAAA...`, as a line of known_hosts ends."""
    try:
        return asyncssh.import_public_key(source.hostkey or "")
    except asyncssh.KeyImportError:
        message = f"expected the server's public key (type and base64) in STAS_HOSTKEY_{feed.name.upper()} or the connection {feed.name}"
        raise SystemFault(f"{feed.name}: {message}. Without it the server cannot be known.") from None


def _our_key(feed: Feed, source: Source) -> asyncssh.SSHKey:
    try:
        return asyncssh.read_private_key(source.keyfile or "")
    except (OSError, asyncssh.KeyImportError, asyncssh.KeyEncryptionError):
        message = f"expected a private key without a passphrase in the file that STAS_KEYFILE_{feed.name.upper()} names"
        raise SystemFault(f"{feed.name}: {message}, or key_file of the connection {feed.name}.") from None
