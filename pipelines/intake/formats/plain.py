"""Plain XML a block at a time, as arrays: elements, attributes, text and the five entities. Receives bytes; hands on tables of records;
hands everything else back (NotPlain) to lxml: comments, CDATA, document types, other encodings, a raw > in a text, and whatever is not
well-formed. Nothing is refused here and nothing is guessed.

A block is a row of tags, each followed by text. Where tags start and end, how deep they stand, which path they have and which record they
belong to are arrays over the tags; the texts are one Arrow array, of which a column takes its own.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

if TYPE_CHECKING:
    from pipelines.intake.formats.xml import Wanted

Ints = npt.NDArray[np.int64]
Small = npt.NDArray[np.int32]
Flags = npt.NDArray[np.bool_]
Words = npt.NDArray[np.uint64]
OPEN, CLOSE, EMPTY = 1, -1, 0
DEEPEST = 64
MOST = 2_000  # names, and paths
DECLARATION = re.compile(
    rb"""\s*<\?xml\s+version\s*=\s*["']1\.0["'](\s+encoding\s*=\s*["'](utf-8|us-ascii)["'])?(\s+standalone\s*=\s*["'](yes|no)["'])?\s*\?>""", re.I
)
NAME = re.compile(r"[A-Za-z_][\w.-]*(:[A-Za-z_][\w.-]*)?", re.ASCII)
ATTRIBUTE = rb"""\s+([A-Za-z_][\w.:-]*)\s*=\s*(?:"([^"<]*)"|'([^'<]*)')"""
WITH_ATTRIBUTES = re.compile(rb"<([A-Za-z_][\w.:-]*)((?:" + ATTRIBUTE + rb")+)\s*/?>")
ATTRIBUTES = re.compile(ATTRIBUTE)
ENTITY = re.compile(rb"&[^;&<]{0,10};?")
NAMED = {b"&lt;": "<", b"&gt;": ">", b"&quot;": '"', b"&apos;": "'", b"&amp;": "&"}
NUMBERED = re.compile(rb"&#(?:x([0-9a-fA-F]{1,6})|([0-9]{1,7}));")
PAD = bytes(8)
MIX = np.uint64(0x9E3779B97F4A7C15)
MASKS = np.array([(1 << (8 * n)) - 1 for n in range(9)], dtype=np.uint64)  # keep the first n bytes of a word
SLOTS = 18  # bits


class NotPlain(Exception):
    """This is not XML that arrays can read."""


@dataclass
class Names:
    """Ids of the names and paths met so far. `path_of[parent, name]` is the path below a path; path 0 is the document itself."""

    ids: Small = field(default_factory=lambda: np.full(1 << SLOTS, -1, np.int32))
    hashes: Words = field(default_factory=lambda: np.zeros(1 << SLOTS, np.uint64))
    names: list[str] = field(default_factory=list)
    paths: list[str] = field(default_factory=lambda: [""])
    path_of: Small = field(default_factory=lambda: np.full((0, 0), -1, np.int32))
    path_ids: dict[str, int] = field(default_factory=dict)

    def name_ids(self, tags: "Tags") -> Small:
        """The id of each tag's local name."""
        found = tags.name_hashes()
        slots = (found * MIX) >> np.uint64(64 - SLOTS)
        new = np.flatnonzero(self.hashes[slots] != found)
        while len(new):
            i = int(new[0])
            name = tags.name(i)
            if self.ids[slots[i]] >= 0 or len(self.names) > MOST or not NAME.fullmatch(name):
                raise NotPlain  # two names in one slot, or no name at all
            self.ids[slots[i]], self.hashes[slots[i]] = len(self.names), found[i]
            self.names.append(name)
            new = new[found[new] != found[i]]
        ids: Small = self.ids[slots]
        return ids

    def below(self, parents: Small, names: Small) -> Small:
        """The path of each element, from its parent's path and its name."""
        while True:
            if len(self.paths) > len(self.path_of) or len(self.names) > self.path_of.shape[1]:
                grown = np.full((2 * len(self.paths) + 30, 2 * len(self.names) + 30), -1, np.int32)
                grown[: self.path_of.shape[0], : self.path_of.shape[1]] = self.path_of
                self.path_of = grown
            ids = self.path_of[parents, names]
            new = np.flatnonzero(ids < 0)
            if not len(new):
                return ids
            parent, name = int(parents[new[0]]), int(names[new[0]])
            text = f"{self.paths[parent]}/{self.names[name].rpartition(':')[2]}".lstrip("/")
            self.path_of[parent, name] = path = self.path_ids.setdefault(text, len(self.paths))
            if path == len(self.paths):
                self.paths.append(text)
            if len(self.paths) > MOST:
                raise NotPlain


