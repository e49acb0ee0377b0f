"""The SFTP server of the simulated centers. Receives the tree and the feeds; hands on an account per feed, entered by its own key alone.

An account sees one folder, under the path that the feed's file names, and cannot write.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import asyncssh

from pipelines.core.catalog import Feed, Sftp
from pipelines.samples.servers import variables
from pipelines.samples.servers.tls import HOST

WRITING = asyncssh.FXF_WRITE | asyncssh.FXF_APPEND | asyncssh.FXF_CREAT | asyncssh.FXF_TRUNC


async def serve(root: Path, private: Path, feeds: Sequence[Feed]) -> dict[str, str]:
    """Start the server; return what each feed has to know. The keys are written to `private`."""
    host_key = asyncssh.generate_private_key("ssh-ed25519")
    keys = {feed.name: asyncssh.generate_private_key("ssh-ed25519") for feed in feeds}
    acceptor = await listen(root, private, feeds, host_key, {name: key.convert_to_public() for name, key in keys.items()})
    environment: dict[str, str] = {}
    for feed in feeds:
        path = private / f"{feed.name}.key"
        path.touch(mode=0o600)
        path.write_bytes(keys[feed.name].export_private_key())
        address, hostkey = f"sftp://{feed.name}@{HOST}:{acceptor.get_port()}", host_key.export_public_key().decode().strip()
        environment |= variables(feed, SOURCE=address, KEYFILE=str(path), HOSTKEY=hostkey)
    return environment


async def listen(
    root: Path, private: Path, feeds: Sequence[Feed], host_key: asyncssh.SSHKey, keys: dict[str, asyncssh.SSHKey]
) -> asyncssh.SSHAcceptor:
    """Start a server on a free port. `keys`: the public key of each account, whose root is a folder in `private` that leads to the tree."""
    for feed in feeds:
        assert isinstance(feed.transport, Sftp)
        (root / feed.name).mkdir(parents=True, exist_ok=True)
        shown = private / "accounts" / feed.name / feed.transport.folder
        shown.parent.mkdir(parents=True, exist_ok=True)
        shown.unlink(missing_ok=True)
        shown.symlink_to((root / feed.name).absolute())
    return await asyncssh.listen(
        HOST,
        0,
        server_factory=lambda: _Accounts(keys),
        server_host_keys=[host_key],
        sftp_factory=lambda channel: _Outgoing(channel, os.fsencode(private / "accounts" / channel.get_extra_info("username"))),
        allow_scp=False,
    )


class _Accounts(asyncssh.SSHServer):
    """Lets an account in by its own key."""

    def __init__(self, keys: dict[str, asyncssh.SSHKey]) -> None:
        self._keys = keys

    def public_key_auth_supported(self) -> bool:
        return True

    def validate_public_key(self, username: str, key: asyncssh.SSHKey) -> bool:
        return self._keys.get(username) == key


class _Outgoing(asyncssh.SFTPServer):
    """What an account sees, to be read alone."""

    def open(self, path: bytes, pflags: int, attrs: asyncssh.SFTPAttrs) -> Any:
        if pflags & WRITING:
            raise asyncssh.SFTPPermissionDenied("Read only")
        return super().open(path, pflags, attrs)

    def remove(self, path: bytes) -> None:
        raise asyncssh.SFTPPermissionDenied("Read only")

    def rename(self, oldpath: bytes, newpath: bytes) -> None:
        raise asyncssh.SFTPPermissionDenied("Read only")
