"""One module per transport. Each has `arrivals(feed, source, known)`: what lies at the sender's and is not here yet, oldest first.

Receives a feed, its source and what is known; hands on `Arrival`s, whose bytes nobody has read yet; raises SourceUnavailable where a retry
may help, and its FileUnsettled where the other files are not concerned.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from datetime import datetime

BLOCK = 1 << 20
Opener = Callable[[], AbstractContextManager[Iterator[bytes]]]


class Unchanged(Exception):
    """Raised on opening an arrival whose content is here already, as the server says: there is nothing to read."""


@dataclass(frozen=True)
class Arrival:
    """One file or one pull at the sender's. `as_of` orders deliveries, `modified` is when it arrived there; both clocks are UTC.

    `open` gives the bytes in blocks; it raises FileUnsettled when they are not as many as `declared_size`, or change while they are read.
    `version` is the server's tag of the content (an ETag), if it gives one: it may be known only once the arrival is open.
    """

    name: str
    as_of: datetime
    modified: datetime
    declared_size: int | None
    open: Opener
    version: Callable[[], str] = str


@dataclass(frozen=True)
class Known:
    """What of a sender's is here already: the size by name and time of arrival, and the newest version by name."""

    sizes: dict[tuple[str, datetime], int] = field(default_factory=dict)
    versions: dict[str, str] = field(default_factory=dict)

    def has(self, name: str, modified: datetime, size: int | None, limit: int) -> bool:
        """Whether a file is here. The size is compared as well, since a file can grow within the second of its time; of a file over the
        `limit` only the beginning is here.
        """
        here = self.sizes.get((name, modified))
        return here is not None and (size is None or here == size or here > limit)
