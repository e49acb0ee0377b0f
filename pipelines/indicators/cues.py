"""Receives schemas/indicators/cues_*.csv; hands on cues as sequences of elements; refuses what is not in the pattern language.

A cue is one line, read from left to right inside one sentence:
    word  a|b  {list}  take~  passport+  encerrad@       an element (lexicon.py)
    [x]                                                  an element that may be missing
    ..  ..6                                              up to 3, up to 6 words in between, none of them a "no"
    !x                                                   the next word is not x
Of its kinds, `cue` speaks for the indicator and `counter` against it (her own passport is with her): its hits are negated.
Cues of the pseudo-indicator MINOR are expressions of an age under 18, which indicators of minors need nearby.
"""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from pipelines.core.errors import ConfigFault
from pipelines.core.taxonomy import load_indicators
from pipelines.indicators.lexicon import LANGUAGES, Element, Lexicon

MINOR = "MINOR"
GAP = re.compile(r"\.\.(\d*)")
WIDTH = 3  # words


@dataclass(frozen=True)
class Part:
    """One step of a cue: `kind` word, optional, not (with an element), or gap (of up to `width` words)."""

    kind: str
    element: Element = ()
    width: int = 0


@dataclass(frozen=True)
class Cue:
    """One line. `id` is the indicator, the language and the line's place among them."""

    id: str
    indicator: str
    language: str
    counter: bool
    text: str
    parts: tuple[Part, ...]


def load_cues(schemas: Path, lexicon: Lexicon) -> list[Cue]:
    """All cues, in order of language and file. Raises ConfigFault that names the file and the row."""
    known = {*load_indicators(schemas), MINOR}
    found: list[Cue] = []
    for language in LANGUAGES:
        path = schemas / "indicators" / f"cues_{language}.csv"
        counts: dict[str, int] = {}
        seen: set[tuple[str, str]] = set()
        with path.open(encoding="utf-8", newline="") as file:
            for number, row in enumerate(csv.DictReader(file), 2):
                indicator, text = row["indicator"], row["pattern"]
                if indicator not in known or row["kind"] not in {"cue", "counter"} or (indicator, text) in seen:
                    raise ConfigFault(f"schemas/indicators/{path.name}: row {number}: unknown indicator or kind, or the line stands twice")
                seen.add((indicator, text))
                counts[indicator] = counts.get(indicator, 0) + 1
                try:
                    parts = parse(lexicon, language, text)
                except ConfigFault as fault:
                    raise ConfigFault(f"schemas/indicators/{path.name}: row {number}: {fault}") from None
                found.append(Cue(f"{indicator}.{language}.{counts[indicator]}", indicator, language, row["kind"] == "counter", text, parts))
    return found


def parse(lexicon: Lexicon, language: str, text: str) -> tuple[Part, ...]:
    """The parts of one line. Raises ConfigFault where nothing would be required, or a gap stands at an end."""
    parts = [_part(lexicon, language, token) for token in text.split()]
    if not parts or parts[0].kind not in {"word", "not"} or parts[-1].kind == "gap" or not any(p.kind == "word" for p in parts):
        raise ConfigFault(f"{text!r}: a cue begins with a word and does not end with a gap")
    return tuple(parts)


def _part(lexicon: Lexicon, language: str, token: str) -> Part:
    if gap := GAP.fullmatch(token):
        return Part("gap", width=int(gap[1] or WIDTH))
    if token.startswith("["):
        return Part("optional", lexicon.element(language, token[1:-1]))
    if token.startswith("!"):
        return Part("not", lexicon.element(language, token[1:]))
    return Part("word", lexicon.element(language, token))
