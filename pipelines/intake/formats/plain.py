"""Plain XML a block at a time, as arrays: elements, attributes, text and the five entities. Receives bytes; hands on tables of records;
hands everything else back (NotPlain) to lxml: comments, CDATA, document types, other encodings, a raw > in a text, and whatever is not
well-formed. Nothing is refused here and nothing is guessed.

A block is a row of tags, each followed by text. Where tags start and end, how deep they stand, which path they have and which record they
belong to are arrays over the tags; the texts are one Arrow array, of which a column takes its own.
"""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.intake.formats.tags import (
    CLOSE,
    DECLARATION,
    DEEPEST,
    EMPTY,
    ENTITY,
    NAMED,
    OPEN,
    Flags,
    Ints,
    Names,
    NotPlain,
    Small,
    Tags,
    character,
    unescaped,
)

if TYPE_CHECKING:
    from pipelines.intake.formats.xml import Wanted


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
    return bytes(found[0])


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
    if not all(entity in NAMED or character(entity) for entity in entities):
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
        columns[name] = unescaped(column, block.entities) if inner.get(path) in escaped else column
    broken = pa.array(["R-REPEATED" if found else None for found in repeated.tolist()], pa.string())
    return pa.table([pa.nulls(block.records, pa.int64()), broken, _raw(block, repeated, wanted), *columns.values()], wanted.schema())


def _single(records: Small, source: pa.Array, take: Ints, blank: Flags, repeated: Flags) -> pa.Array:
    """The first value of each record, and a mark in `repeated` where there is another."""
    again = np.flatnonzero(records[1:] == records[:-1]) + 1
    if len(again):
        repeated[records[again]] = True
        records, take, blank = np.delete(records, again), np.delete(take, again), np.delete(blank, again)
    index, mask = np.zeros(len(repeated), np.int64), np.ones(len(repeated), bool)
    index[records], mask[records] = take, blank
    return source.take(pa.array(index, mask=mask if mask.any() else None))


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
            texts = unescaped(pc.replace_substring_regex(pa.array(values, pa.string()), r"[\n\t]", " "), block.entities)
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
