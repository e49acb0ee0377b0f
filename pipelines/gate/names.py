"""Receives the words of a batch; hands on which of them may name somebody; lets through what the closed vocabulary knows as a word.

An allow-list, not a list of names. A word that no list knows does not pass. A known one passes unless it is also a name: then a capital letter
inside a sentence tells the name, and in small letters or at the start of a sentence the words around it must show that it is a word
("a brown van", "the hall"), since "brown" and "hall" are borne by many. After a title or a cue such as "named" a name follows.
"""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.gate.bits import bit
from pipelines.gate.tokens import Bits, Tokens

Flags = npt.NDArray[np.bool_]
Rows = npt.NDArray[np.int64]

EDGE = 3  # how far a rule looks
CHAIN = 4  # names after a name: first, middle and last ones
_ROLES = bit("NOUN", "ADJECTIVE", "VERB", "WEAK")
_PASSES = bit("KNOWN", "PLAIN", "SHORT")
_IN_LISTS = _PASSES | _ROLES | bit("PROPER", "ACRONYM", "LETTER", "MONTH", "PLACE", "SCALE")

_NO_NAME = bit("PROPER", "MONTH", "ACRONYM", "KIND", "COUNTY", "FUNCTION", "DETERMINER", "PRONOUN", "ABBREVIATION")


@dataclass(frozen=True)
class Verdict:
    """For each word: whether it is masked, whether as a name (else as an unknown word or number), whether a cue leaves its extent unclear, whether
    it is masked although the lists know it, and whether it is a placeholder that stands there already."""

    masked: Flags
    name: Flags
    unclear: Flags
    known: Flags
    placeholder: Flags


def judge(tokens: Tokens) -> Verdict:
    """Judge every word. Linear: each rule looks at a word and at most two neighbours."""
    words = _Neighbourhood(tokens.bits, tokens.lead)
    every = np.arange(len(tokens.bits))
    masked = np.zeros(len(every), bool)
    doubtful = np.flatnonzero(~words.has(every, bit("PASS")) | words.has(every, bit("TITLE", "CUE", "CUE_TWO", "LABEL")))
    rows = doubtful[~words.has(doubtful, bit("PASS"))]
    masked[rows] = ~_passes(words, rows, words.small(rows))
    statutes = rows[masked[rows] & words.has(rows, bit("FOUR")) & words.has(rows, bit("LETTER"), -1) & words.has(rows, bit("LETTER"), -3)]
    masked[[row for row in statutes.tolist() if row > 2 and _is_of_law(tokens, row - 3)]] = False
    masked |= words.placeholder
    named = np.zeros(len(every), bool)
    unclear = np.zeros(len(every), bool)
    _after_cues(words, doubtful, masked, named, unclear)
    _chains(words, masked, named)
    _initials(tokens, words, masked, named)
    masked &= ~words.placeholder
    name = (named | words.has(every, bit("CAPITAL", "UPPER"))) & masked
    return Verdict(masked, name, unclear, masked & words.has(every, _IN_LISTS | bit("DIGIT")), words.placeholder)


class _Neighbourhood:
    """Bits of a word and of its neighbours; beyond the ends of the batch stands nothing."""

    def __init__(self, bits: Bits, lead: int) -> None:
        edge = np.array([bit("END", "STOP", "GAP")] * EDGE, np.uint64)
        self._bits = np.concatenate((edge, bits, edge))
        self._bits[EDGE - 1] |= np.uint64(lead & bit("OPEN", "MONEY"))
        previous = self._bits[EDGE - 1 : -EDGE - 1]
        self.placeholder: Flags = (
            (bits & np.uint64(bit("KIND")) != 0) & (previous & np.uint64(bit("OPEN")) != 0) & (bits & np.uint64(bit("CLOSE")) != 0)
        )

    def has(self, rows: Rows, wanted: int, step: int = 0) -> Flags:
        """Whether the word `step` places on has any of the wanted bits."""
        found: Flags = self._bits[rows + (EDGE + step)] & np.uint64(wanted) != 0
        return found

    def joined(self, rows: Rows, step: int = 0) -> Flags:
        """Whether only a space or a hyphen stands before the word `step` places on."""
        return ~self.has(rows, bit("GAP", "STOP"), step - 1)

    def small(self, rows: Rows) -> Flags:
        """Whether the letter case tells nothing: small letters, the start of a sentence, or a stretch in capitals."""
        starts = self.has(rows, bit("STOP"), -1) & ~(self.has(rows, bit("ABBREVIATION"), -1) & self.has(rows, bit("DOT"), -1))
        starts &= ~(self.has(rows, bit("LETTER"), -1) & self.has(rows, bit("CAPITAL"), -1) & self.has(rows, bit("DOT"), -1))
        shouted = self.has(rows, bit("UPPER")) & (self.has(rows, bit("UPPER"), -1) | self.has(rows, bit("UPPER"), 1))
        return ~self.has(rows, bit("CAPITAL", "UPPER")) | starts | shouted

    def content(self, rows: Rows, step: int) -> Flags:
        """Whether the word `step` places on is an ordinary one in small letters and neither a verb nor a function word, as far as is known."""
        return self.has(rows, bit("KNOWN", "PLAIN"), step) & ~self.has(
            rows, bit("FUNCTION", "CAPITAL", "DIGIT", "TITLE", "CUE", "LETTER", "KIND", "DETERMINER"), step
        )


