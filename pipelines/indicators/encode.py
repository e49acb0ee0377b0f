"""Receives the sets of words that cues are made of; hands on a code, one character, for every word of a text; changes no text.

Words that no cue tells apart share a character. So a sentence becomes a short string, an element of a cue a character class, and a cue a
regular expression over it that never sees spelling. What a word is, is decided once per distinct word: misspellings, Spanish clitics
and numbers cost nothing after that.
"""

import re
from collections.abc import Iterable
from functools import cached_property

from pipelines.indicators.lexicon import Words

ABBREVIATED = (  # before a full stop that ends nothing, by length
    "dr mr ms sr jr fr vs wk yr",
    "apt ave det eta ext mrs ofc sgt sra sus vic yrs",
    "blvd dept sosp srta susp",
    "aprox",
    "approx",
)
BREAK = r"[!?\n]+|\.+(?!\w)(?<!\b[a-z]\.)" + "".join(rf"(?<!\b(?:{words.replace(' ', '|')})\.)" for words in ABBREVIATED)
BREAKS = re.compile(BREAK)
TOKENS = re.compile(rf"'?[a-z]+|{BREAK}|[$€£]?\d+(?:[.,:]\d+)*|\[\w+\]|[^\W\d_]+")
END = "\n"  # of a sentence
OTHER = "x"  # a word of no cue
FIRST = 0x4E00
REMEMBERED = 200_000  # distinct words; beyond it a word is looked at again each time, and memory stays flat
NUMBERS = ("{}", "${}", "{}.50", "${}.50", "{},000", "${},000", "{}:00")  # spellings whose codes are known before a text is
LONG = 9  # letters: a shorter word is too easily another one
CLITICS = re.compile(r"(\w{2,}(?:ar|er|ir|ando|iendo|yendo|\w[aei]n?))(?:(?:me|te|se|nos|le|les|lo|la|los|las){1,2})$")


class Codes(dict[str, str]):
    """Word -> code, filled as words are seen. `ignored` words have no code at all: the tagger is blind to them."""

    def __init__(self, sets: Iterable[Words], misspelled: dict[str, str], ignored: Iterable[str], ordinary: Iterable[str]) -> None:
        super().__init__()
        self._members: dict[str, list[int]] = {}
        self._sets = list(dict.fromkeys(sets))
        for number, words in enumerate(self._sets):
            for word in words:
                self._members.setdefault(word, []).append(number)
        self._regexes = [(re.compile(word[1:-1]), numbers) for word, numbers in sorted(self._members.items()) if word.startswith("/")]
        self._misspelled, self._ignored, self._ordinary = misspelled, frozenset(ignored), frozenset(ordinary)
        self._code_of: dict[tuple[int, ...], str] = {(): OTHER}
        self._chars: list[list[str]] = [[] for _ in self._sets]
        self._complete = False
        for word in sorted(self._members):
            self[word]
        for number in range(3_000):
            for spelling in NUMBERS:
                self[spelling.format(number)]
        self._complete = True

    def chars(self, words: Words) -> str:
        """The codes of the words of a set, sorted. Complete only for sets given at the start."""
        return "".join(sorted(set(self._chars[self._number[words]])))

    @cached_property
    def _number(self) -> dict[Words, int]:
        return {words: number for number, words in enumerate(self._sets)}

    def __missing__(self, word: str) -> str:
        code = self._decide(word)
        if len(self) < REMEMBERED:
            self[word] = code
        return code

    def _decide(self, word: str) -> str:
        if word in self._ignored:
            return ""
        if word[0] in ".!?\n":
            return END
        return self._code(self._meaning(word))

    def _meaning(self, word: str) -> tuple[int, ...]:
        if word[-1].isdigit():
            found = {n for regex, numbers in self._regexes if regex.fullmatch(word) for n in numbers}
            return tuple(sorted(found | set(self._members.get(word, ()))))
        known = {n for form in (word, self._misspelled.get(word, "")) for n in self._members.get(form, ())}
        if known or word.lstrip("'") in self._members:
            return tuple(sorted(known)) or tuple(self._members[word.lstrip("'")])
        if word in self._ordinary:
            return ()
        if (match := CLITICS.match(word)) and match[1] in self._members:
            return tuple(self._members[match[1]])
        return tuple(self._members.get(self._near(word), ()))

    def _code(self, meaning: tuple[int, ...]) -> str:
        code = self._code_of.get(meaning)
        if code is None and not self._complete:
            code = self._code_of[meaning] = chr(FIRST + len(self._code_of))
            for number in meaning:
                self._chars[number].append(code)
        return code or OTHER

    def _near(self, word: str) -> str:
        """The one known long word that a slip of one letter away from it, with the same first letter; or nothing."""
        if len(word) < LONG:
            return ""
        shorter = {word[:i] + word[i + 1 :] for i in range(1, len(word))}
        near = {known for form in (word, *shorter) for known in self._slips.get(form, ()) if abs(len(known) - len(word)) < 2}
        near |= shorter & self._long
        return min(near) if len(near) == 1 else ""

    @cached_property
    def _long(self) -> set[str]:
        return {word for word in self._members if len(word) >= LONG and word.isalpha()}

    @cached_property
    def _slips(self) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for word in sorted(self._long):
            for form in {word[:i] + word[i + 1 :] for i in range(1, len(word))}:
                found.setdefault(form, []).append(word)
        return found
