"""Receives schemas/feeds/*.toml; hands on one strict `Feed` per file, named by its stem; refuses an unknown key or a contradiction.

Light on purpose: DAG files import this module, so it needs only pydantic and the standard library.
"""

import re
import tomllib
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from pipelines.core.errors import ConfigFault, UsageError


class Strict(BaseModel):
    """A part of a feed file: a key that is not declared is an error, so that a typing mistake cannot go unnoticed."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True)


class Folder(Strict):
    """Files in a folder. `match` is a regular expression on the name; `as_of` finds the date (group 1) that orders deliveries."""

    kind: Literal["folder"]
    match: str
    as_of: str | None = None


class Sftp(Strict):
    """Files in a folder of an SFTP server. The key and the host's key come with the source, never from here."""

    kind: Literal["sftp"]
    folder: str
    match: str
    as_of: str | None = None


class S3(Strict):
    """Objects below a prefix of a bucket. The bucket comes with the source; `match` and `as_of` look at the name after the prefix."""

    kind: Literal["s3"]
    prefix: str
    match: str
    as_of: str | None = None


class Https(Strict):
    """Deliveries over HTTPS with a bearer token, listed by `deliveries`.

    With style `api`, `path` gives a delivery's items in cursor pages; with style `files`, `path` is the folder that the files lie in.
    """

    kind: Literal["https"]
    style: Literal["api", "files"] = "api"
    deliveries: str
    path: str
    page_size: int = 200
    match: str
    as_of: str


class Csv(Strict):
    """Delimited text with one header row. A byte-order mark is dropped; a quoted value may hold newlines."""

    kind: Literal["csv"]
    encoding: Literal["utf-8", "windows-1252"] = "utf-8"
    delimiter: str = ","
    quote: str = '"'
    compression: Literal["none", "gzip"] = "none"


class Ndjson(Strict):
    """One JSON object per line. The feed reads paths such as "place.county"; a path ending in [] is a list, and so is "persons[].age"."""

    kind: Literal["ndjson"]
    compression: Literal["none", "gzip"] = "none"


class Xlsx(Strict):
    """One sheet of a workbook. `header_row` (from 1) holds the column names; with `group_row`, merged titles above it, a column is named
    "Group / Name". What stands above is a title. Rows are numbered as Excel does.
    """

    kind: Literal["xlsx"]
    sheet: str
    header_row: Annotated[int, Field(ge=1)] = 1
    group_row: Annotated[int, Field(ge=1)] | None = None


class NibrsFlat(Strict):
    """The FBI's fixed-length file: a row per Group A incident, assembled from its segments 1 to 6. Its columns are fixed (see the module)."""

    kind: Literal["nibrs_flat"]


class NibrsXml(Strict):
    """The FBI's NIBRS XML (IEPD 2019.1): a row per Group A incident report, with the columns of the fixed-length file."""

    kind: Literal["nibrs_xml"]


class Xml(Strict):
    """XML with one element per record. `record` is the path to it from the root, without namespaces ("Submission/Tips/Tip"); the feed reads
    paths below it, such as "Tip/ReceivedDate" or "Tip/@id", which start with the record's own name; a path ending in [] is a list.
    """

    kind: Literal["xml"]
    record: str


class Change(Strict):
    """How the feed says that something changed: `append`, `action` (rows carry insert/replace/delete) or `window` (see design 5)."""

    mode: Literal["append", "action", "window"]


class Record(Strict):
    """What identifies a record: `key`, and `row_key` where one record stands in several rows, as SQL over the sender's columns."""

    key: str
    uses: tuple[str, ...]
    row_key: str | None = None


class Bounds(Strict):
    """What a delivery of this feed can hold: rows [least, most], share of bad rows, earliest date, bytes."""

    rows: tuple[int, int]
    bad_share: float = 0.1
    earliest: date
    max_bytes: int = 2_000_000_000


class Placeholder(Strict):
    """A date that stands for an unknown one: this month and day, reported more than so many days later, has the precision given."""

    month: int
    day: int
    reported_after_days: int
    precision: Literal["month", "year"]


class Unlisted(Strict):
    """The code for values outside the list. `unless`: column -> pattern; where it matches, the value is an unknown code after all."""

    code: str
    unless: dict[str, str] = {}


