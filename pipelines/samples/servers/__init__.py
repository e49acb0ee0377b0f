"""The simulated centers' servers, on the loopback interface: real SFTP, HTTPS and S3 over one tree of files, <root>/<feed>/<files>.

Receives the tree and the feeds that do not come by folder; hands on a ready-file, shell lines NAME=value, with each feed's address and
credentials as `stas run` reads them from the environment. Every start makes new keys, certificates, tokens and ports.
"""

import asyncio
import shlex
import socket
from collections.abc import Sequence
from pathlib import Path

from pipelines.core.catalog import Feed
from pipelines.samples.servers.tls import HOST, make_certificates


async def serve(root: Path, ready: Path, feeds: Sequence[Feed]) -> None:
    """Serve until stopped. `ready` is written when all servers accept connections; beside it lie the keys."""
    ready.unlink(missing_ok=True)
    private = ready.parent / "private"
    private.mkdir(parents=True, exist_ok=True, mode=0o700)
    certificates = make_certificates(private)
    by_kind = {kind: [feed for feed in feeds if feed.transport.kind == kind] for kind in ("sftp", "s3", "https")}
    environment: dict[str, str] = {}
    if by_kind["sftp"]:
        from pipelines.samples.servers import sftp

        environment |= await sftp.serve(root, private, by_kind["sftp"])
    if by_kind["s3"]:
        from pipelines.samples.servers import s3

        environment |= s3.serve(root, certificates, by_kind["s3"])
    if by_kind["https"]:
        from pipelines.samples.servers import https

        with socket.socket() as listener:
            listener.bind((HOST, 0))
            listener.listen()
            server, more = https.server(root, certificates, by_kind["https"], listener.getsockname()[1])
            _write(ready, environment | more)
            await server.serve(sockets=[listener])
    else:
        _write(ready, environment)
        await asyncio.Event().wait()


def _write(ready: Path, environment: dict[str, str]) -> None:
    draft = ready.with_suffix(".draft")
    draft.touch(mode=0o600)
    draft.write_text("".join(f"{name}={shlex.quote(value)}\n" for name, value in sorted(environment.items())), encoding="utf-8")
    draft.replace(ready)


def read_ready(ready: Path) -> dict[str, str]:
    """What a ready-file says, as environment variables."""
    words = (shlex.split(line)[0] for line in ready.read_text(encoding="utf-8").splitlines())
    return dict(word.split("=", 1) for word in words)


def variables(feed: Feed, **values: str) -> dict[str, str]:
    """Environment variables of a feed, such as STAS_SOURCE_<FEED>."""
    return {f"STAS_{name}_{feed.name.upper()}": value for name, value in values.items()}
