"""Receives gated texts; hands on the indicators that are named in them, where, and in which context; never looks at a record.

The cues of schemas/indicators/taxonomy.csv are phrases, found all at once by an Aho-Corasick automaton over the folded text. A hit is a
property of a text, not of a person: nothing is scored.
"""

import csv
import hashlib
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from ahocorasick_rs import AhoCorasick, MatchKind

from pipelines.core.errors import ConfigFault
from pipelines.indicators.context import Rules, assess, load_rules
from pipelines.indicators.text import folded, sentences

COLUMNS = ("doc", "indicator", "cue", "polarity", "certainty", "temporality", "experiencer", "language", "start", "end", "taxonomy")
Hit = tuple[int, int, int, str, str, str, str, str, str, str]
NUMBERS = ("doc", "start", "end")


@dataclass(frozen=True)
class Cue:
    """One phrase of an indicator. `id` is the indicator, the language and the phrase's place in the row."""

    id: str
    indicator: str
    language: str
    phrase: str


def load_cues(schemas: Path) -> list[Cue]:
    """All cues in the order of the taxonomy. Raises ConfigFault for a phrase that stands under two indicators."""
    path = schemas / "indicators" / "taxonomy.csv"
    found: dict[tuple[str, str], Cue] = {}
    with path.open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            for language in ("en", "es"):
                for place, given in enumerate(filter(None, map(str.strip, row[f"cues_{language}"].split(";"))), 1):
                    for phrase in _spelled_out(folded(given)):
                        cue = Cue(f"{row['id']}.{language}.{place}", row["id"], language, phrase)
                        other = found.setdefault((language, phrase), cue)
                        if other.indicator != cue.indicator:
                            raise ConfigFault(
                                f"schemas/indicators/{path.name}: row {number}: cue {place} ({language}) also stands under {other.indicator}"
                            )
    return list(found.values())


def _spelled_out(phrase: str) -> list[str]:
    """A phrase with alternatives, such as `lo/la engano`, as the phrases it stands for."""
    made = [""]
    for word in phrase.split():
        made = [f"{start} {choice}".strip() for start in made for choice in word.split("/")]
    return made


class Tagger:
    """The compiled taxonomy. One instance serves any number of texts, in any batches, with the same result."""

    def __init__(self, cues: list[Cue], rules: Rules) -> None:
        self._cues = cues
        self._rules = rules
        self._automaton = AhoCorasick([cue.phrase for cue in cues], matchkind=MatchKind.Standard)
        content = "\n".join(f"{cue.id} {cue.phrase}" for cue in cues) + rules.digest
        self.version = hashlib.sha256(content.encode()).hexdigest()[:8]

    @classmethod
    def load(cls, schemas: Path) -> "Tagger":
        """Compile schemas/indicators. Raises ConfigFault."""
        return cls(load_cues(schemas), load_rules(schemas))

    def tag(self, texts: pa.Array) -> pa.Table:
        """One row per hit, in order of doc, start, end, indicator; `start` and `end` are code points of the given text."""
        rows = sorted(hit for doc, text in enumerate(texts.to_pylist()) if text for hit in self._tag_one(doc, text))
        order = ("doc", "start", "end", "indicator", "cue", "polarity", "certainty", "temporality", "experiencer", "language")
        columns = {name: [row[i] for row in rows] for i, name in enumerate(order)} | {"taxonomy": [self.version] * len(rows)}
        return pa.table({name: pa.array(columns[name], pa.int32() if name in NUMBERS else pa.string()) for name in COLUMNS})

    def _tag_one(self, doc: int, text: str) -> set[Hit]:
        plain = folded(text)
        found: set[Hit] = set()
        matches = [m for m in self._automaton.find_matches_as_indexes(plain, overlapping=True) if _is_whole(plain, m[1], m[2])]
        if not matches:
            return found
        spans = sentences(plain)
        for number, start, end in matches:
            first, last = next((s for s in spans if s[0] <= start < s[1]), (0, len(plain)))
            context = assess(self._rules, plain[first:last], start - first, end - first)
            cue = self._cues[number]
            axes = (context.polarity, context.certainty, context.temporality, context.experiencer)
            found.add((doc, start, end, cue.indicator, cue.id, *axes, cue.language))
        return found


def _is_whole(text: str, start: int, end: int) -> bool:
    """Whether a match begins and ends with a word."""
    return not (start and text[start - 1].isalnum()) and not (end < len(text) and text[end].isalnum())
