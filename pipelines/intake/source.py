"""Where a feed's deliveries are fetched: an address and a credential, from an Airflow connection or the environment, never from a file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from pipelines.core.settings import Settings


@dataclass(frozen=True)
class Source:
    """An address (a folder path or an https:// URL), a bearer token, and the CA bundle that signs the server's certificate.

    `transport` is used in place of the feed's own, as when files of an API's feed are taken in from a folder.
    """

    address: str
    token: str = field(default="", repr=False)
    ca: str | None = None
    transport: str | None = None


def source_of(settings: Settings, feed: str, environ: Mapping[str, str] = os.environ) -> Source:
    """The source that STAS_SOURCE_<FEED>, STAS_TOKEN_<FEED> and STAS_CA_<FEED> name; by default the feed's folder in the inbox."""
    key = feed.upper()
    if f"STAS_SOURCE_{key}" not in environ:
        return Source(str(Path(environ.get("STAS_INBOX") or settings.path("inbox")) / feed), transport="folder")
    return Source(environ[f"STAS_SOURCE_{key}"], environ.get(f"STAS_TOKEN_{key}", ""), environ.get(f"STAS_CA_{key}"))
