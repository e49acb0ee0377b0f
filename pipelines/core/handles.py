"""The arrows of the flow. Each is its own frozen type, so a stage can be given nothing but what its predecessor made.

    Delivery -> Normalized -> Validated -> Gated -> Tagged -> Stored        one delivery, streamed batch by batch in one process
    Stored* -> Warehouse -> Aggregated -> Release -> Draft -> Bundle        over everything stored

What has not passed the gate exists only in memory, as the batches of a stream: between pull and gate nothing rests in the open.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path
from typing import NamedTuple

import pyarrow as pa

from pipelines.core.catalog import Feed
from pipelines.core.receipts import Account

Window = tuple[date | None, date | None]  # the first and the last date of deliveries that are meant; None is open
ALWAYS: Window = (None, None)
TEST = "TEST_"  # what the name of a delivery begins with that is checked and never counted


@dataclass(frozen=True)
class Delivery:
    """Raw bytes of one file or one pull, sealed in the landing folder. `as_of` orders deliveries; both clocks are UTC.

    `version` is the sender's server's tag of the content, if it gave one: by it an unchanged file is known without being fetched.
    """

    feed: str
    id: str
    name: str
    as_of: datetime
    received_at: datetime
    size: int
    path: Path
    version: str = ""

    @property
    def test(self) -> bool:
        """Whether the sender only wants to know what would become of it: it is checked in full and never counted."""
        return self.name.startswith(TEST)


@dataclass(frozen=True)
class _Stream:
    """Batches of records on their way, with the account that every row ends up in. `raw` reads rows again as the sender wrote them."""

    delivery: Delivery
    feed: Feed
    account: Account
    raw: Callable[[], pa.Table]
    batches: Iterator[pa.RecordBatch]


class Normalized(_Stream):
    """Records in the canonical vocabulary plus `_faults`, a bit per mapping that failed. Free text is as it came."""


class Validated(_Stream):
    """Records that keep the contract; the others are in the account's quarantine."""


class Gated(_Stream):
    """Records whose free text is masked; documents that could not be masked safely are in the account's quarantine."""


class TaggedBatch(NamedTuple):
    """Gated records and the hits of their texts (schemas/tables/hits.toml)."""

    records: pa.RecordBatch
    hits: pa.Table


@dataclass(frozen=True)
class Tagged:
    """Gated records with the indicators found in their texts."""

    delivery: Delivery
    feed: Feed
    account: Account
    raw: Callable[[], pa.Table]
    batches: Iterator[TaggedBatch]


@dataclass(frozen=True)
class Stored:
    """One delivery at rest: its receipt and, if it was accepted, its Parquet files. Of a test there is the receipt alone."""

    delivery: Delivery
    receipt: Path
    status: str  # accepted | refused | test
    counts: dict[str, int]
    codes: tuple[str, ...] = ()  # the reasons that its receipt gives


@dataclass(frozen=True)
class Warehouse:
    """A closed DuckDB file of everything stored: versions, current records, hits, coverage, dictionary. `snapshot` names its content."""

    path: Path
    snapshot: str


class Linked(Warehouse):
    """A warehouse in which reports of the same event are linked."""


class Aggregated(Linked):
    """A linked warehouse with unsuppressed aggregates."""


@dataclass(frozen=True)
class Release:
    """Only what disclosure control passed for one week and audience: `release.duckdb`, and what was held back and why."""

    path: Path
    week: date
    audience: str
    snapshot: str


@dataclass(frozen=True)
class Draft:
    """A compiled bundle that waits for approval; `digest` is the SHA-256 of its manifest, which approval is bound to."""

    path: Path
    id: str
    audience: str
    week: date
    author: str
    digest: str


@dataclass(frozen=True)
class Bundle:
    """A published bundle."""

    path: Path
    id: str
    audience: str
    digest: str
