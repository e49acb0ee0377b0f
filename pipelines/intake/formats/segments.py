"""Segments of NIBRS's fixed-length file, a block of lines at a time, as arrays. Receives bytes; hands on incidents; refuses NUL bytes.

Positions below are those of the FBI's layout, from 1 and inclusive. Every segment begins with its length (1-4), its level (5), the action
(6), the month and year of the submission (7-12), a city (13-16), the agency's ORI (17-25) and the incident's number (26-37).
"""

import hashlib
from bisect import bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.core.errors import DataRefused
from pipelines.intake.formats import REPEATED

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]
HEADER = 37  # characters that every segment has
LEAST = {1: 87, 2: 63, 3: 307, 4: 129, 5: 45, 6: 110}  # length of a level's shortest form
OTHER = "0789"  # zero report, Group B arrest, segments of the state
PAD = bytes(max(LEAST.values()) + 8)  # so that no position of a short line lies outside
MIX = np.array([0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9, 0x27D4EB2F165667C5], dtype=np.uint64)


class Lines:
    """Lines that each end with a newline: where they start, how long they are, and what they say about themselves."""

    def __init__(self, data: bytes, first: int) -> None:
        self.data, self.first = data, first
        self.bytes = np.frombuffer(data + PAD, np.uint8)
        self.ends: Ints = np.flatnonzero(self.bytes[: len(data)] == ord("\n"))
        self.count = len(self.ends)
        self.starts: Ints = np.concatenate((np.zeros(min(1, self.count), np.int64), self.ends[:-1] + 1))
        self.lengths = self.ends - self.starts
        self.lengths -= (self.lengths > 0) & (self.bytes[self.ends - 1] == ord("\r"))
        digits = self.bytes[self.starts[:, None] + np.arange(4)] - ord("0")
        declared = digits.astype(np.int64) @ np.array([1000, 100, 10, 1])
        named = (self.lengths >= HEADER) & (digits <= 9).all(axis=1)
        self.levels = np.where(named, self.bytes[self.starts + 4], 0)
        self.whole = named & (self.lengths >= declared) & (declared >= HEADER)
        self._words: Words = np.ndarray((len(self.bytes) - 7,), "<u8", self.bytes, strides=(1,))

    def part(self, level: int) -> Flags:
        """Which lines are segments of a level."""
        found: Flags = self.levels == ord(str(level))
        return found

    def segments(self) -> Ints:
        """The lines that are segments 1 to 6."""
        return np.flatnonzero((self.levels >= ord("1")) & (self.levels <= ord("6")))

    def keys(self, lines: Ints) -> Words:
        """ORI and number, positions 17 to 37, as three overlapping words."""
        found: Words = self._words[self.starts[lines][:, None] + np.array([16, 24, 29])]
        return found

    def hashes(self, lines: Ints) -> tuple[Words, Words]:
        """Hashes of the number (26-37) and of the ORI (17-25)."""
        found = self._words[self.starts[lines][:, None] + np.array([25, 29, 16, 17])] * MIX
        return found[:, 0] ^ found[:, 1], found[:, 2] ^ found[:, 3]

    def text(self, lines: Ints, start: int, end: int) -> pa.Array:
        """The positions start to end of some lines, without blanks around; null where nothing is left. Bytes that are not ASCII are gone."""
        width = end - start + 1
        found = self.bytes[self.starts[lines][:, None] + np.arange(start - 1, end)]
        beyond = np.arange(start - 1, end) >= self.lengths[lines][:, None]
        found = np.where((found < 0x20) | (found > 0x7E) | beyond, np.uint8(ord(" ")), found)
        offsets = np.arange(len(lines) + 1, dtype=np.int32) * width
        trimmed = pc.ascii_trim_whitespace(pa.StringArray.from_buffers(len(lines), pa.py_buffer(offsets), pa.py_buffer(found.tobytes())))
        return pc.if_else(pc.equal(trimmed, ""), pa.scalar(None, pa.string()), trimmed)

    def raw(self, lines: Iterable[int]) -> str:
        """Lines as they stand, for whoever has to mend them."""
        return "\n".join(self.line(i).decode("utf-8", "backslashreplace") for i in lines)

    def line(self, i: int) -> bytes:
        """One line without its newline."""
        return self.data[self.starts[i] : self.starts[i] + self.lengths[i]]

    def not_ascii(self) -> Ints:
        """Lines with other bytes than ASCII."""
        return np.unique(np.searchsorted(self.ends, np.flatnonzero(self.bytes[: len(self.data)] > 0x7E)))

    def before_last_incident(self) -> "Lines":
        """The lines before the last administrative segment, whose other segments may still follow."""
        heads = np.flatnonzero(self.part(1))
        return Lines(self.data[: self.starts[heads[-1]]] if len(heads) else b"", self.first)

    def after(self, before: "Lines") -> bytes:
        """The bytes behind the lines of the same block that were taken from it."""
        return self.data[len(before.data) :]


