"""One JSON object per line. Receives a sealed file; hands on the values at the feed's paths as text, numbered by line; refuses what holds no
such object.

A block of lines whose keys are exactly the known ones is read in one go. Any other is read again line by line: its keys are looked at, and
are the known ones of the blocks behind it.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import duckdb
import msgspec
import numpy as np
import pyarrow as pa

from pipelines.core.catalog import Feed
from pipelines.core.errors import DataRefused
from pipelines.core.handles import Delivery
from pipelines.core.receipts import Account
from pipelines.core.schema import load_codes
from pipelines.core.settings import Settings
from pipelines.intake.formats import MAX_LINE, Part, Rows, refuse_denied
from pipelines.intake.formats.texts import open_text
from pipelines.intake.moments import literal

MAX_NODES = 200  # objects and lists in one record: bounds the depth before any parser recurses
BLOCK = 8 << 20
Tree = dict[str, Any]


def open_rows(con: duckdb.DuckDBPyConnection, settings: Settings, delivery: Delivery, feed: Feed, account: Account) -> Rows:
    """Check the first bytes, and give the rows: a column per path such as `place.county`; a list comes as its JSON text.

    Raises DataRefused (E-EMPTY, E-BINARY, E-COMPRESSED, E-ENCODING), at the end E-SYNTAX, E-TEMPLATE and E-DENIED.
    """
    text, head = open_text(settings, delivery, feed)
    text.close()
    if not head.strip():
        raise DataRefused("E-EMPTY", "The file holds nothing.", "Check that the export is complete.")
    reader = _Reader(con, feed)

    def parts() -> Iterator[Part]:
        with open_text(settings, delivery, feed)[0] as again:
            again.seek(0)
            yield from reader.parts(iter(lambda: again.read(BLOCK), b""))

    denied = load_codes(settings.schemas, "denied_columns")
    return Rows(parts, lambda account: reader.audit(denied, account), numbered=True)


@dataclass
class _Reader:
    """Reads blocks, and remembers the keys: `known` are those of the next block, `present` those of all that was read."""

    con: duckdb.DuckDBPyConnection
    feed: Feed
    known: list[str] = field(default_factory=list)
    present: dict[str, None] = field(default_factory=dict)
    lines: int = 0
    complete: bool = True

    def parts(self, blocks: Iterable[bytes]) -> Iterator[Part]:
        self.known = [*self.feed.consumed, *self.feed.ignore]
        self.present.clear()
        self.lines, self.complete = 0, True
        for block in self._whole_lines(blocks):
            table = self._table(block)
            if not len(table):
                continue
            odd: list[list[str]] = []
            if table["_given"].null_count < len(table) or not _no_other_keys(block, self.known):
                yield Part(self._each_line(table, odd))
            else:
                self.con.register("part", table.select(["_row", "line"]))
                yield Part(self._at_once(), lambda table=table, odd=odd: self._each_line(table, odd))  # type: ignore[misc]
            self.present.update(dict.fromkeys(odd[-1] if odd else self.known))

    def _whole_lines(self, blocks: Iterable[bytes]) -> Iterator[bytes]:
        rest = bytearray()
        for block in blocks:
            end = block.rfind(b"\n") + 1
            if not end and len(rest) > MAX_LINE:
                continue  # more of a line that is too long already
            if end:
                yield bytes(rest) + block[:end] if rest else block[:end]
                rest.clear()
            rest += memoryview(block)[end:]
        self.complete = not rest.strip()
        if rest:
            yield bytes(rest) + b"\n"

    def _table(self, block: bytes) -> pa.Table:
        """The lines of a block that are not blank: their number, what is wrong with them as lines, and their text."""
        if b"\x00" in block:
            raise DataRefused("E-BINARY", "Expected text, found NUL bytes.", "Export the file again as text.")
        ends = np.flatnonzero(np.frombuffer(block, np.uint8) == ord("\n")) + 1
        lengths = np.diff(ends, prepend=0)
        offsets = np.concatenate(([0], ends)).astype(np.int32)
        given: list[str | None] = ["R-LENGTH" if long else None for long in (lengths > MAX_LINE).tolist()] if lengths.max() > MAX_LINE else []
        lines = pa.StringArray.from_buffers(len(ends), pa.py_buffer(offsets), pa.py_buffer(block))
        try:
            lines.validate(full=True)
        except pa.ArrowInvalid:
            given = given or [None] * len(ends)
            texts = [block[start:end] for start, end in zip(offsets[:-1].tolist(), ends.tolist(), strict=True)]
            given = [was if was or _is_utf8(text) else "R-ENCODING" for was, text in zip(given, texts, strict=True)]
            lines = pa.array([text.decode("utf-8", "backslashreplace") for text in texts], pa.string())
        if deep := _deep(block, ends):
            given = given or [None] * len(ends)
            given = [was or ("R-DEPTH" if number in deep else None) for number, was in enumerate(given)]
        numbers = np.arange(self.lines + 1, self.lines + len(ends) + 1)
        self.lines += len(ends)
        table = pa.table({"_row": numbers, "_given": pa.array(given or [None] * len(ends), pa.string()), "line": lines})
        short = np.flatnonzero(lengths < 3)  # a newline, with or without a carriage return, or one more character
        blank = [i for i in short.tolist() if not lines[i].as_py().strip()]
        return table.filter(pa.array(~np.isin(np.arange(len(ends)), blank))) if blank else table

    def _at_once(self) -> str:
        """Rows of a block whose lines have no other keys than the known ones; a line that lacks one is an error of the whole."""
        tree = _tree(self.known)
        columns = ", ".join(f"{_picked(name) if _in(tree, name) else 'NULL::VARCHAR'} AS {_quoted(name)}" for name in self.feed.consumed)
        read = f"SELECT _row, line, from_json_strict(line, {literal(json.dumps(tree))}) AS s FROM part"
        return f"(SELECT _row, CASE WHEN s IS NULL THEN 'R-JSON' END AS _broken, CASE WHEN s IS NULL THEN line END AS _raw, {columns} FROM ({read}))"

    def _each_line(self, table: pa.Table, odd: list[list[str]]) -> str:
        """Rows of any block; `odd` is given the keys that it has."""
        self.con.register("part", table)
        broken = "CASE WHEN _given IS NOT NULL THEN _given WHEN NOT json_valid(line) OR json_type(line) <> 'OBJECT' THEN 'R-JSON' END"
        lines = f"SELECT _row, line, {broken} AS _broken FROM part"
        ((found,),) = self.con.execute(f"SELECT json_group_structure(line::JSON)::VARCHAR FROM ({lines}) WHERE _broken IS NULL").fetchall()
        odd.append(list(_leaves(json.loads(found))) if found else [])
        self.known = _expected(self.feed.consumed, odd[-1]) if found else self.known
        single = [name for name in self.feed.consumed if "[]." not in name]
        paths = ", ".join(literal(_path(name)) for name in single)
        many = {name: f"json_extract_string(good, {literal(_path(name))})" for name in self.feed.consumed if name not in single}
        picked = {name: f"v[{i}]" for i, name in enumerate(single, 1)} | {name: _without_nulls(sql) for name, sql in many.items()}
        columns = ", ".join(f"{picked[name]} AS {_quoted(name)}" for name in self.feed.consumed)
        good = f"SELECT *, CASE WHEN _broken IS NULL THEN line ELSE '{{}}' END AS good FROM ({lines})"
        values = f"SELECT *, json_extract_string(good, [{paths}]::VARCHAR[]) AS v FROM ({good})"
        return f"(SELECT _row, _broken, CASE WHEN _broken IS NOT NULL THEN line END AS _raw, {columns} FROM ({values}))"

    def audit(self, denied: Iterable[str], account: Account) -> None:
        """Refuse a delivery whose keys are not the feed's; note keys that nobody reads, and keys that are read and stand nowhere."""
        if not self.complete and ("R-JSON", "") in account.quarantined.get(self.lines, []):
            raise DataRefused("E-SYNTAX", "The last line breaks off: the file was cut off.", "Export the file again and compare its size.")
        if not self.present:
            raise DataRefused("E-SYNTAX", "Expected one JSON object per line, found none.", "Send the current template.")
        keys = {name.removesuffix("[]") for name in self.present}
        missing = [name for name in self.feed.consumed if name.removesuffix("[]") not in keys]
        if lost := [name for name in missing if name in self.feed.record.uses]:
            raise DataRefused("E-TEMPLATE", f"Keys are missing in every record: {', '.join(lost)}.", "Send the current template.")
        lists = {name.removesuffix("[]"): name for name in self.feed.consumed}
        refuse_denied(self.feed, [lists.get(name.removesuffix("[]"), name) for name in self.present], denied, account)
        account.issues.extend({"code": "I-MISSING", "column": name, "todo": "check whether the template changed"} for name in missing)