def _passes(words: _Neighbourhood, rows: Rows, informal: Flags) -> Flags:
    """Whether words that are unknown, or names as well, pass."""
    passes = informal & words.has(rows, bit("KNOWN", "PLAIN", "PROPER"))
    passes |= ~informal & words.has(rows, bit("KNOWN", "PROPER"))
    passes |= words.has(rows, bit("ACRONYM")) & (words.has(rows, bit("UPPER")) | ~words.has(rows, bit("CAPITAL")))
    passes |= words.has(rows, bit("LETTER"))
    passes |= words.has(rows, bit("SHORT")) & ~words.has(rows, bit("SCALE"))
    amount = words.has(rows, bit("MONEY"), -1) | (words.joined(rows, 1) & words.has(rows, bit("UNIT"), 1))
    numbered = words.has(rows, bit("FOUR")) & words.has(rows, bit("NUMBERED"), -1) & ~words.has(rows, bit("STOP", "END"), -1)
    passes |= words.has(rows, bit("SCALE")) & (amount | words.has(rows, bit("SHORT")) | numbered)
    passes |= words.has(rows, bit("NUMBERED")) & words.joined(rows, 1) & words.has(rows, bit("DIGIT"), 1)
    near_day = (words.has(rows, bit("DIGIT"), -1) & ~words.has(rows, bit("STOP"), -1)) | (
        words.has(rows, bit("DIGIT"), 1) & ~words.has(rows, bit("STOP"))
    )
    opened = words.joined(rows) & words.has(rows, bit("OPENER", "DETERMINER"), -1)
    passes |= words.has(rows, bit("MONTH")) & (near_day | (opened & ~words.has(rows, bit("TITLE", "CUE"), -1)))
    county = words.joined(rows, 1) & words.has(rows, bit("COUNTY"), 1) | words.joined(rows) & words.has(rows, bit("SAINT"), -1)
    county |= words.joined(rows) & words.has(rows, bit("PLACE"), -1) & words.has(rows, bit("SAINT"), -2)
    located = words.joined(rows) & words.has(rows, bit("LOCATES"), -1) & ~words.has(rows, bit("CAPITAL", "UPPER", "KIND"), -2)
    located &= ~words.has(rows, bit("GAP", "STOP"), -2) & words.has(rows, _IN_LISTS, -2)
    located &= ~(words.joined(rows, 1) & words.has(rows, bit("CAPITAL", "UPPER"), 1))
    passes |= words.has(rows, bit("PLACE")) & (county | (located & words.has(rows, bit("LOCATES"))))
    passes |= words.has(rows, bit("SAINT")) & words.joined(rows, 1) & words.has(rows, bit("PLACE"), 1)
    counted = words.has(rows, bit("UNIT")) & words.joined(rows) & words.has(rows, bit("FUNCTION"), -1)
    counted &= words.has(rows, bit("GAP", "STOP")) | words.has(rows, bit("SUBJECT"), 1)
    return passes | informal & (counted | _is_word_here(words, rows))


def _is_word_here(words: _Neighbourhood, rows: Rows) -> Flags:
    """Whether the neighbours show that a name-like word is used as a word."""
    after = words.joined(rows, 1) & words.content(rows, 1)
    joined = words.joined(rows)
    before = joined & words.content(rows, -1)
    opened = joined & (words.has(rows, bit("DETERMINER"), -1) | words.has(rows, bit("DIGIT"), -1))
    first = ~joined
    adjective = words.has(rows, bit("ADJECTIVE")) & (after | before | opened | (joined & words.has(rows, bit("COPULA"), -1)))
    noun = words.has(rows, bit("NOUN", "VERB", "WEAK")) & (opened | before | (joined & words.has(rows, bit("ADJECTIVE"), -1)) | (first & after))
    pronoun = words.joined(rows, 1) & words.has(rows, bit("PRONOUN"), 1)
    verb = words.has(rows, bit("VERB")) & (joined & words.has(rows, bit("SUBJECT", "COPULA"), -1) | pronoun)
    weak = words.has(rows, bit("WEAK")) & joined & words.has(rows, bit("PREPOSITION"), -1)
    unknown_before = joined & ~words.has(rows, _IN_LISTS, -1) | (joined & words.has(rows, bit("KIND"), -1))
    in_a_name = joined & words.has(rows, bit("PARTICLE"), -1) & words.joined(rows, -1) & _ends_unknown(words, rows)
    before_a_name = words.joined(rows, 1) & words.has(rows, bit("CAPITAL"), 1) & ~words.has(rows, bit("KNOWN", "PROPER", "MONTH"), 1)
    titled = joined & words.has(rows, bit("TITLE", "CUE"), -1)
    return (adjective | noun | verb | weak) & ~unknown_before & ~in_a_name & ~before_a_name & ~titled


