"""Receives a text and places in it; hands on whether what stands there is affirmed, certain, current and about the person reported on.

The method is ConText's (Harkema et al. 2009, J Biomed Inform 42:839-851): a trigger before or after a hit sets an axis as far as it reaches, unless
a word that ends its scope stands between. The triggers are data, schemas/indicators/context.csv, whose columns are

    trigger    words; `(a|b)` alternatives, also inside a word; `?` after a word or a bracket makes it optional; `_` any word; `#` a number;
               `@` a year; `^` the start of the sentence and `$` its end; punctuation stands for itself
    language   en or es: whose reader reviews the row; a text may change its language within a sentence, so all rows apply to all texts
    sets       polarity, certainty, temporality or experiencer; `stop` ends the reach of others; `mask` sets nothing and hides shorter triggers
    value      what the axis is set to; of a stop, the axes that it ends, or single values of them
    direction  where the trigger stands, one or several: `before` or `after` the hit, `inside` it, or earlier in the `text`, in a sentence before
    reach      how many words and marks at most lie between; blank: no limit but the sentence; `clause`: as blank, but over a comma or an "and"
               only in a row of alternatives ("did not hit, push or threaten")

The longest trigger at a place wins; of two triggers of one axis the nearer one. Words inside a hit trigger nothing but where
a row says so. A double negation is a row of
its own with what it means ("not without": affirmed); two negations that no row joins stay negated, which errs on the side of not counting.
"""

import re
from bisect import bisect_right
from functools import lru_cache
from itertools import product
from typing import NamedTuple

from pipelines.indicators.rules import AXES, CLAUSE, FIRST, LAST, WORDS, Rules, load_rules
from pipelines.indicators.text import sentences
from pipelines.indicators.triggers import Trigger, everywhere, left_to_right, unmasked

__all__ = ["Context", "Reading", "Rules", "Sentence", "assess", "load_rules"]


class Context(NamedTuple):
    """What the words around a hit say about it."""

    polarity: str = "affirmed"
    certainty: str = "certain"
    temporality: str = "current"
    experiencer: str = "reported"


Found = dict[str, str]  # axis -> value, where a trigger says so
ALL = {values: Context(*values) for values in product(*AXES.values())}
DEFAULT = Context()
QUOTE = re.compile(r"(?<![a-z0-9])'|'(?![a-z0-9])")
CUT = "\n"  # no word, so no trigger goes on over it
BREAKS = frozenset({",", "and", "&", "y"})
ALTERNATIVES = frozenset({"or", "nor", "o", "ni"})
NEAR = 12  # words in which the last alternative of a row is looked for


