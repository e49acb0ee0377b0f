"""Receives cues; hands on where they match in sentences that are written in codes; never sees a word.

A cue is tried on a sentence only where all of its elements occur in it. That is found for many sentences at once: a whole number stands for
the set of sentences in which an element occurs, one bit each, and the elements of a cue are joined by `&`, the rarest first. So the number
of cues hardly sets the speed. Nor is a cue tried where the sentence as a whole speaks clearly against its indicator.
"""

import re
from collections.abc import Mapping, Sequence
from functools import cache, cached_property

from pipelines.indicators.cues import Cue
from pipelines.indicators.encode import END, OTHER, Codes
from pipelines.indicators.lexicon import Element, Words

COMMON = 40  # a word of the list `common` counts as so many rare ones
Match = tuple[int, int, int]  # number of the cue, first word, word after the last


class Pattern:
    """One cue as a regular expression over codes, compiled when it is first needed."""

    def __init__(self, codes: Codes, cue: Cue, negations: str) -> None:
        self._codes, self._cue, self._negations = codes, cue, negations

    @cached_property
    def expression(self) -> str:
        """A gap is as short as it can be, and holds neither the end of a sentence nor a "no": what is denied has to be seen as denied."""
        made = []
        for part in self._cue.parts:
            if part.kind == "gap":
                made.append(f"[^{END}{self._negations}]{{0,{part.width}}}?")
            else:
                made.append({"word": "{}", "optional": "(?:{})?", "not": "(?!{})"}[part.kind].format(self._element(part.element)))
        return "".join(made)

    @cached_property
    def compiled(self) -> re.Pattern[str]:
        return re.compile(self.expression)

    def _element(self, element: Element) -> str:
        choices = ["".join(f"[{self._codes.chars(words)}]" for words in sequence) for sequence in element]
        return choices[0] if len(choices) == 1 else f"(?:{'|'.join(sorted(choices, key=len, reverse=True))})"


class Matcher:
    """All cues, and the elements that they share."""

    def __init__(self, codes: Codes, cues: list[Cue], common: Words, reverses: Words, negations: str) -> None:
        self._reverses = frozenset(codes.chars(reverses))
        self._patterns = [Pattern(codes, cue, negations) for cue in cues]
        numbers: dict[frozenset[str], int] = {}
        needs: dict[tuple[str, tuple[int, ...]], list[int]] = {}
        for number, cue in enumerate(cues):
            elements = sorted((p.element for p in cue.parts if p.kind == "word"), key=lambda element: _weight(element, common))
            firsts = [frozenset(code for sequence in element for code in codes.chars(sequence[0])) for element in elements]
            needed = tuple(dict.fromkeys(numbers.setdefault(codes, len(numbers)) for codes in firsts))
            needs.setdefault((cue.indicator, needed), []).append(number)
        self._elements = [tuple(sorted(codes)) for codes in numbers]
        self._needs = [(indicator, needed[0], needed[1:], tuple(cues_of)) for (indicator, needed), cues_of in needs.items()]

    def find(self, sentences: Sequence[str], possible: Mapping[str, int]) -> dict[int, list[Match]]:
        """The matches in each sentence that has any, of each cue those that do not overlap, as short as they can be. `possible` has the
        sentences, as bits, in which an indicator is looked for.
        """
        places: dict[str, int] = {}
        for number, sentence in enumerate(sentences):
            bit = 1 << number
            for code in set(sentence):
                places[code] = places.get(code, 0) | bit
        places.pop(OTHER, None)
        where = [0] * len(self._elements)
        for number, codes in enumerate(self._elements):
            for code in codes:
                if code in places:
                    where[number] |= places[code]
        found: dict[int, list[Match]] = {}
        for indicator, first, others, cues in self._needs:
            if left := where[first] & possible.get(indicator, -1):
                for other in others:
                    left &= where[other]
                if left:
                    self._try(cues, sentences, left, found)
        return found

    def _try(self, cues: tuple[int, ...], sentences: Sequence[str], left: int, found: dict[int, list[Match]]) -> None:
        """Match the cues in the sentences whose bits are set."""
        while left:
            low = left & -left
            number = low.bit_length() - 1
            left ^= low
            for cue in cues:
                compiled, sentence = self._patterns[cue].compiled, sentences[number]
                for match in compiled.finditer(sentence):
                    start, end = match.span()
                    while (closer := compiled.search(sentence, start + 1, end)) and closer.end() == end:
                        if not self._reverses.isdisjoint(sentence[start : closer.start()]):
                            break  # a "no" that belongs to the cue stays in it
                        start = closer.start()
                    found.setdefault(number, []).append((cue, start, end))


@cache
def _weight(element: Element, common: Words) -> int:
    return sum(1 + COMMON * (word in common) for sequence in element for word in sequence[0])