@dataclass
class Survey:
    """What a first reading finds: lines, those that say what they are, segments per level, segments away from their incident's first, and
    numbers that stand under several ORIs; `seen` holds the incidents with such numbers, as they are met.
    """

    lines: int = 0
    readable: int = 0
    levels: Counter[str] = field(default_factory=Counter)
    scattered: int = 0
    cut_off: bool = False
    shared: Words = field(default_factory=lambda: np.empty(0, np.uint64))
    seen: dict[bytes, str] = field(default_factory=dict)


def survey(blocks: Iterable[bytes], terminated: bool) -> Survey:
    """Read all lines once. `terminated` says whether the file ended with a newline. Raises DataRefused (E-BINARY)."""
    found = Survey()
    last_key: Words = np.zeros((1, 3), np.uint64)
    names: list[tuple[Words, Words]] = []
    for block in blocks:
        if b"\x00" in block:
            raise DataRefused("E-BINARY", "Expected text, found NUL bytes.", "Export the file again as text.")
        lines = Lines(block, 1)
        found.lines += int((lines.lengths > 0).sum())
        found.readable += int(lines.whole.sum())
        found.levels.update({level: int(lines.part(int(level)).sum()) for level in OTHER})
        found.cut_off = not terminated and lines.count > 0 and not bool(lines.whole[-1])
        segments = lines.segments()
        heads = np.flatnonzero(lines.part(1))
        known = np.concatenate((last_key, lines.keys(heads)))
        owners = np.cumsum(lines.part(1)[segments])
        found.scattered += int((lines.keys(segments) != known[owners]).any(axis=1).sum())
        last_key = known[-1:]
        names.append(lines.hashes(heads))
    if names:
        found.shared = _shared(np.concatenate([n for n, _ in names]), np.concatenate([o for _, o in names]))
    return found


def _shared(numbers: Words, agencies: Words) -> Words:
    """Numbers that stand under more than one agency."""
    order = np.lexsort((agencies, numbers))
    numbers, agencies = numbers[order], agencies[order]
    other = (numbers[1:] == numbers[:-1]) & (agencies[1:] != agencies[:-1])
    return np.unique(numbers[1:][other])


def incidents(lines: Lines, found: Survey) -> pa.Table:
    """A row per incident of the lines, and one per line that belongs to none, in their order."""
    heads, members, owners = _assemble(lines)
    broken, torn = _reasons(lines, heads, members, owners)
    broken = _twins(lines, found, heads, members, owners, broken)
    table = pa.table(
        {
            "_row": pa.array(heads + lines.first),
            "_broken": pa.array(broken, pa.string()),
            "_raw": pa.array([_raw(lines, i, reason, members, owners) for i, reason in enumerate(broken)], pa.string()),
            **_head_columns(lines, heads),
            **_member_columns(lines, len(heads), members, owners),
        }
    )
    if not torn:
        return table
    alone = {"_row": [i + lines.first for i in torn], "_broken": list(torn.values()), "_raw": [lines.raw([i]) for i in torn]}
    odd = pa.table({name: pa.array(values, table.schema.field(name).type) for name, values in alone.items()})
    return pa.concat_tables([table, odd], promote_options="default").sort_by("_row")


def _assemble(lines: Lines) -> tuple[Ints, Ints, Ints]:
    """The administrative segments; the segments of incidents; and per such segment the place of its incident, or -1. Sorted by incident."""
    segments = lines.segments()
    heads = np.flatnonzero(lines.part(1))
    owners = np.cumsum(lines.part(1)[segments]) - 1
    keys = lines.keys(segments)
    of_heads = np.concatenate((lines.keys(heads), np.zeros((1, 3), np.uint64)))  # -1 is the last: it belongs to nobody
    away = np.flatnonzero((keys != of_heads[owners]).any(axis=1))
    if not len(away):
        return heads, segments, owners
    places: dict[bytes, list[int]] = defaultdict(list)
    for place, key in enumerate(of_heads[:-1]):
        places[key.tobytes()].append(place)
    for i in away.tolist():
        same = places.get(keys[i].tobytes(), [])
        before = bisect_right(same, int(owners[i]))
        owners[i] = same[max(0, before - 1)] if same else -1
    order = np.argsort(owners, kind="stable")
    return heads, segments[order], owners[order]


