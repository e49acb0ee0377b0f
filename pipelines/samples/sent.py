"""What a simulated center sends, and what has to become of it: the ground truth, written beside the bytes and never read by the pipeline."""

from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, time, timedelta
from random import Random
from typing import Any

LAST_WEEK = date(2026, 10, 26)

Values = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One row as it is sent. `record` holds the canonical values that it has to give; `outcome` is accepted, duplicate or quarantined.

    `intents` are the indicators that its text means to tell of ("RES-01", or "RES-01:negated"), `planted` the identifiers that were put in.
    `event` is shared by the reports of one event that reach several centers.
    """

    key: str
    raw: Any
    record: Values
    outcome: str = "accepted"
    reason: str = ""
    intents: tuple[str, ...] = ()
    planted: tuple[str, ...] = ()
    event: str = ""

    def again(self) -> "Line":
        """The same row once more."""
        return replace(self, outcome="duplicate", reason="D-EXACT")

    def spoiled(self, raw: Any, reason: str) -> "Line":
        """The row with a fault for which it has to be held back."""
        return replace(self, raw=raw, outcome="quarantined", reason=reason)


@dataclass(frozen=True)
class Sent:
    """One delivery: its bytes, when it arrived, its lines and the numbers of their rows. `code` says why it has to be refused, if it has."""

    feed: str
    name: str
    content: bytes
    drawn_up: date
    lines: tuple[Line, ...]
    rows: tuple[int, ...]
    code: str = ""
    issues: tuple[str, ...] = ()

    @property
    def modified(self) -> datetime:
        """When the file arrived: nine in the morning of the day it was drawn up, UTC."""
        return datetime.combine(self.drawn_up, time(9), UTC)


@dataclass(frozen=True)
class Calendar:
    """The weeks of a feed that are not like the others, counted back from the last (0).

    Of a `silent` week nothing comes; its records come with the next delivery. A `zero` week had none. In the week `changed` the file comes
    in another template, and once more, mended, the day after. From the weeks `grown` on a column is new.
    """

    silent: frozenset[int] = frozenset()
    zero: frozenset[int] = frozenset()
    changed: frozenset[int] = frozenset()
    grown: tuple[int, ...] = field(default=())


def back(monday: date) -> int:
    """How many weeks before the last."""
    return (LAST_WEEK - monday).days // 7


def drawing(*parts: object) -> Random:
    """A random source of its own for a feed and a week, so that a week is the same however many are asked for."""
    return Random(":".join(map(str, parts)))


def pending(calendar: Calendar, monday: date) -> list[date]:
    """The weeks that a delivery covers: its own and the silent ones before it."""
    weeks = [monday]
    while back(weeks[0]) + 1 in calendar.silent:
        weeks.insert(0, weeks[0] - timedelta(days=7))
    return weeks


def pick(random: Random, weights: dict[str, int]) -> str:
    """One of the keys, as often as its weight says."""
    return random.choices(list(weights), list(weights.values()))[0]
