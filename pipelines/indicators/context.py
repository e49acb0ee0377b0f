"""Receives a sentence and a place in it; hands on whether what stands there is affirmed, certain, current and about the person reported on.

Triggers are data (schemas/indicators/context.csv). A trigger reaches to the end of its sentence or to a word that ends its scope; a double
negation is left negated, which errs on the side of not counting.
"""

import csv
import re
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from pipelines.core.errors import ConfigFault
from pipelines.indicators.text import folded

AXES = {"polarity": "affirmed", "certainty": "certain", "temporality": "current", "experiencer": "reported"}


@dataclass(frozen=True)
class Context:
    """What the words around a hit say about it."""

    polarity: str = "affirmed"
    certainty: str = "certain"
    temporality: str = "current"
    experiencer: str = "reported"


@dataclass(frozen=True)
class Rules:
    """One regular expression for all triggers, what each sets, and the languages they belong to."""

    pattern: re.Pattern[str]
    meanings: dict[str, list[tuple[str, str, str]]] = field(repr=False)


@cache
def load_rules(schemas: Path) -> Rules:
    """Read the triggers. Raises ConfigFault for a row that sets nothing known."""
    meanings: dict[str, list[tuple[str, str, str]]] = {}
    with (schemas / "indicators" / "context.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            if row["sets"] not in {*AXES, "ends"} or row["trigger"] != folded(row["trigger"]):
                raise ConfigFault(f"schemas/indicators/context.csv: row {number}: expected one of {[*AXES, 'ends']} and a trigger in folded letters")
            meaning = (row["sets"], row["value"], row["direction"])
            if meaning not in meanings.setdefault(row["trigger"], []):
                meanings[row["trigger"]].append(meaning)
    longest_first = sorted(meanings, key=lambda trigger: (-len(trigger), trigger))
    return Rules(re.compile(r"\b(?:" + "|".join(map(re.escape, longest_first)) + r")\b"), meanings)


def assess(rules: Rules, sentence: str, start: int, end: int) -> Context:
    """The context of the span [start, end) of a folded sentence. Words inside the span are part of the cue and trigger nothing."""
    found: dict[str, str] = {}
    for match in rules.pattern.finditer(sentence):
        for sets, value, direction in rules.meanings[match[0]]:
            if sets == "ends":
                if match.end() <= start:
                    found = {axis: v for axis, v in found.items() if axis == "experiencer"}
            elif (match.end() <= start and direction in ("before", "any")) or (match.start() >= end and direction in ("after", "any")):
                found[sets] = value
    return Context(**found)