def _is_utf8(data: bytes) -> bool:
    try:
        return data.isascii() or data.decode() is not None
    except UnicodeDecodeError:
        return False


def _no_other_keys(block: bytes, known: list[str]) -> bool:
    """Whether all lines are objects without a key that is not known, at any depth that the known ones reach."""
    try:
        _decoder(tuple(known)).decode_lines(block)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError):
        return False
    return True


@lru_cache(maxsize=16)
def _decoder(known: tuple[str, ...]) -> msgspec.json.Decoder[Any]:
    def of(inner: Any) -> Any:
        if isinstance(inner, list):
            return list[of(inner[0])] | None  # type: ignore[misc]  # made at run time
        if inner == "VARCHAR":
            return msgspec.Raw
        fields = [(f"key{i}", of(value), None) for i, value in enumerate(inner.values())]
        names = {f"key{i}": key for i, key in enumerate(inner)}
        return msgspec.defstruct("Object", fields, rename=names, forbid_unknown_fields=True, gc=False) | None

    return msgspec.json.Decoder(of(_tree(known)))


def _deep(block: bytes, ends: np.ndarray[Any, Any]) -> set[int]:
    """The lines with more objects and lists than a record may have."""
    found = np.frombuffer(block, np.uint8)
    opened = np.flatnonzero((found == ord("{")) | (found == ord("[")))
    return set(np.flatnonzero(np.bincount(np.searchsorted(ends, opened, side="right")) > MAX_NODES).tolist())


