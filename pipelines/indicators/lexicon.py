"""Receives the words of schemas/indicators; hands on the word forms that an element of a cue stands for; refuses an unknown list.

An element is one place of a cue: alternatives `a|b`, each of one word or of several joined by `_`. A word may carry an inflection: `take~`
(all forms of the verb), `passport+` (and its plural), `encerrad@` (both genders and numbers); `{document}` stands for a list of words.csv.
"""

import csv
import re
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from pipelines.core.errors import ConfigFault
from pipelines.indicators.inflect import genders, plural, verb
from pipelines.indicators.text import folded

Words = frozenset[str]
Sequence = tuple[Words, ...]
Element = tuple[Sequence, ...]
LANGUAGES = ("en", "es")
ALTERNATIVE = re.compile(r"/[^/]+/|[^|]+")
PART = re.compile(r"/[^/]+/|\{\w+\}|(?:[^\W_]|')+[~+@]?")


class Lexicon:
    """The lists, irregular forms and misspellings, read once."""

    def __init__(self, folder: Path) -> None:
        self._lists: dict[str, list[tuple[str, str]]] = {}
        for row in _rows(folder / "words.csv"):
            self._lists.setdefault(row["list"], []).append((row["language"], row["words"]))
        irregular = list(_rows(folder / "inflection.csv"))
        self._irregular = {(r["language"], r["lemma"]): (tuple(r["stems"].split()), tuple(r["forms"].split())) for r in irregular}
        self.misspelled = {row["wrong"]: row["right"] for row in _rows(folder / "misspellings.csv")}

    @cache  # noqa: B019  # one lexicon lives as long as the process
    def element(self, language: str, text: str) -> Element:
        """The alternatives of one element; those of one word are one set. Raises ConfigFault for what is not in the pattern language."""
        return _merged(self._alternatives(language, text))

    def _alternatives(self, language: str, text: str) -> list[Sequence]:
        found: list[Sequence] = []
        for alternative in ALTERNATIVE.findall(text):
            made: list[Sequence] = [()]
            parts = PART.findall(alternative)
            if "_".join(parts) != alternative or alternative != folded(alternative):
                raise ConfigFault(f"{alternative!r} is not in the pattern language: folded letters, ~, +, @, _, {{list}} or /expression/")
            for part in parts:
                made = [start + more for start in made for more in self._part(language, part)]
            found += made
        return found

    @cache  # noqa: B019  # the same
    def _part(self, language: str, part: str) -> Element:
        if part.startswith("{"):
            return self._list(part[1:-1])
        if part.startswith("/"):
            return ((frozenset({part}),),)
        stem, mark = (part[:-1], part[-1]) if part[-1] in "~+@" else (part, "")
        words = re.findall(r"'?[^\W_']+", stem)  # don't is two words, as in a text
        last = {words[-1]}
        if mark == "~":
            last = verb(language, words[-1], *self._irregular.get((language, words[-1]), ((), ())))
        elif mark:
            last = plural(language, words[-1]) if mark == "+" else genders(words[-1])
        return ((*(frozenset({word}) for word in words[:-1]), frozenset(last)),)

    @cache  # noqa: B019  # the same
    def _list(self, name: str) -> Element:
        if name not in self._lists:
            raise ConfigFault(f"schemas/indicators/words.csv: there is no list {name!r}")
        return _merged(sequence for language, words in self._lists[name] for sequence in self._alternatives(language, words))


def _merged(sequences: Iterable[Sequence]) -> Element:
    """Those of one word as one set, then the longer ones, each once."""
    single: set[str] = set()
    longer: dict[Sequence, None] = {}
    for sequence in sequences:
        if len(sequence) == 1:
            single |= sequence[0]
        else:
            longer[sequence] = None
    return (*(((frozenset(single),),) if single else ()), *longer)


def _rows(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
