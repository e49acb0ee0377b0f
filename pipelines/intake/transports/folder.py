"""A folder that the sender's files are put into. Receives its path; hands on its files, oldest first; leaves unfinished ones alone."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipelines.core.catalog import Feed
from pipelines.core.errors import FileUnsettled
from pipelines.intake.source import Source
from pipelines.intake.transports import BLOCK, Arrival, Known, Opener
from pipelines.intake.transports.listing import Listed, to_arrivals


def arrivals(feed: Feed, source: Source, known: Known) -> Iterator[Arrival]:
    """The folder's files that are not known. A folder that does not exist yet holds none."""
    folder = Path(source.address)
    listed = []
    for path in folder.iterdir() if folder.is_dir() else ():
        if path.is_file():
            found = path.stat()
            listed.append(Listed(path.name, datetime.fromtimestamp(found.st_mtime, UTC), found.st_size))
    yield from to_arrivals(feed, listed, known, lambda file: (_opener(feed, folder / file.name), str))


def _opener(feed: Feed, path: Path) -> Opener:
    @contextmanager
    def open_file() -> Iterator[Iterator[bytes]]:
        before = _state(path)
        try:
            file = path.open("rb")
        except OSError as error:
            raise FileUnsettled(f"{feed.name}: {path.name} cannot be opened ({type(error).__name__}). It is left for the next run.") from None
        with file:
            yield iter(lambda: file.read(BLOCK), b"")
        if before is None or _state(path) != before:
            raise FileUnsettled(f"{feed.name}: {path.name} changed while it was read. Ask the sender to write under another name and rename.")

    return open_file


def _state(path: Path) -> tuple[int, int] | None:
    """Size and time of the file; None where it was taken away."""
    try:
        found = path.stat()
    except FileNotFoundError:
        return None
    return found.st_size, found.st_mtime_ns