def _expected(consumed: list[str], found: list[str]) -> list[str]:
    """The keys to expect after a block with the keys found. What the feed reads below a key that held nothing is expected still."""
    read = [name for name in consumed if any(name.removesuffix("[]") == key or _below(name, key) for key in found)]
    return read + [key for key in found if not any(_below(name, key) or _below(key, name) or key == name.removesuffix("[]") for name in read)]


def _below(name: str, key: str) -> bool:
    return name.startswith((f"{key}.", f"{key}[]."))


def _tree(paths: Iterable[str]) -> Tree:
    """Paths as DuckDB describes a structure: a.b and c[].d give {"a": {"b": "VARCHAR"}, "c": [{"d": "VARCHAR"}]}."""
    tree: Tree = {}
    for path in paths:
        *above, last = path.removesuffix("[]").split(".")
        here = tree
        for part in above:
            inner = here.setdefault(part.removesuffix("[]"), [{}] if part.endswith("[]") else {})
            here = inner[0] if isinstance(inner, list) else inner
        here.setdefault(last, "VARCHAR")
    return tree


def _in(tree: Tree, path: str) -> bool:
    here: Any = tree
    for part in path.removesuffix("[]").split("."):
        here = here[0] if isinstance(here, list) else here
        if not isinstance(here, dict) or part.removesuffix("[]") not in here:
            return False
        here = here[part.removesuffix("[]")]
    return True


def _picked(path: str) -> str:
    """SQL of the value at a path in the structure `s`."""
    above, bracket, below = path.partition("[].")
    value = "s" + "".join(f".{_quoted(part)}" for part in above.removesuffix("[]").split("."))
    if not bracket:
        return value
    return _without_nulls(f"list_transform({value}, lambda x: x{''.join(f'.{_quoted(part)}' for part in below.split('.'))})")


def _without_nulls(values: str) -> str:
    return f"nullif(to_json(list_filter({values}, lambda x: x IS NOT NULL))::VARCHAR, '[]')"


def _leaves(structure: Any, name: str = "") -> Iterator[str]:
    """Paths of the values in DuckDB's description of a structure: {"a": {"b": "VARCHAR"}, "c": ["VARCHAR"]} has a.b and c."""
    if isinstance(structure, dict):
        for key, inner in structure.items():
            yield from _leaves(inner, f"{name}.{key}" if name else key)
    elif isinstance(structure, list) and structure and isinstance(structure[0], dict):
        yield from _leaves(structure[0], name + "[]")
    else:
        yield name


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _path(name: str) -> str:
    return "$" + "".join(f'."{part.removesuffix("[]")}"' + ("[*]" if part.endswith("[]") else "") for part in name.removesuffix("[]").split("."))
