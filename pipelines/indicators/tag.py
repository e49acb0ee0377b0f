"""Receives gated texts; hands on the indicators that are named in them, where, and in which context; never looks at a record.

Every word becomes one code (encode.py), every cue of schemas/indicators a pattern over codes (match.py). A match counts unless the sentence as
a whole speaks clearly against it, and a sentence that speaks clearly for an indicator needs no cue (classifier.py). What stands around says how
it is meant (context.py). A hit is a property of a text, not of a person.
"""

import re
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.core.taxonomy import load_indicators, taxonomy_version
from pipelines.indicators.classifier import DENIED, SURE, Classifier, Pieces
from pipelines.indicators.context import Reading, Rules, load_rules
from pipelines.indicators.cues import MINOR, Cue, load_cues
from pipelines.indicators.encode import BREAKS, END, TOKENS, Codes
from pipelines.indicators.excluded import blind_words, check, load_excluded
from pipelines.indicators.lexicon import Lexicon, Words
from pipelines.indicators.match import Match, Matcher, Pattern
from pipelines.indicators.text import folded

NUMBERS = ("doc", "start", "end")
COLUMNS = ("doc", "indicator", "cue", "polarity", "certainty", "temporality", "experiencer", "language", "start", "end", "taxonomy")
CHUNK = 500  # texts matched at once
NEAR = 3  # sentences within which a minor's age has to be named
OPPOSITE = {"affirmed": "negated", "negated": "affirmed"}


class Hit(NamedTuple):
    """One place of one text. `start` and `end` are code points of the given text."""

    doc: int
    start: int
    end: int
    indicator: str
    cue: str
    polarity: str
    certainty: str
    temporality: str
    experiencer: str
    language: str