class Tags:
    """The tags of a block that begins and ends with one: `kind`, where their names stand, and `segments`, tag and text in turn."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.bytes = np.frombuffer(data + PAD, np.uint8)
        marks = np.flatnonzero(self.bytes[: len(data)] - np.uint8(ord("<")) <= ord(">") - ord("<"))  # < = >
        signs = self.bytes[marks]
        self._equals: Ints = marks[signs == ord("=")]
        self.starts: Ints = marks[signs == ord("<")]
        self.ends: Ints = marks[signs == ord(">")]
        if len(self.starts) != len(self.ends) or (self.starts > self.ends).any() or (self.ends[:-1] > self.starts[1:]).any():
            raise NotPlain
        first = self.bytes[self.starts + 1]
        self.kind = np.where(first == ord("/"), np.int8(CLOSE), np.int8(OPEN))
        self.kind[self.bytes[self.ends - 1] == ord("/")] = EMPTY
        self._name_starts = self.starts + 1 + (self.kind == CLOSE)
        self._name_ends = self.ends - (self.kind == EMPTY)
        self.attributes: dict[int, list[tuple[bytes, bytes]]] = {}
        self._find_attributes()
        bounds = np.empty(2 * len(self.starts) + 1, np.int32)
        bounds[:-1:2], bounds[1::2], bounds[-1] = self.starts, self.ends + 1, len(data)
        self.segments = pa.StringArray.from_buffers(2 * len(self.starts), pa.py_buffer(bounds), pa.py_buffer(data))

    def _find_attributes(self) -> None:
        """The attributes of the tags that have some; where the names of these tags end is put right."""
        tags = np.searchsorted(self.starts, self._equals) - 1
        inside = np.unique(tags[self._equals < self.ends[tags]]) if len(tags) else tags
        data, match, name_ends = self.data, WITH_ATTRIBUTES.fullmatch, []
        for i, start, end in zip(inside.tolist(), self.starts[inside].tolist(), self.ends[inside].tolist(), strict=True):
            found = match(data, start, end + 1)
            if not found:
                raise NotPlain
            whole, name, double, single = found.group(2, 3, 4, 5)
            given = [(name, double or single or b"")]
            if whole.count(b"=") > 1:
                given = [(n, d or s) for n, d, s in ATTRIBUTES.findall(whole)]
                if len({n for n, _ in given}) != len(given):
                    raise NotPlain
            self.attributes[i] = given
            name_ends.append(found.end(1))
        self._name_ends[inside] = name_ends

    def name(self, i: int) -> str:
        """The name of one tag, with its prefix."""
        return self.data[self._name_starts[i] : self._name_ends[i]].decode("ascii", "replace")

    def name_hashes(self) -> Words:
        """64 bits of each name, over all of its bytes."""
        words: Words = np.ndarray((len(self.bytes) - 7,), "<u8", self.bytes, strides=(1,))
        lengths = self._name_ends - self._name_starts
        if not len(lengths):
            return np.empty(0, np.uint64)
        if lengths.min() < 1 or lengths.max() > 256:
            raise NotPlain
        found: Words = (words[self._name_starts] & MASKS[np.minimum(lengths, 8)]) * MIX ^ lengths.astype(np.uint64)
        where = np.flatnonzero(lengths > 8)
        start = 8
        while len(where):
            left = lengths[where] - start
            word = words[self._name_starts[where] + start] & MASKS[np.minimum(left, 8)]
            before = found[where]
            found[where] = ((before ^ word) * MIX) ^ (before >> np.uint64(29))
            where, start = where[left > 8], start + 8
        return found


@dataclass
class Block:
    """A block's tags with the path of what each opens and the record that it belongs to, from 0; the entities of the block."""

    tags: Tags
    depth: npt.NDArray[np.int16]
    path: Small
    record: Small
    records: int
    entities: set[bytes]


def plain_tables(blocks: Iterable[bytes], wanted: "Wanted", longest: int) -> Iterator[pa.Table]:
    """Tables of records, a block each; their `_row` is for the caller to set. Raises NotPlain."""
    names, stack = Names(), [(0, -1)]  # (path, name) of the elements that are open
    rest, end_tag = b"", b""
    for block in blocks:
        if not rest and not end_tag:
            rest = _without_declaration(block)
            end_tag = _end_tag(rest, wanted.record)
        else:
            rest += block
        cut = rest.rfind(end_tag) + len(end_tag)
        if cut < len(end_tag):
            if len(rest) > longest:
                raise NotPlain
            continue
        found = _read(rest[:cut], names, stack, wanted.record)
        rest = rest[cut:]
        if len(stack) > wanted.record.count("/") + 1 or (len(stack) == 1 and rest.strip()):
            raise NotPlain  # a record goes on behind what looked like its end, or the document does
        if found.records:
            yield _table(found, names, wanted)
    if not end_tag or rest[rest.rfind(b">") + 1 :].strip():
        raise NotPlain
    _read(rest, names, stack, wanted.record)
    if len(stack) != 1:
        raise NotPlain