class Mapping(Strict):
    """Where one canonical column comes from: a column of the sender (`from`), a constant (`value`) or SQL (`sql` with its `uses`).

    `formats` are those of DuckDB's strptime, of which the first that fits is taken: with %z the text carries its offset, otherwise it is
    local time of the feed, or UTC with `utc`. "unix_ms" (milliseconds since 1970 in UTC) and "excel" (days since 1899-12-30) are numbers.
    """

    source: Annotated[str | None, Field(alias="from")] = None
    value: str | None = None
    sql: str | None = None
    uses: tuple[str, ...] = ()
    formats: tuple[str, ...] = ()
    utc: bool = False
    decimal: Literal[".", ","] = "."
    precision: str | None = None
    placeholder: Placeholder | None = None
    values: dict[str, str] | None = None
    unlisted: Unlisted | None = None

    @model_validator(mode="after")
    def _one_origin(self) -> "Mapping":
        if sum(x is not None for x in (self.source, self.value, self.sql)) != 1:
            raise ValueError("give exactly one of from, value, sql")
        return self

    @property
    def columns(self) -> tuple[str, ...]:
        """The sender's columns that this mapping consumes."""
        guard = tuple(self.unlisted.unless) if self.unlisted else ()
        return (*((self.source,) if self.source else ()), *self.uses, *guard)


class Feed(Strict):
    """One feed: who sends it, how it comes, its dialect, its bounds."""

    name: str
    title: str
    center: str
    table: Literal["tips", "incidents", "victim_services", "training"]
    status: Literal["trial", "live", "retired"]
    cadence: Literal["weekly", "monthly", "quarterly"]
    source_class: str
    owner: str
    contact: str
    timezone: str = "America/Los_Angeles"
    notes: str = ""
    transport: Annotated[Folder | Sftp | S3 | Https, Field(discriminator="kind")]
    format: Annotated[Csv | Ndjson | Xlsx | NibrsFlat | NibrsXml | Xml, Field(discriminator="kind")]
    change: Change
    record: Record
    bounds: Bounds
    ignore: dict[str, str] = {}
    map: dict[str, Mapping]

    @property
    def consumed(self) -> list[str]:
        """The sender's columns that the feed reads, in the order of the file."""
        found = dict.fromkeys(self.record.uses)
        for mapping in self.map.values():
            found |= dict.fromkeys(mapping.columns)
        return list(found)

    @model_validator(mode="after")
    def _consistent(self) -> "Feed":
        both = set(self.consumed) & set(self.ignore)
        if both:
            raise ValueError(f"columns are both read and ignored: {sorted(both)}")
        if self.transport.as_of and re.compile(self.transport.as_of).groups != 1:
            raise ValueError("transport.as_of needs exactly one group, around the date")
        if self.change.mode == "window" and not self.transport.as_of:
            raise ValueError("a window feed needs transport.as_of: without it no delivery is the later one")
        if self.change.mode == "action" and "action" not in self.map:
            raise ValueError("an action feed needs map.action")
        return self


def load_feed(path: Path) -> Feed:
    """Read one feed file; once, until it changes. Raises ConfigFault that names the file and the key."""
    state = path.stat()
    return _load(path, state.st_mtime_ns, state.st_size)


@lru_cache(maxsize=64)
def _load(path: Path, changed: int, size: int) -> Feed:
    try:
        return Feed.model_validate({"name": path.stem, **tomllib.loads(path.read_text(encoding="utf-8"))})
    except (ValidationError, tomllib.TOMLDecodeError) as error:
        detail = (
            "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors()) if isinstance(error, ValidationError) else str(error)
        )
        raise ConfigFault(f"schemas/feeds/{path.name}: {detail}") from None


def load_feeds(schemas: Path) -> dict[str, Feed]:
    """All feeds by name, in order of name."""
    return {path.stem: load_feed(path) for path in sorted((schemas / "feeds").glob("*.toml"))}


def feed_named(schemas: Path, name: str) -> Feed:
    """One feed. Raises UsageError that lists the feeds there are."""
    path = schemas / "feeds" / f"{name}.toml"
    if not path.exists():
        raise UsageError(f"There is no feed {name!r}. Feeds: {', '.join(load_feeds(schemas))}.")
    return load_feed(path)
