"""The tags of plain XML as arrays. Receives a block of bytes; hands on where its tags and texts stand, their names and attributes; hands back
(NotPlain) what arrays cannot read.
"""

import re
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

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
            ids: Small = self.path_of.ravel()[parents * self.path_of.shape[1] + names]
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
        self.starts, self.ends = self._places("<"), self._places(">")
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

    def _places(self, sign: str) -> Ints:
        return np.flatnonzero(self.bytes[: len(self.data)] == ord(sign))

    def _find_attributes(self) -> None:
        """The attributes of the tags that have some; where the names of these tags end is put right."""
        if b"=" not in self.data:
            return
        equals = self._places("=")
        tags = np.searchsorted(self.starts, equals) - 1
        inside = np.unique(tags[equals < self.ends[tags]]) if len(tags) else tags
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
            word = words[np.minimum(self._name_starts[where] + start, self._name_ends[where] - 8)]  # the last word is the last 8 bytes
            before = found[where]
            found[where] = ((before ^ word) * MIX) ^ (before >> np.uint64(29))
            start += 8
            where = where[lengths[where] > start]
        return found


def character(entity: bytes) -> str:
    """The character that a numeric entity stands for; nothing if it is none, or one that XML forbids."""
    match = NUMBERED.fullmatch(entity)
    code = 0 if not match else int(match[1], 16) if match[1] else int(match[2])
    allowed = code in (9, 10, 13) or 0x20 <= code <= 0xD7FF or 0xE000 <= code <= 0xFFFD or 0x10000 <= code <= 0x10FFFF
    return chr(code) if allowed else ""


def unescaped(texts: pa.Array, entities: set[bytes]) -> pa.Array:
    """Texts in which characters stand for entities."""
    if pa.types.is_list(texts.type):
        return pa.ListArray.from_arrays(texts.offsets, unescaped(texts.values, entities))
    for entity in sorted(entities - {b"&amp;"}):
        sign = NAMED.get(entity) or character(entity)
        texts = pc.replace_substring(texts, entity.decode(), "&amp;" if sign == "&" else sign)
    return pc.replace_substring(texts, "&amp;", "&")
