"""What all transports do with a sender's list of files: leave the unfinished alone, order by date, and let no hostile name near a path.

Receives the listed files; hands on arrivals, oldest first; a name that no file should have becomes an arrival that holds nothing of the
sender's and is refused by its name, with a receipt, so that the sender learns of it and no other file waits.
"""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime

from pipelines.core.catalog import Feed
from pipelines.intake.transports import Arrival, Known, Opener

UNFINISHED = (".part", ".partial", ".tmp", ".temp", ".filepart", ".crdownload", ".swp", "~")
HIDDEN = (".", "~$")  # what Unix hides, and the lock files of office programs
LONGEST_NAME = 255  # bytes, the limit of most file systems
Opened = tuple[Opener, Callable[[], str]]


@dataclass(frozen=True)
class Listed:
    """A file as the sender's list shows it. `version` is a tag of its content, if the list gives one."""

    name: str
    modified: datetime
    size: int | None
    version: str = ""


def to_arrivals(feed: Feed, listed: Iterable[Listed], known: Known, opened: Callable[[Listed], Opened]) -> list[Arrival]:
    """The files that are finished and not known, oldest first. `opened` says how to open one, and its version once it is open."""
    found = []
    for given in listed:
        file = given if is_safe(given.name) else _renamed(given)
        if file.name.startswith(HIDDEN) or file.name.lower().endswith(UNFINISHED):
            continue
        if known.has(file.name, file.modified, file.size, feed.bounds.max_bytes):
            continue
        if file.version and file.version == known.versions.get(file.name):
            continue
        opener, version = opened(file) if file is given else (_name_alone(file), str)
        found.append(Arrival(file.name, as_of(feed, file.name, file.modified), file.modified, file.size, opener, version))
    return sorted(found, key=lambda arrival: (arrival.as_of, arrival.name))


def is_safe(name: str) -> bool:
    """Whether a name is one that a file may have: printable, of no more than 255 bytes, and without a way to another folder."""
    return name.isprintable() and 0 < len(name.encode()) <= LONGEST_NAME and not set(name) & set("/\\") and name not in (".", "..")


def as_of(feed: Feed, name: str, modified: datetime) -> datetime:
    """The date that orders deliveries: what the name says, else when the file arrived."""
    if feed.transport.as_of and (match := re.search(feed.transport.as_of, name)):
        try:
            return datetime.strptime(match[1], "%Y-%m-%d").replace(tzinfo=UTC)
        except ValueError:
            pass  # no such day: the name says nothing
    return modified


def _renamed(file: Listed) -> Listed:
    """A file with a hostile name, under one that says so."""
    name = f"unsafe name {hashlib.sha256(file.name.encode('utf-8', 'surrogatepass')).hexdigest()[:16]}"
    return Listed(name, file.modified, len(name))


def _name_alone(file: Listed) -> Opener:
    """Gives the new name as the content, so that no two are the same; nothing of the sender's is read."""

    @contextmanager
    def opener() -> Iterator[Iterator[bytes]]:
        yield iter([file.name.encode()])

    return opener
