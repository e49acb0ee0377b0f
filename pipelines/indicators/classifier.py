"""Receives the words of sentences; hands on how strongly each sentence speaks for each indicator, and which of its words do; knows no context.

A logistic regression per indicator over the words of a sentence and their pairs (Genkin, Lewis, Madigan, Large-scale Bayesian logistic
regression for text categorization, Technometrics 49:291, 2007), learnt from sentences that were invented and labelled for it
(tests/evaluation/learn.py). Words are cut to five letters, which stands for inflection in both languages and for endings misspelt. Weights are
whole hundredths of a logit, so that every sum is exact: no machine, order or batch gives another. A sum never leaves the tagger.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
from pyarrow import compute as pc
from pyarrow import csv

LETTERS = 5
BIAS = "-"  # the feature that every sentence has
DENIED = "DENIED"  # in the place of an indicator: that what a sentence speaks of is said not to be so
SURE = 0  # hundredths of a logit: a hit without a cue
RULED_OUT = -350  # one in thirty or so: below it no cue is believed
AT_ONCE = 200  # sentences: their weights stay in the processor's cache
REMEMBERED = 200_000  # distinct words; beyond it a word is looked at again each time, and memory stays flat


class Pieces(dict[str, str]):
    """Word -> what the classifier sees of it, filled as words are seen: nothing of the excluded ones, of a number its kind."""

    def __init__(self, misspelled: dict[str, str], excluded: Iterable[str]) -> None:
        super().__init__()
        self._misspelled, self._excluded = misspelled, frozenset(excluded)

    def __missing__(self, word: str) -> str:
        right = self._misspelled.get(word, word)
        piece = "" if {word, right} & self._excluded else _number(right) if right[-1].isdecimal() else right[:LETTERS]
        if len(self) < REMEMBERED:
            self[word] = piece
        return piece


def _number(word: str) -> str:
    """What kind of number it is: the age of a minor tells other things than a house rent."""
    if ":" in word:
        return "#time"
    plain = word.lstrip("$€£")
    value = float(plain.replace(",", "")) if plain.count(".") < 2 else 0
    kind = "few" if value < 10 else "minor" if value < 18 else "tens" if value < 100 else "many"
    return ("#" if plain == word else "$") + kind


def features(pieces: Sequence[str]) -> Iterator[str]:
    """The words of a sentence, and each with the next."""
    seen = [piece for piece in pieces if piece]
    yield BIAS
    yield from seen
    yield from map(" ".join, pairwise(seen))


class Classifier:
    """The weights of schemas/indicators/weights.csv: a row per feature and indicator."""

    def __init__(self, path: Path) -> None:
        table = csv.read_csv(path)
        names, labels = (pc.dictionary_encode(table[name].combine_chunks()) for name in ("feature", "indicator"))
        order = np.argsort(names.indices.to_numpy(), kind="stable")
        self.indicators: list[str] = labels.dictionary.to_pylist()  # and DENIED
        self._number = {name: number for number, name in enumerate(names.dictionary.to_pylist())}
        self._begins: npt.NDArray[np.int64] = np.searchsorted(names.indices.to_numpy()[order], np.arange(len(self._number) + 1))
        self._labels, self._weights = labels.indices.to_numpy()[order], table["weight"].to_numpy()[order]
        self._of: dict[str, dict[str, int]] = {indicator: {} for indicator in self.indicators}
        for row in zip(*(table[name].to_pylist() for name in ("indicator", "feature", "weight")), strict=True):
            self._of[row[0]][row[1]] = row[2]

    def scores(self, sentences: Sequence[Sequence[str]]) -> npt.NDArray[np.int64]:
        """Hundredths of a logit, for each sentence (of pieces) and indicator."""
        parts = [self._some_scores(sentences[start : start + AT_ONCE]) for start in range(0, len(sentences), AT_ONCE)]
        return np.concatenate([np.empty((0, len(self.indicators)), np.int64), *parts])

    def _some_scores(self, sentences: Sequence[Sequence[str]]) -> npt.NDArray[np.int64]:
        known = [[self._number[f] for f in dict.fromkeys(features(pieces)) if f in self._number] for pieces in sentences]
        found = np.array([number for numbers in known for number in numbers], np.int64)
        rows = np.repeat(np.arange(len(known)), [len(numbers) for numbers in known])
        begins, counts = self._begins[found], self._begins[found + 1] - self._begins[found]
        places = np.arange(counts.sum()) + np.repeat(begins - np.concatenate(([0], np.cumsum(counts)[:-1])), counts)
        cells = np.repeat(rows, counts) * len(self.indicators) + self._labels[places]
        sums = np.bincount(cells, self._weights[places], len(known) * len(self.indicators))  # whole numbers: exact
        return sums.astype(np.int64).reshape(len(known), len(self.indicators))

    def possible(self, scores: npt.NDArray[np.int64]) -> dict[str, int]:
        """For each indicator the sentences, as bits of a whole number, in which it is not ruled out."""
        bits = np.packbits(scores >= RULED_OUT, axis=0, bitorder="little")
        return {indicator: int.from_bytes(bits[:, label].tobytes(), "little") for label, indicator in enumerate(self.indicators)}

    def denies(self, scores: npt.NDArray[np.int64]) -> bool:
        """Whether a sentence says that what it speaks of is not so, by its row of scores."""
        return bool(scores[self.indicators.index(DENIED)] >= SURE)

    def evidence(self, pieces: Sequence[str], indicator: str) -> tuple[int, int]:
        """The run of words that speaks most for an indicator: first, and after the last. A pair's weight is half of each of its words."""
        weight = self._of[indicator].get
        worth = [0.0] * len(pieces)
        before: int | None = None
        for place, piece in enumerate(pieces):
            if not piece:
                continue
            worth[place] += weight(piece, 0)
            if before is not None:
                half = weight(f"{pieces[before]} {piece}", 0) / 2
                worth[before] += half
                worth[place] += half
            before = place
        return _best_run(worth)


def _best_run(worth: Sequence[float]) -> tuple[int, int]:
    """The run of the greatest sum, the first and shortest of several (Bentley, Programming Pearls, Communications of the ACM 27:865, 1984)."""
    best, begin, end, total, start = 0.0, 0, 0, 0.0, 0
    for place, value in enumerate(worth):
        if total <= 0:
            total, start = 0.0, place
        total += value
        if total > best:
            best, begin, end = total, start, place + 1
    return begin, end
