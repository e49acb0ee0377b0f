"""One weekly delivery of a dialect: new records, those of silent weeks, corrections and withdrawals, repeats, and rows that break the template."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, timedelta
from random import Random
from typing import Any, Generic, Protocol, TypeVar

from pipelines.samples.sent import Calendar, Line, Sent, Values, back, drawing, pending

Spoil = tuple[Callable[[Any], Any], str]  # how a raw row is broken, and the reason for which it is then held back
CONFLICT = "R-CONFLICT"
SPOILED = 0.03  # of the new rows
WEEK = timedelta(days=7)


class Numbered(Protocol):
    """What the world holds: it counts within its center and week."""

    @property
    def number(self) -> int: ...


T = TypeVar("T", bound=Numbered)


@dataclass(frozen=True)
class Dialect(Generic[T]):
    """How one feed writes. `raw` gives a row for a record and an action, `record` what has to become of it, `write` the bytes of all rows.

    `write` also gives the number of each row as a receipt counts it. `grown` columns and a `changed` template are the writer's business.
    """

    feed: str
    mode: str
    world: Callable[[int, date], Sequence[T]]
    correct: Callable[[Random, T, date], T]
    name: Callable[[date, str], str]
    key: Callable[[T], str]
    raw: Callable[[T, str], Any]
    record: Callable[[T, str], Values]
    write: Callable[[list[Any], "Page"], tuple[bytes, list[int]]]
    spoils: tuple[Spoil, ...]
    alter: Callable[[Any], Any]  # another content under the same id
    calendar: Calendar = field(default_factory=Calendar)
    split: Callable[[Line], list[Line]] = lambda line: [line]  # one record may stand in several rows


@dataclass(frozen=True)
class Page:
    """What a writer has to know besides its rows: the date on the file, and which weeks' habits hold."""

    drawn_up: date
    changed: bool = False
    grown: int = 0


def deliveries(dialect: Dialect[Any], seed: int, monday: date) -> list[Sent]:
    """What a feed sends for a week: nothing, one delivery, or a refused one and the same mended."""
    calendar, week, drawn_up = dialect.calendar, back(monday), monday + WEEK
    if week in calendar.silent:
        return []
    lines = lines_of(dialect, seed, monday)
    grown = sum(week <= since for since in calendar.grown)
    zero = "" if lines else "_zero"
    found = []
    if week in calendar.changed:
        content, rows = dialect.write([line.raw for line in lines], Page(drawn_up, True, grown))
        found.append(Sent(dialect.feed, dialect.name(drawn_up, zero), content, drawn_up, tuple(lines), tuple(rows), "E-TEMPLATE"))
        drawn_up += timedelta(days=1)
    content, rows = dialect.write([line.raw for line in lines], Page(drawn_up, False, grown))
    return [*found, Sent(dialect.feed, dialect.name(drawn_up, zero), content, drawn_up, tuple(lines), tuple(rows))]


def lines_of(dialect: Dialect[T], seed: int, monday: date) -> list[Line]:
    """The rows of a delivery in the order of the file."""
    lines: list[Line] = []
    for week in pending(dialect.calendar, monday):
        lines += [line for _, given in new_lines(dialect, seed, week) for line in given]
    if back(monday) in dialect.calendar.zero:
        return []
    lines += _corrections(dialect, seed, monday)
    good = [line for line in lines if line.outcome == "accepted"]
    if len(good) > 3 and dialect.mode != "action":
        lines.append(good[1].again())
    elif good:
        lines.append(good[-1].again())  # in an action feed a repeat follows what it repeats
    return [row for line in lines for row in dialect.split(line)]


def new_lines(dialect: Dialect[T], seed: int, week: date) -> list[tuple[T, list[Line]]]:
    """The records that are new in a week, each with its rows: mostly one that is good."""
    if back(week) in dialect.calendar.zero:
        return []
    random = drawing(seed, dialect.feed, "new", week)
    found = []
    for one in dialect.world(seed, week):
        line = line_of(dialect, one, "insert")
        if random.random() >= SPOILED and one.number != 2:
            found.append((one, [line]))
            continue
        choices: list[Spoil | None] = [*dialect.spoils, *([None] if dialect.mode != "action" else [])]
        spoil = random.choice(choices)
        if spoil is None:
            found.append((one, [line.spoiled(line.raw, CONFLICT), line.spoiled(dialect.alter(line.raw), CONFLICT)]))
        else:
            found.append((one, [line.spoiled(spoil[0](line.raw), spoil[1])]))
    return found


def line_of(dialect: Dialect[T], one: T, action: str) -> Line:
    """A good row for a record."""
    given: Any = one
    line = Line(dialect.key(one), dialect.raw(one, action), dialect.record(one, action))
    if not hasattr(given, "intents"):
        return line
    return replace(line, intents=given.intents, planted=given.planted, event=given.event)


def _corrections(dialect: Dialect[T], seed: int, monday: date) -> list[Line]:
    """Records of the week before and of eight weeks before that are sent again: changed, withdrawn, or mended after they were held back."""
    random = drawing(seed, dialect.feed, "corrections", monday)
    found: list[Line] = []
    for weeks, changes, withdrawals in ((1, 3, 1), (8, 1, 1)):
        week = monday - weeks * WEEK
        if back(monday) + 1 in dialect.calendar.silent:
            continue  # that week's records come with this delivery
        earlier = new_lines(dialect, seed, week)
        good = [one for one, given in earlier if given[0].outcome == "accepted" and one.number % 2 == weeks % 2]
        chosen = random.sample(good, min(changes + withdrawals, len(good)))
        for i, one in enumerate(chosen):
            action = "delete" if i < withdrawals and dialect.mode == "action" else "replace"
            found.append(line_of(dialect, dialect.correct(random, one, monday), action))
        if weeks == 1:
            held = [one for one, given in earlier if given[0].outcome == "quarantined"]
            found += [line_of(dialect, one, "insert") for one in held[::2]]
    return found
