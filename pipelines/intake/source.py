"""Where a feed's deliveries are fetched: an address and credentials, from an Airflow connection or the environment, never from a file.

A secret shows neither in `repr` nor in an error. A private key is named by its file, so that it passes through no message at all.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import SplitResult, urlsplit

from pipelines.core.errors import SystemFault
from pipelines.core.settings import Settings

VARIABLES = ("SOURCE", "TOKEN", "CA", "KEYFILE", "HOSTKEY", "ACCESS", "SECRET")


@dataclass(frozen=True)
class Source:
    """An address, and what its transport needs beside it:

    a folder's path                     nothing
    https://host[:port][/path]          `token` (bearer), `ca` (a file with the CA that signs the server's certificate)
    sftp://user@host[:port]             `keyfile` (our private key), `hostkey` (the server's public key, as known_hosts writes it)
    https://host[:port]/bucket for S3   `access` and `secret` (an access key), `ca`

    `transport` is used in place of the feed's own, as when files of an API's feed are taken in from a folder.
    """

    address: str
    token: str = field(default="", repr=False)
    ca: str | None = None
    transport: str | None = None
    keyfile: str | None = None
    hostkey: str | None = None
    access: str = field(default="", repr=False)
    secret: str = field(default="", repr=False)

    def __post_init__(self) -> None:
        if "://" in self.address and (self.url.password is not None or self.url.query):
            raise SystemFault("An address holds a password or a query. Give credentials by themselves: an address may be shown.")

    @property
    def url(self) -> SplitResult:
        """The address in its parts."""
        return urlsplit(self.address)


def source_of(settings: Settings, feed: str, environ: Mapping[str, str] = os.environ) -> Source:
    """The source that STAS_SOURCE_<FEED> and its companions name (see VARIABLES); by default the feed's folder in the inbox."""
    given = {name: environ.get(f"STAS_{name}_{feed.upper()}") or None for name in VARIABLES}
    if given["SOURCE"] is None:
        return Source(str(Path(environ.get("STAS_INBOX") or settings.path("inbox")) / feed), transport="folder")
    return Source(
        given["SOURCE"],
        token=given["TOKEN"] or "",
        ca=given["CA"],
        transport=None if "://" in given["SOURCE"] else "folder",
        keyfile=given["KEYFILE"],
        hostkey=given["HOSTKEY"],
        access=given["ACCESS"] or "",
        secret=given["SECRET"] or "",
    )