def _reasons(lines: Lines, heads: Ints, members: Ints, owners: Ints) -> tuple[list[str | None], dict[int, str]]:
    """Why an incident cannot be read, or None; and line -> reason of lines that belong to no incident."""
    foreign = lines.not_ascii()
    least = np.zeros(256, np.int64)
    for level, length in LEAST.items():
        least[ord(str(level))] = length
    deletes = lines.bytes[lines.starts + 5] == ord("D")
    whole = lines.whole & ((lines.lengths >= least[lines.levels]) | deletes)
    reasons: list[Any] = [None] * len(heads)
    offences = np.bincount(owners[lines.part(2)[members] & (owners >= 0)], minlength=len(heads))
    for i in np.flatnonzero((offences == 0) & ~deletes[heads]).tolist():
        reasons[i] = "R-PARTS"
    for reason, bad in (("R-SEGMENT", ~whole[members]), ("R-ENCODING", np.isin(members, foreign))):
        for i in np.unique(owners[bad & (owners >= 0)]).tolist():
            reasons[i] = reason
    torn = dict.fromkeys(sorted(members[owners < 0].tolist()), "R-ORPHAN")
    known = np.isin(lines.levels, [ord(c) for c in "0123456789"])
    for i in np.flatnonzero(~known & (lines.lengths > 0)).tolist():
        if lines.line(i).strip():
            torn[i] = "R-LEVEL" if lines.levels[i] else "R-SEGMENT"
    return reasons, torn


def _twins(lines: Lines, found: Survey, heads: Ints, members: Ints, owners: Ints, broken: list[str | None]) -> list[str | None]:
    """One incident that two agencies report under one number, with the same segments throughout, is counted once: the first time."""
    if not len(found.shared):
        return broken
    numbers, _ = lines.hashes(heads)
    for i in np.flatnonzero(np.isin(numbers, found.shared)).tolist():
        own = [lines.line(j) for j in members[owners == i].tolist()]
        digest = hashlib.sha256(b"\n".join(line[:16] + line[25:] for line in own)).digest()
        agency = own[0][16:25].decode("ascii", "replace")
        if found.seen.setdefault(digest, agency) != agency and broken[i] is None:
            broken[i] = REPEATED
    return broken


def _raw(lines: Lines, incident: int, reason: str | None, members: Ints, owners: Ints) -> str | None:
    return lines.raw(members[owners == incident].tolist()) if reason and reason != REPEATED else None


def _head_columns(lines: Lines, heads: Ints) -> dict[str, pa.Array]:
    month = pc.binary_join_element_wise(lines.text(heads, 9, 12), lines.text(heads, 7, 8), "-")
    return {
        "action": lines.text(heads, 6, 6),
        "ori": lines.text(heads, 17, 25),
        "incident_number": lines.text(heads, 26, 37),
        "incident_date": lines.text(heads, 38, 45),
        "report_date_indicator": lines.text(heads, 46, 46),
        "exceptional_clearance": lines.text(heads, 49, 49),
        "month_year": month,
        "city_indicator": lines.text(heads, 13, 16),
    }


def two_digits(ages: pa.ListArray) -> pa.ListArray:
    """Lists of ages in which 8 is written 08, as the layout asks."""
    return pa.ListArray.from_arrays(ages.offsets, pc.replace_substring_regex(ages.values, r"^(\d)$", r"0\1"))


def _member_columns(lines: Lines, count: int, members: Ints, owners: Ints) -> dict[str, pa.Array]:
    def listed(level: int, start: int, end: int) -> pa.Array:
        mine = lines.part(level)[members] & (owners >= 0)
        offsets = np.concatenate(([0], np.cumsum(np.bincount(owners[mine], minlength=count)))).astype(np.int32)
        return pa.ListArray.from_arrays(pa.array(offsets), lines.text(members[mine], start, end))

    arrestees = np.bincount(owners[lines.part(6)[members] & (owners >= 0)], minlength=count)
    return {
        "offence_codes": listed(2, 38, 40),
        "attempted": listed(2, 41, 41),
        "locations": listed(2, 45, 46),
        "victim_types": listed(4, 71, 71),
        "victim_ages": two_digits(listed(4, 72, 75)),
        "arrestee_count": pa.array(arrestees).cast(pa.string()),
    }
