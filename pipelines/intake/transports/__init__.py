"""One module per transport. Each has `arrivals(feed, source, have)`: what lies at the sender's and is not known yet, oldest first.

Receives a feed and its source; hands on `Arrival`s, whose bytes nobody has read yet; raises SourceUnavailable where a retry may help.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class Arrival:
    """One file or one pull at the sender's. `as_of` orders deliveries, `modified` is when it arrived there; both clocks are UTC.

    `open` gives the bytes in blocks; it raises SourceUnavailable when they break off or are not as many as `declared_size`.
    """

    name: str
    as_of: datetime
    modified: datetime
    declared_size: int | None
    open: Callable[[], AbstractContextManager[Iterator[bytes]]]
