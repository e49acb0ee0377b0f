"""A folder that the sender's files are put into. Receives its path; hands on its files, oldest first; leaves unfinished ones alone."""

import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipelines.core.catalog import Feed
from pipelines.core.errors import SourceUnavailable
from pipelines.intake.source import Source
from pipelines.intake.transports import Arrival

UNFINISHED = (".part", ".tmp", ".filepart", ".crdownload")
BLOCK = 1 << 20


def arrivals(feed: Feed, source: Source, have: Callable[[str, datetime], bool]) -> Iterator[Arrival]:
    """The folder's files that `have(name, modified)` does not know. A folder that does not exist yet holds none."""
    folder = Path(source.address)
    found = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_file() and not path.name.startswith(".") and not path.name.endswith(UNFINISHED):
            modified = datetime.fromtimestamp(path.stat().st_mtime, UTC)
            if not have(path.name, modified):
                found.append(Arrival(path.name, as_of(feed, path.name, modified), modified, path.stat().st_size, _opener(path)))
    yield from sorted(found, key=lambda arrival: (arrival.as_of, arrival.name))


def as_of(feed: Feed, name: str, modified: datetime) -> datetime:
    """The date that orders deliveries: what the name says, else when the file arrived."""
    if feed.transport.as_of and (match := re.search(feed.transport.as_of, name)):
        try:
            return datetime.strptime(match[1], "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            pass  # no such day: the name says nothing
    return modified


def _opener(path: Path) -> Callable[[], AbstractContextManager[Iterator[bytes]]]:
    @contextmanager
    def open_file() -> Iterator[Iterator[bytes]]:
        before = path.stat()
        with path.open("rb") as file:
            yield iter(lambda: file.read(BLOCK), b"")
        after = path.stat()
        if (before.st_size, before.st_mtime_ns) != (after.st_size, after.st_mtime_ns):
            raise SourceUnavailable(f"{path.name}: the file grew while it was read. Ask the sender to write under another name and rename.")

    return open_file