class Sentence:
    """The words and triggers of one folded sentence, found once, for any number of hits in it."""

    __slots__ = ("_found", "_rules", "_sets", "_stops", "_text", "_words")

    def __init__(self, rules: Rules, text: str) -> None:
        self._rules = rules
        self._text = QUOTE.sub('"', text) if "'" in text else text
        self._words = [FIRST, *self._seen(0, len(self._text)), LAST]
        self._found = left_to_right(rules.sets, self._words)
        self._sets = [trigger for trigger in self._found if trigger.meanings[0].value]
        self._stops: list[Trigger] | None = None

    def context(self, start: int, end: int, carried: Found | None = None) -> Context:
        """The context of the span [start, end) of the sentence; `carried` is what earlier sentences say about the rest of the text."""
        if not self._found and not carried:
            return DEFAULT
        if self._stops is None:
            self._stops = unmasked(everywhere(self._rules.stops, self._words), self._found)
        first = 1 + len(self._seen(0, start))
        last = first + len(self._seen(start, end))
        before = [trigger for trigger in self._sets if trigger.last <= first]
        if any(trigger.first < first < trigger.last for trigger in self._found):
            # What runs into the hit counts as far as it stands before it.
            before = [t for t in left_to_right(self._rules.sets, [*self._words[:first], CUT]) if t.meanings[0].value]
        found = {**self._after(last), **(carried or {}), **self._before(before, first), **self._inside(first, last)}
        return ALL[tuple(found.get(axis, default) for axis, default in zip(AXES, DEFAULT, strict=True))] if found else DEFAULT

    def _seen(self, start: int, end: int) -> list[str]:
        """The words and marks between two places, without the excluded ones, to which no distance is counted either."""
        return [word for word in WORDS.findall(self._text, start, end) if word not in self._rules.blind]

    def carries(self) -> Found:
        """What this sentence says about the rest of the text."""
        return {m.axes[0]: m.value for t in self._sets for m in t.meanings if "text" in m.sides}

    def _before(self, triggers: list[Trigger], first: int) -> Found:
        """What the triggers before word `first` set; a stop ends the reach of those that end where it begins or earlier."""
        found: Found = {}
        waiting = iter(self._stops or ())
        stop = next(waiting, None)
        for trigger in [*triggers, None]:
            upto = trigger.last if trigger else first
            while stop and stop.first < upto:
                for meaning in stop.meanings if found else ():
                    if "before" in meaning.sides:
                        found = {axis: value for axis, value in found.items() if axis not in meaning.axes and value not in meaning.axes}
                stop = next(waiting, None)
            for axes, value, sides, reach in trigger.meanings if trigger else ():
                reaches = self._in_clause(upto, first) if reach == CLAUSE else first <= upto + reach
                if "before" in sides and reaches and not (value == "hedged" and found.get("certainty") == "hypothetical"):
                    found[axes[0]] = value
        return found

    def _in_clause(self, upto: int, first: int) -> bool:
        """Whether what lies between stays in one clause, or in a row of alternatives that goes on over commas."""
        return BREAKS.isdisjoint(self._words[upto:first]) or not ALTERNATIVES.isdisjoint(self._words[upto : first + NEAR])

    def _after(self, last: int) -> Found:
        """What the triggers from word `last` on set, unless a stop stands between."""
        found: Found = {}
        for trigger in self._sets:
            for axes, value, sides, reach in trigger.meanings:
                if "after" in sides and axes[0] not in found and last <= trigger.first <= last + reach:
                    between = (
                        m.axes for stop in self._stops or () if last <= stop.first < trigger.first for m in stop.meanings if "after" in m.sides
                    )
                    if not any(axes[0] in ended or value in ended for ended in between):
                        found[axes[0]] = value
        return found

    def _inside(self, first: int, last: int) -> Found:
        """What the triggers that end within the hit set, where their rows say so."""
        inside = (trigger for trigger in self._sets if first < trigger.last <= last)
        return {m.axes[0]: m.value for trigger in inside for m in trigger.meanings if "inside" in m.sides}


class Reading:
    """A folded text, whose sentences are read when a hit in them, or after them, is asked about."""

    def __init__(self, rules: Rules, text: str) -> None:
        self._rules, self._text = rules, text
        self._spans = sentences(text)
        self._starts = [start for start, _ in self._spans]
        self._carried: list[Found] | None = None if rules.carriers.find_matches_as_indexes(text) else [{}] * len(self._spans)

    def context(self, start: int, end: int) -> Context:
        """The context of the span [start, end) of the text. A span over several sentences is read as one sentence."""
        number, final = self._sentence_at(start), self._sentence_at(max(start, end - 1))
        first, last = self._spans[number][0], self._spans[final][1]
        if self._carried is None:
            self._carried = self._carry()
        return _read(self._rules, self._text[first:last]).context(start - first, end - first, self._carried[number])

    def _sentence_at(self, position: int) -> int:
        return max(0, bisect_right(self._starts, position) - 1)

    def _carry(self) -> list[Found]:
        """For each sentence, what the sentences before it say about the rest of the text."""
        found: list[Found] = []
        carried: Found = {}
        for start, end in self._spans:
            found.append(carried)
            carries = _read(self._rules, self._text[start:end]).carries()
            carried = {**carried, **carries} if carries else carried
        return found


@lru_cache(maxsize=1 << 13)
def _read(rules: Rules, sentence: str) -> Sentence:
    """A sentence that comes again, as formulas do, is read once. The cache is bounded, so that memory stays flat."""
    return Sentence(rules, sentence)


def assess(rules: Rules, sentence: str, start: int, end: int) -> Context:
    """The context of the span [start, end) of one folded sentence, without what the rest of its text says."""
    return _read(rules, sentence).context(start, end)