def _without_declaration(block: bytes) -> bytes:
    block = block.removeprefix(b"\xef\xbb\xbf")
    declared = DECLARATION.match(block)
    return block[declared.end() :] if declared else block


def _end_tag(block: bytes, record: str) -> bytes:
    """The tag that ends a record, as this file writes it."""
    name = record.rpartition("/")[2].encode()
    found = re.search(rb"</((?:[A-Za-z_][\w.-]*:)?" + re.escape(name) + rb")>", block)
    if not found:
        raise NotPlain
    return found[0]


def _read(data: bytes, names: Names, stack: list[tuple[int, int]], record: str) -> Block:
    """Tags, depths and paths of a block; `stack` is brought up to date."""
    if b"\x00" in data or data[: data.find(b"<")].strip():
        raise NotPlain
    if b"\r" in data:
        data = data.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    try:
        if not data.isascii():
            data.decode()
    except UnicodeDecodeError:
        raise NotPlain from None
    entities = set(ENTITY.findall(data)) if b"&" in data else set()
    if not all(entity in NAMED or _character(entity) for entity in entities):
        raise NotPlain
    tags = Tags(data)
    ids = names.name_ids(tags)
    base = len(stack) - 1
    depth = (np.cumsum(tags.kind, dtype=np.int32) + (tags.kind != OPEN) + base).astype(np.int16)
    if len(depth) and (depth.min() < 1 or depth.max() > DEEPEST):
        raise NotPlain
    path = np.zeros(len(depth), np.int32)
    above = np.zeros(1, np.int32)  # paths of the elements open at the level above, in order
    count = np.zeros(len(depth), np.int32)  # which of these was opened last
    still: list[tuple[int, int]] = []
    for level in range(1, max(int(depth.max(initial=0)), base) + 1):
        here = np.flatnonzero(depth == level)
        opening, kind = here[tags.kind[here] != CLOSE], tags.kind[here]
        path[opening] = names.below(above[count[opening]], ids[opening])
        open_paths, still_open = _pairs(here[kind != EMPTY], tags.kind, ids, path, stack[level] if level <= base else None)
        if still_open:
            still.append(still_open)
        if level == 1 and len(open_paths) > 1:
            raise NotPlain  # two roots
        above = open_paths
        opened = (depth == level) & (tags.kind == OPEN)
        count = np.cumsum(opened, dtype=np.int32) - (0 if level <= base else 1)
    stack[1:] = still
    is_record = (tags.kind != CLOSE) & (path == names.path_ids.get(record, -1))
    return Block(tags, depth, path, np.cumsum(is_record, dtype=np.int32) - 1, int(is_record.sum()), entities)


def _pairs(here: Ints, kind: npt.NDArray[np.int8], ids: Small, path: Small, before: tuple[int, int] | None) -> tuple[Small, tuple[int, int] | None]:
    """Check that what opens at a level is closed by the same name. Gives the paths opened, in order, and the element left open."""
    kinds, named, paths = kind[here], ids[here], path[here]
    if before:
        kinds, named, paths = np.r_[np.int8(OPEN), kinds], np.r_[np.int32(before[1]), named], np.r_[np.int32(before[0]), paths]
    even, odd = kinds[::2], kinds[1::2]
    if (even != OPEN).any() or (odd != CLOSE).any() or (named[::2][: len(odd)] != named[1::2]).any():
        raise NotPlain
    opened = paths[::2]
    return opened, (int(opened[-1]), int(named[-1])) if len(kinds) % 2 else None


def _character(entity: bytes) -> str:
    """The character that a numeric entity stands for; nothing if it is none, or one that XML forbids."""
    match = NUMBERED.fullmatch(entity)
    code = 0 if not match else int(match[1], 16) if match[1] else int(match[2])
    allowed = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return chr(code) if allowed else ""


