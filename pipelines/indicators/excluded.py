"""Receives schemas/indicators/excluded.csv; hands on the words that the tagger is blind to; refuses a cue that rests on one of them.

What must never be an indicator (nationality, status, health, orientation, trade ...) has no code, so taking such a word out of a text or
putting another in its place changes nothing. A term with an exception is seen, but only cues of the indicators named there may hold it.
"""

import csv
from pathlib import Path

from pipelines.core.errors import ConfigFault
from pipelines.indicators.cues import Cue
from pipelines.indicators.text import folded


def load_excluded(schemas: Path) -> dict[str, frozenset[str]]:
    """Term (folded) -> indicators whose cues may hold it. Raises ConfigFault for an exception without a reason."""
    found: dict[str, frozenset[str]] = {}
    with (schemas / "indicators" / "excluded.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            allowed = frozenset(row["allowed_in"].split())
            if allowed and not row["because"]:
                raise ConfigFault(f"schemas/indicators/excluded.csv: row {number}: an exception needs a reason")
            for term in row["terms"].split("|"):
                found[folded(term)] = allowed
    return found


def blind_words(schemas: Path) -> set[str]:
    """Terms without any exception."""
    return {term for term, allowed in load_excluded(schemas).items() if not allowed}


def check(schemas: Path, cues: list[Cue]) -> None:
    """Raises ConfigFault for a cue of which an element can be an excluded term that its indicator has no exception for."""
    excluded = load_excluded(schemas)
    for cue in cues:
        for part in cue.parts:
            for sequence in part.element:
                for words in sequence:
                    for word in words & excluded.keys():
                        if cue.indicator not in excluded[word]:
                            raise ConfigFault(f"schemas/indicators: {cue.id}: {word!r} is excluded and {cue.indicator} has no exception for it")