def _ends_unknown(words: _Neighbourhood, rows: Rows) -> Flags:
    """Whether an unknown word stands before the one or two particles before a word, as in "xx de la cruz"."""
    two = words.has(rows, bit("PARTICLE"), -2) & words.joined(rows, -2) & ~words.has(rows, _IN_LISTS & ~bit("LETTER"), -3)
    return ~words.has(rows, _IN_LISTS, -2) | two


def _after_cues(words: _Neighbourhood, doubtful: Rows, masked: Flags, named: Flags, unclear: Flags) -> None:
    """What a title, a cue or a label announces is a name."""
    cues = doubtful[doubtful + 1 < len(masked)]
    close = ~words.has(cues, bit("GAP", "STOP")) | (words.has(cues, bit("ABBREVIATION")) & words.has(cues, bit("DOT")))
    titles = cues[words.has(cues, bit("TITLE")) & close] + 1
    titles = titles[words.has(titles, bit("CAPITAL", "UPPER")) & ~words.has(titles, bit("FUNCTION", "ACRONYM", "KIND", "TITLE"))]
    pair = words.has(cues, bit("CUE_TWO")) & words.joined(cues) & words.has(cues, bit("CUE_ONE"), -1)
    announced = (words.has(cues, bit("CUE")) | pair) & ~words.has(cues, bit("END")) & (close | words.has(cues, bit("COLON")))
    strong = cues[announced] + 1
    strong = strong[~words.has(strong, bit("FUNCTION", "DETERMINER", "DIGIT", "KIND", "COPULA", "CUE_TWO", "CUE"))]
    labels = cues[words.has(cues, bit("LABEL")) & words.has(cues, bit("COLON")) & ~words.has(cues, bit("END"))] + 1
    labels = labels[words.has(labels, bit("CAPITAL", "UPPER"))]
    unclear[strong[~words.has(strong, bit("CAPITAL", "UPPER")) & ~words.has(strong, _IN_LISTS)]] = True
    for rows in (titles, strong, labels):
        masked[rows] = named[rows] = True


def _chains(words: _Neighbourhood, masked: Flags, named: Flags) -> None:
    """A capitalised word that follows a name is part of it, and so is one before it that may be a name."""
    start = np.flatnonzero(masked & (named | words.has(np.arange(len(masked)), bit("CAPITAL", "UPPER", "KIND"))))
    for _ in range(CHAIN):
        rows = start + 1
        rows = rows[rows < len(masked)]
        rows = rows[words.joined(rows) & words.has(rows, bit("CAPITAL", "UPPER")) & ~words.has(rows, _NO_NAME)]
        rows = rows[~(words.has(rows, bit("UPPER")) & words.has(rows, bit("UPPER"), -1) & words.has(rows, bit("KNOWN", "PLAIN")))]
        start = rows[~masked[rows]]
        masked[start] = named[start] = True


def _is_of_law(tokens: Tokens, row: int) -> bool:
    """Whether three letters are those of the United States Code,."""
    return tokens.data[tokens.starts[row] : tokens.ends[row + 2]].upper().replace(b" ", b"") == b"U.S.C"


def _initials(tokens: Tokens, words: _Neighbourhood, masked: Flags, named: Flags) -> None:
    """Initials beside a name, and words spelled letter by letter."""
    letters = np.flatnonzero(words.has(np.arange(len(masked)), bit("LETTER")))
    if not len(letters):
        return
    before = np.zeros(len(masked) + 2, bool)
    before[1:-1] = masked
    capital = letters[words.has(letters, bit("CAPITAL")) & ~words.has(letters, bit("STOP"), -1)]
    beside = (before[capital] & words.joined(capital)) | (before[capital + 2] & (words.joined(capital, 1) | words.has(capital, bit("DOT"))))
    found = capital[beside]
    runs = letters[:-2][(letters[2:] - letters[:-2] == 2) & ~words.has(letters[:-2], bit("END")) & ~words.has(letters[1:-1], bit("END"))]
    runs = runs[[not _is_of_law(tokens, row) for row in runs.tolist()]] if len(runs) else runs
    for rows in (found, runs, runs + 1, runs + 2):
        masked[rows] = named[rows] = True
