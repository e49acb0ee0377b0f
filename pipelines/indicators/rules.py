"""Receives schemas/indicators/context.csv; hands on its triggers as one tree of words; refuses a row that it cannot read.

What the columns mean stands in pipelines/indicators/context.py.
"""

import csv
import hashlib
import re
from dataclasses import dataclass, field
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

from ahocorasick_rs import AhoCorasick

from pipelines.core.errors import ConfigFault
from pipelines.indicators.excluded import blind_words
from pipelines.indicators.text import folded

AXES = {
    "polarity": ("affirmed", "negated"),
    "certainty": ("certain", "hedged", "hypothetical"),
    "temporality": ("current", "historical"),
    "experiencer": ("reported", "other"),
}
SIDES = {"before", "after", "inside", "text"}
WORDS = re.compile(r"[a-z0-9']+|[^a-z0-9'\s]")  # of folded text
NO_LIMIT, CLAUSE = 10_000, 9_999
END, WILD = "", " "
ANY, NUMBER, YEAR, FIRST, LAST = "_", "#", "@", "^", "$"
PLACEHOLDERS = frozenset({ANY, NUMBER, YEAR})
SIGNS = PLACEHOLDERS | {FIRST, LAST}
YEARS = re.compile(r"(?:19|20)\d\ds?")
NUMBER_WORDS = (
    "a an one two three four five six seven eight nine ten eleven twelve fifteen twenty thirty several few couple many some "
    "un una dos tres cuatro cinco seis siete ocho nueve diez once doce quince veinte treinta varios varias unos unas pocos muchos tantos"
)
NUMBERS = frozenset(NUMBER_WORDS.split())

Node = dict[str, Any]  # word -> Node; END -> the meanings of the trigger that ends here; WILD -> which placeholders go on from here


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
    carriers: AhoCorasick = field(repr=False)  # of each trigger that says something about the rest of a text
    blind: frozenset[str] = field(repr=False)  # excluded words: no trigger, and none that lies between
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
        for words in sorted(_spelled_out(row["trigger"], number)):
            _plant(stops if row["sets"] == "stop" else sets, words, meaning, number)
            if "text" in meaning.sides and meaning.value != AXES[meaning.axes[0]][0]:
                carriers.add(max(words, key=len) if SIGNS & set(words) else " ".join(words))
    known: dict[Any, Node] = {}
    sets, stops = _shared(sets, known), _shared(stops, known)
    return Rules(sets, stops, AhoCorasick(sorted(carriers)), frozenset(blind_words(schemas)), hashlib.sha256(content).hexdigest()[:16])


def _plant(tree: Node, words: tuple[str, ...], meaning: Meaning, number: int) -> None:
    """Let the tree's path of these words end in this meaning. Raises ConfigFault if an earlier row means something else by them."""
    node = tree
    for word in words:
        if word in PLACEHOLDERS and word not in node:
            node[WILD] = (*node.get(WILD, ()), word)
        node = node.setdefault(word, {})
    said: tuple[Meaning, ...] = node.get(END, ())
    if any(_contradict(meaning, other) for other in said):
        raise ConfigFault(f"schemas/indicators/context.csv: row {number}: trigger {' '.join(words)!r} has another meaning in an earlier row")
    if meaning not in said:
        node[END] = (*said, meaning)


def _shared(node: Node, known: dict[Any, Node]) -> Node:
    """The node, or one with the same continuation that is known already: a tenth of the memory."""
    for word, child in node.items():
        if word not in (END, WILD):
            node[word] = _shared(child, known)
    return known.setdefault(tuple(sorted((word, child if word in (END, WILD) else id(child)) for word, child in node.items())), node)


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


def _spelled_out(trigger: str, number: int) -> set[tuple[str, ...]]:
    """The word sequences that a trigger stands for; one with "n't" also with "nt", as hurried writers spell it. Raises ConfigFault."""
    texts, end = _alternatives(trigger, 0)
    found = {tuple(text.split()) for text in texts}
    for words in [words for words in found if any(len(word) > 1 and word[-1] == "?" for word in words)]:
        found.remove(words)
        choices = [(word[:-1], "") if len(word) > 1 and word[-1] == "?" else (word,) for word in words]
        found |= {tuple(filter(None, picked)) for picked in product(*choices)}
    found |= {tuple(word.replace("n't", "nt") for word in words) for words in found}
    used = {word for words in found for word in words}
    if (
        end < len(trigger)
        or trigger.count("(") != trigger.count(")")
        or () in found
        or any(word not in SIGNS and not WORDS.fullmatch(word) for word in used)
    ):
        raise ConfigFault(f"schemas/indicators/context.csv: row {number}: expected words and marks with blanks between; trigger {trigger!r}")
    return found


def _alternatives(trigger: str, at: int) -> tuple[list[str], int]:
    """The texts that the alternatives from `at` on stand for, and where their bracket closes, or the trigger ends."""
    done: list[str] = []
    texts = [""]
    while at < len(trigger) and trigger[at] != ")":
        if trigger[at] == "|":
            done += texts
            texts, at = [""], at + 1
        elif trigger[at] == "(":
            choices, at = _alternatives(trigger, at + 1)
            if trigger.startswith(")?", at):
                choices, at = [*choices, ""], at + 1
            texts, at = [text + choice for text in texts for choice in choices], at + 1
        else:
            end = next((place for place in range(at, len(trigger)) if trigger[place] in "(|)"), len(trigger))
            texts, at = [text + trigger[at:end] for text in texts], end
    return done + texts, at
