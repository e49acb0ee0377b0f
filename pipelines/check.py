"""Receives files; hands on the receipts that the pipeline would write, without a home, a key or a network; refuses what is no file.

It is the pipeline itself, in a folder that is removed at the end and under a key that nobody keeps, so the verdict is the same. Only what
needs the feed's history is missing: the usual volume, and the columns of the delivery before.
"""

import json
import secrets
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pipelines import flow
from pipelines.core.catalog import feed_named
from pipelines.core.errors import UsageError
from pipelines.core.handles import Delivery
from pipelines.core.settings import Settings
from pipelines.intake.pull import land
from pipelines.intake.transports import Arrival
from pipelines.intake.transports.listing import as_of

BLOCK = 1 << 20
PRIVATE = ("held_uids", "files", "replaces", "replaced_by")  # these mean something in a home alone


def check_files(settings: Settings, files: Iterable[tuple[Path, str]]) -> Iterator[dict[str, Any]]:
    """The receipt of each file as a delivery of the feed named beside it, in order; together they share the price of the contract's checks.

    `settings` say where schemas and contracts are; their home and key are not used. Raises UsageError where there is no file.
    """
    with TemporaryDirectory(prefix="stas-check-") as folder:
        alone = replace(settings, home=Path(folder), key=secrets.token_bytes(32))
        for stored in flow.admit_all(alone, (_landed(alone, path, feed) for path, feed in files)):
            receipt: dict[str, Any] = json.loads(stored.receipt.read_text(encoding="utf-8"))
            yield {key: value for key, value in receipt.items() if key not in PRIVATE}


def _landed(settings: Settings, path: Path, feed_name: str) -> Delivery:
    feed = feed_named(settings.schemas, feed_name)
    if not path.is_file():
        raise UsageError(f"There is no file {path}.")
    modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)

    @contextmanager
    def open_blocks() -> Iterator[Iterator[bytes]]:
        with path.open("rb") as file:
            yield iter(lambda: file.read(BLOCK), b"")

    return land(settings, feed, Arrival(path.name, as_of(feed, path.name, modified), modified, path.stat().st_size, open_blocks))
