"""Receives schemas/indicators/context.csv; hands on its triggers as one tree of words; refuses a row that it cannot read.

What the columns mean stands in pipelines/indicators/context.py.
"""

import csv
import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from ahocorasick_rs import AhoCorasick

from pipelines.core.errors import ConfigFault
from pipelines.indicators.text import folded

AXES = {
    "polarity": ("affirmed", "negated"),
    "certainty": ("certain", "hedged", "hypothetical"),
    "temporality": ("current", "historical"),
    "experiencer": ("reported", "other"),
}
SIDES = {"before", "after", "inside", "text"}
WORDS = re.compile(r"\w+(?:'\w+)*|[^\w\s]")
GROUP = re.compile(r"\(([^()]*)\)(\?)?")  # an innermost one
NO_LIMIT, CLAUSE = 10_000, 9_999
END, ANY, NUMBER, YEAR, FIRST, LAST = "", "_", "#", "@", "^", "$"
YEARS = re.compile(r"(?:19|20)\d\ds?")
NUMBERS = frozenset(
    "a an one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty several few couple many some "
    "un una dos tres cuatro cinco seis siete ocho nueve diez once doce quince veinte treinta varios varias unos unas pocos muchos tantos".split()
)

Node = dict[str, Any]  # word -> Node; END -> the meanings of the trigger that ends here


class Meaning(NamedTuple):
    """What one row sets. `axes` is one axis, or the axes and values that a stop ends; `value` is empty for a stop and for a mask."""

    axes: tuple[str, ...]
    value: str
    sides: frozenset[str]
    reach: int


@dataclass(frozen=True, eq=False)
class Rules:
    """All triggers as two trees of words: those that set or mask, and the stops; and the digest of the file they come from."""

    sets: Node = field(repr=False)
    stops: Node = field(repr=False)
    carriers: AhoCorasick = field(repr=False)  # the longest word of each trigger that reaches beyond its sentence
    digest: str


@cache
def load_rules(schemas: Path) -> Rules:
    """Read the triggers. Raises ConfigFault for a row that sets nothing known or says two things at once."""
    path = schemas / "indicators" / "context.csv"
    content = path.read_bytes()
    sets: Node = {}
    stops: Node = {}
    carriers: set[str] = set()
    for number, row in enumerate(csv.DictReader(content.decode("utf-8").splitlines()), 2):
        meaning = _meaning(row, number)
        for words in sorted(set(_spelled_out(row["trigger"]))):
            node = stops if row["sets"] == "stop" else sets
            for word in words:
                node = node.setdefault(word, {})
            said: list[Meaning] = node.setdefault(END, [])
            if any(_contradict(meaning, other) for other in said):
                raise ConfigFault(f"schemas/indicators/context.csv: row {number}: trigger {' '.join(words)!r} has another meaning in an earlier row")
            said.append(meaning)
            if "text" in meaning.sides:
                carriers.add(max(words, key=len))
    return Rules(sets, stops, AhoCorasick(sorted(carriers)), hashlib.sha256(content).hexdigest()[:16])


def _meaning(row: dict[str, str], number: int) -> Meaning:
    """The row's meaning, checked. Raises ConfigFault."""
    sets, value = row["sets"], row["value"]
    sides = frozenset(row["direction"].split())
    axes = tuple(value.split()) if sets == "stop" else () if sets == "mask" else (sets,)
    expected = {
        f"sets to be one of {[*AXES, 'stop', 'mask']}": sets in {*AXES, "stop", "mask"},
        f"value to be one of {AXES.get(sets)}": sets not in AXES or value in AXES[sets],
        "value to name axes or values of them": sets != "stop" or (axes != () and set(axes) <= {*AXES, *sum(AXES.values(), ())}),
        "a mask to have no value": sets != "mask" or not value,
        f"direction to name some of {sorted(SIDES)}": bool(sides) and sides <= SIDES,
        "reach to be blank, `clause` or a number of words": row["reach"] in ("", "clause", *map(str, range(1, 100))),
        "language to be en or es": row["language"] in ("en", "es"),
        "trigger to be in small letters without accents": row["trigger"] != "" and row["trigger"] == folded(row["trigger"]),
    }
    for what, holds in expected.items():
        if not holds:
            raise ConfigFault(f"schemas/indicators/context.csv: row {number}: expected {what}; trigger {row['trigger']!r}")
    return Meaning(axes, value if sets in AXES else "", sides, CLAUSE if row["reach"] == "clause" else int(row["reach"] or NO_LIMIT))


def _contradict(one: Meaning, other: Meaning) -> bool:
    """Whether two rows of the same words cannot both be meant: a mask beside anything else, or two values of one axis on the same side."""
    if not (one.axes and other.axes):
        return one.axes != other.axes
    return one.axes == other.axes and bool(one.sides & other.sides) and "" != one.value != other.value != ""


def _spelled_out(trigger: str) -> Iterator[tuple[str, ...]]:
    """The word sequences that a trigger stands for; one with "n't" also with "nt", as hurried writers spell it."""
    group = GROUP.search(trigger)
    if group:
        for choice in [*group[1].split("|"), *([""] if group[2] else [])]:
            yield from _spelled_out(trigger[: group.start()] + choice + trigger[group.end() :])
        return
    for words in product(*([word[:-1], ""] if word.endswith("?") and len(word) > 1 else [word] for word in trigger.split())):
        text = " ".join(words)
        yield tuple(WORDS.findall(text))
        yield tuple(WORDS.findall(text.replace("n't", "nt")))