def _table(block: Block, names: Names, wanted: "Wanted") -> pa.Table:
    """The wanted columns of a block's records."""
    tags, kind = block.tags, block.tags.kind
    above, _, _ = wanted.record.rpartition("/")
    prefix = f"{above}/" if above else ""
    leaves = np.flatnonzero((kind == EMPTY) | ((kind == OPEN) & (np.r_[kind[1:], np.int8(OPEN)] == CLOSE)))
    order = np.argsort(block.path[leaves].astype(np.int16), kind="stable")
    leaves = leaves[order]
    counts = np.bincount(block.path[leaves], minlength=len(names.paths))
    bounds = np.concatenate(([0], np.cumsum(counts)))
    inner = {p.removeprefix(prefix): i for i, p in enumerate(names.paths) if p == wanted.record or p.startswith(f"{wanted.record}/")}
    wanted.present.update(dict.fromkeys(p for p, i in inner.items() if counts[i]))
    nothing = (np.r_[tags.starts[1:], len(tags.data)] == tags.ends + 1) | (kind == EMPTY)
    escaped = _escaped(block)
    attributes = _attributes(block, {i: p for p, i in inner.items()}, wanted)
    columns, repeated = {}, np.zeros(block.records, bool)
    for name, path in wanted.paths.items():
        if "@" in path:
            records, source = attributes.get(path, (np.empty(0, np.int32), pa.array([], pa.string())))
            take, blank = np.arange(len(records)), pc.equal(source, "").to_numpy(zero_copy_only=False)
        else:
            place = inner.get(path)
            mine = leaves[:0] if place is None else leaves[bounds[place] : bounds[place + 1]]
            records, source, take, blank = block.record[mine], tags.segments, 2 * mine + 1, nothing[mine]
        make = _listed if name in wanted.lists else _single
        column = make(records, source, take, blank, repeated)
        columns[name] = _unescaped(column, block.entities) if inner.get(path) in escaped else column
    broken = pa.array(["R-REPEATED" if found else None for found in repeated.tolist()], pa.string())
    return pa.table([pa.nulls(block.records, pa.int64()), broken, _raw(block, repeated, wanted), *columns.values()], wanted.schema())


def _single(records: Small, source: pa.Array, take: Ints, blank: Flags, repeated: Flags) -> pa.Array:
    """The first value of each record, and a mark in `repeated` where there is another."""
    first = np.r_[True, records[1:] != records[:-1]][: len(records)]
    repeated[records[~first]] = True
    index, mask = np.zeros(len(repeated), np.int64), np.ones(len(repeated), bool)
    index[records[first]], mask[records[first]] = take[first], blank[first]
    return source.take(pa.array(index, mask=mask))


def _listed(records: Small, source: pa.Array, take: Ints, blank: Flags, repeated: Flags) -> pa.Array:
    """All values of each record that are not empty."""
    offsets = np.concatenate(([0], np.cumsum(np.bincount(records[~blank], minlength=len(repeated))))).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), source.take(pa.array(take[~blank])))


def _escaped(block: Block) -> set[int]:
    """The paths in whose texts an entity stands."""
    if not block.entities:
        return set()
    where = np.flatnonzero(block.tags.bytes == ord("&"))
    return set(np.unique(block.path[np.searchsorted(block.tags.starts, where) - 1]).tolist())


def _unescaped(texts: pa.Array, entities: set[bytes]) -> pa.Array:
    """Texts in which characters stand for entities."""
    if pa.types.is_list(texts.type):
        return pa.ListArray.from_arrays(texts.offsets, _unescaped(texts.values, entities))
    for entity in sorted(entities - {b"&amp;"}):
        character = NAMED.get(entity) or _character(entity)
        texts = pc.replace_substring(texts, entity.decode(), "&amp;" if character == "&" else character)
    return pc.replace_substring(texts, "&amp;", "&")


def _attributes(block: Block, inner: dict[int, str], wanted: "Wanted") -> dict[str, tuple[Small, pa.Array]]:
    """Path -> records and values of the attributes. Those with a prefix (ids, references, schema hints) are read where they are wanted."""
    given: dict[tuple[int, bytes], tuple[list[int], list[bytes]]] = {}
    places = block.path.tolist() if block.tags.attributes else []
    for i, attributes in block.tags.attributes.items():
        for name, value in attributes:
            tags, values = given.setdefault((places[i], name), ([], []))
            tags.append(i)
            values.append(value)
    found: dict[str, tuple[Small, pa.Array]] = {}
    for (place, name), (tags, values) in given.items():
        prefix, _, plain = name.decode().rpartition(":")
        path = f"{inner.get(place)}/@{plain}"
        if place in inner and "xmlns" not in (prefix, plain) and (not prefix or path in wanted.paths.values()):
            wanted.present[path] = None
            texts = _unescaped(pc.replace_substring_regex(pa.array(values, pa.string()), r"[\n\t]", " "), block.entities)
            found[path] = block.record[np.array(tags)], texts
    return found


def _raw(block: Block, repeated: Flags, wanted: "Wanted") -> pa.Array:
    """What stands in the records that cannot be read."""
    raw: list[str | None] = [None] * block.records
    if repeated.any():
        tags, level = block.tags, wanted.record.count("/") + 1
        closing = np.flatnonzero((block.depth == level) & (tags.kind == CLOSE))
        for i in np.flatnonzero(repeated).tolist():
            start = int(np.searchsorted(block.record, i))
            end = int(closing[np.searchsorted(closing, start)])
            raw[i] = tags.data[tags.starts[start] : tags.ends[end] + 1].decode()
    return pa.array(raw, pa.string())