class Tagger:
    """The compiled taxonomy. One instance serves any number of texts, in any batches, with the same result."""

    def __init__(self, schemas: Path) -> None:
        lexicon = Lexicon(schemas / "indicators")
        cues = load_cues(schemas, lexicon)
        check(schemas, cues)
        names = ("common", "english", "spanish", "reverses", "negation")
        common, english, spanish, reverses, negations = (_one_list(lexicon, name) for name in names)
        sets = [words for cue in cues for part in cue.parts for sequence in part.element for words in sequence]
        self._codes = Codes([*sets, english, spanish, reverses, negations], lexicon.misspelled, blind_words(schemas), _ordinary(schemas))
        no = self._codes.chars(negations)
        self._minor = re.compile("|".join(Pattern(self._codes, cue, no).expression for cue in cues if cue.indicator == MINOR))
        self._cues = [cue for cue in cues if cue.indicator != MINOR]
        self._pieces = Pieces(lexicon.misspelled, load_excluded(schemas))
        self._classifier = Classifier(schemas / "indicators" / "weights.csv")
        self._matcher = Matcher(self._codes, self._cues, common, reverses, no)
        self._without_cue = {one: len(self._cues) + number for number, one in enumerate(self._classifier.indicators)}
        self._cues += [Cue(f"{one}.words", one, "en", False, "", ()) for one in self._classifier.indicators]
        self._of_minors = frozenset(one.id for one in load_indicators(schemas).values() if one.minor_only)
        self._reverses = frozenset(self._codes.chars(reverses))
        self._tells = {"en": frozenset(self._codes.chars(english)), "es": frozenset(self._codes.chars(spanish))}
        self._rules: Rules = load_rules(schemas)
        self.version = taxonomy_version(schemas)

    @classmethod
    def load(cls, schemas: Path) -> "Tagger":
        """Compile schemas/indicators, once per process. Raises ConfigFault."""
        return _loaded(schemas)

    def tag(self, texts: pa.Array) -> pa.Table:
        """One row per hit, in order of doc, start, end, indicator."""
        rows = [hit for start in range(0, len(texts), CHUNK) for hit in self._tag_some(start, texts.slice(start, CHUNK).to_pylist())]
        columns = {name: [getattr(row, name) for row in rows] for name in Hit._fields} | {"taxonomy": [self.version] * len(rows)}
        return pa.table({name: pa.array(columns[name], pa.int32() if name in NUMBERS else pa.string()) for name in COLUMNS})

    def tag_one(self, text: str) -> list[Hit]:
        """The hits of one text, in order."""
        return self._tag_some(0, [text])

    def _tag_some(self, first: int, texts: list[str | None]) -> list[Hit]:
        """The hits of some texts, of which the first has number `first`."""
        plain = [folded(text or "") for text in texts]
        sentences: list[str] = []
        pieces: list[list[str]] = []
        begins: list[int] = []  # the number of each text's first sentence
        for text in plain:
            begins.append(len(sentences))
            self._read(text, sentences, pieces)
        scores = self._classifier.scores(pieces)
        matches = self._matcher.find(sentences, self._classifier.possible(scores))
        hits: list[Hit] = []
        text_of = -1
        for number in sorted({*matches, *np.flatnonzero((scores >= SURE).any(axis=1)).tolist()}):
            while text_of + 1 < len(begins) and begins[text_of + 1] <= number:
                text_of += 1
                breaks: list[int] = []
            if not breaks:
                text = plain[text_of]
                breaks = [0, *(m.end() for m in BREAKS.finditer(text)), len(text)]
                reading = Reading(self._rules, text)
                last = begins[text_of + 1] if text_of + 1 < len(begins) else len(sentences)
            around = sentences[max(begins[text_of], number - NEAR) : min(last, number + NEAR + 1)]
            kept = self._kept(matches.get(number, []), sentences[number], around, scores[number], pieces[number])
            if kept:
                place = number - begins[text_of]
                spans = self._spans(text, breaks[place], breaks[place + 1])
                tongue = self._language(sentences[number])
                denied = self._classifier.denies(scores[number])
                hits += [self._hit(first + text_of, reading, tongue, match, spans, denied) for match in kept]
        return sorted(hits)

    def _read(self, text: str, sentences: list[str], pieces: list[list[str]]) -> None:
        """Add a text's sentences: the codes of the words that the tagger is not blind to, and what the classifier sees of each."""
        words = TOKENS.findall(text)
        codes = [self._codes[word] for word in words]
        sentences += "".join(codes).split(END)
        pieces.append([])
        for word, code in zip(words, codes, strict=True):
            if code == END:
                pieces.append([])
            elif code:
                pieces[-1].append(self._pieces[word])

    def _spans(self, text: str, start: int, end: int) -> list[tuple[int, int]]:
        """Where the words between two places of a text stand, without those that the tagger is blind to."""
        return [m.span() for m in TOKENS.finditer(text, start, end) if self._codes[m[0]]]

    def _hit(self, doc: int, reading: Reading, tongue: str, match: Match, spans: list[tuple[int, int]], denied: bool) -> Hit:
        cue = self._cues[match[0]]
        start, end = spans[match[1]][0], spans[match[2] - 1][1]
        if match[1] and spans[match[1] - 1][1] == start:  # don't is two words: the hit takes the first along
            start = spans[match[1] - 1][0]
        context = reading.context(start, end)
        polarity = OPPOSITE[context.polarity] if cue.counter else context.polarity
        if denied and not cue.parts:  # a whole sentence may deny without a "no": she comes and goes as she likes
            polarity = "negated"
        axes = (polarity, context.certainty, context.temporality, context.experiencer)
        return Hit(doc, start, end, cue.indicator, cue.id, *axes, tongue or cue.language)

    def _kept(self, matches: list[Match], sentence: str, around: list[str], scores: npt.NDArray[np.int64], pieces: list[str]) -> list[Match]:
        """Of the matches of one indicator that overlap the counter cue, the longest, the first; and one for each indicator of which the sentence as
        a whole is sure without a cue. Of minors' indicators none without an age nearby.
        """
        kept: dict[str, list[Match]] = {}
        named = cache(lambda: any(map(self._minor.search, around)))
        for match in sorted(matches, key=lambda m: (not self._cues[m[0]].counter, m[1] - m[2], m[1], m[0])):
            cue = self._cues[match[0]]
            if cue.counter and not self._reverses.isdisjoint(sentence[match[1] + 1 : match[2]]):
                continue  # not in her own hands
            if cue.indicator in self._of_minors and not named():
                continue
            others = kept.setdefault(cue.indicator, [])
            if all(match[2] <= start or match[1] >= end for _, start, end in others):
                others.append(match)
        for label in np.flatnonzero(scores >= SURE).tolist() if scores.max() >= SURE else ():
            indicator = self._classifier.indicators[label]
            if indicator not in kept and indicator != DENIED and (indicator not in self._of_minors or named()):
                kept[indicator] = [(self._without_cue[indicator], *self._classifier.evidence(pieces, indicator))]
        return [match for others in kept.values() for match in others]

    def _language(self, sentence: str) -> str:
        """The language that more of the small words of a sentence belong to; nothing where that does not tell."""
        english, spanish = (sum(code in self._tells[language] for code in sentence) for language in ("en", "es"))
        return "" if english == spanish else "en" if english > spanish else "es"


@cache
def _loaded(schemas: Path) -> Tagger:
    return Tagger(schemas)


def _one_list(lexicon: Lexicon, name: str) -> Words:
    return lexicon.element("en", "{" + name + "}")[0][0]


def _ordinary(schemas: Path) -> set[str]:
    """Common words of both languages: none of them is a misspelling."""
    words: set[str] = set()
    for path in sorted((schemas / "vocabulary").glob("*.txt")):
        words.update(folded(path.read_text(encoding="utf-8")).split())
    return words
