"""Receives a word with what stands behind it, up to the next word; hands on what is known of both, as bits; knows nothing of its neighbours.

The closed vocabulary of schemas/vocabulary: a word that stands in no list is unknown, and the unknown does not pass. Each distinct piece of
text is looked up once and remembered; the memory is bounded.
"""

import csv
import re
import tomllib
from functools import cache
from pathlib import Path

from pipelines.gate.bits import NUMBER_CLASSES, NUMBER_FIELD, STREET_CLASSES, STREET_FIELD, bit
from pipelines.gate.gaps import gap_bits

VOCABULARY = Path(__file__).resolve().parents[2] / "schemas" / "vocabulary"
KINDS = (
    *("ADDRESS", "CARD", "DATE", "DOB", "EMAIL", "HANDLE", "ID", "IP", "NAME", "NUMBER", "PHONE", "PLATE", "SSN", "URL", "VIN", "WORD"),
    *("GPS", "BANK", "MAC"),
)
REMEMBERED = 400_000  # distinct pieces; then all are forgotten, so that no sender can fill the memory

ROMAN = frozenset(["i", "ii", "iii", "iv", "v", "vi", "vii", "viii", "ix", "x"])

_PIECE = re.compile(rb"([0-9A-Za-z_'\x80-\xff]*)(.*)", re.DOTALL)
_PLAIN_NUMBER = re.compile(r"\d+")
_MEASURE = re.compile(
    r"(?:\d{1,2}(?:st|nd|rd|th|s|am|pm|a|p|er|ro|do|to|vo|o|a|ª|º|mo|ma)|\d{1,3}(?:yo|yr|yrs|y|f|m|k|x|h|hr|hrs|hs|min|mins|mg|ml|cc|cm|mm|km|kg|g|ft|in|lb|lbs|oz|mph|"
    r"l|u|mcg|μg|meq|mhz|gb|mb|d|w|wk|wks|mo|mos|b|s|v|c|gr|grs|mgr|ui|iu|comp|cp|cps|amp|horas|dias|días|meses|oc|mmhg|lpm|bpm|mmol))|24hr|[a-z]\d{1,2}|"
    r"(?:19|20)\d{2}s|\d{1,2}x\d{1,3}|cd\d{1,3}|h\d?n\d|covid19|[cmk]?m[23]|p?[ch]?co[23]|[ps]?po2|h2o|o2|fev1|ae[13]|hba1c|[tps]?t\dn\dm\d"
)
_HOUSE = re.compile(r"\d{1,6}[a-hº]?|[a-h]?\d{1,5}|\d{1,2}(?:st|nd|rd|th|er|o|a)")
_YEAR = re.compile(r"(?:19|20)\d\d")
_DIGITS = re.compile(r"[0-9olisbzgq]*[0-9][0-9olisbzgq]*")


class Lexicon:
    """The lists, compiled. `flags(piece)` gives the bits of one piece of UTF-8: a word and what stands behind it."""

    def __init__(self, folder: Path) -> None:
        def words(name: str) -> set[str]:
            return set((folder / f"{name}.txt").read_text(encoding="utf-8").split())

        syntax = tomllib.loads((folder / "syntax.toml").read_text(encoding="utf-8"))
        listed = {name: frozenset(text.split()) for name, text in syntax.items()}
        self._listed = listed
        with (folder / "names.csv").open(encoding="utf-8", newline="") as file:
            roles = {row["word"]: bit(*row["role"].upper().split()) for row in csv.DictReader(file)}
        places, acronyms, proper = words("places"), words("acronyms"), words("proper")
        known = (
            set().union(*(words(name) for name in ("english", "spanish", "learned", "domain", "medicine")))
            | proper
            | acronyms
            | set().union(*(listed[key] for key in _SYNTAX_WORDS))
        )
        self._words: dict[str, int] = {word: roles.get(word, bit("KNOWN")) for word in known}
        self._add(words("derived") - self._words.keys(), "PLAIN")
        self._add({"i", *listed["abbreviations"]}, "KNOWN")
        self._add(proper, "PROPER", "KNOWN")
        self._add(acronyms, "ACRONYM")
        self._add(places, "PLACE")
        self._add({word for word in places if word not in roles and word not in self._listed["saints"]}, "PROPER", "KNOWN")
        for names, bits in (
            *((listed[key], names) for key, names in _SYNTAX_BITS.items()),
            *(
                (listed["numerals"], ("NUMERAL",)),
                (listed["triggers"], ("TRIGGER",)),
                (listed["cue_first"], ("CUE_ONE",)),
                (listed["cue_second"], ("CUE_TWO",)),
                (listed["saints"], ("SAINT",)),
                (listed["numbered"], ("NUMBERED",)),
                (listed["locating"] | listed["located"], ("LOCATES",)),
            ),
            (listed["county"], ("COUNTY",)),
        ):
            self._add(names, *bits)
        self._add(listed["terms"], "MONTH")
        self._streets = {name: frozenset(text.split()) for name, text in tomllib.loads((folder / "places.toml").read_text(encoding="utf-8")).items()}
        self._addressed = {word: letter for name, letter in reversed(_ADDRESSED) for word in self._streets[name]}
        self._special = listed["numerals"] | listed["fillers"] | listed["phonetic"] | listed["leet"] | set().union(*self._streets.values()) | {"dr"}
        self._seen: dict[bytes, int] = {}
        self._seen_words: dict[bytes, int] = {}
        self._seen_gaps: dict[bytes, int] = {}

    def _add(self, words: set[str] | frozenset[str], *names: str) -> None:
        more = bit(*names)
        for word in words:
            self._words[word] = self._words.get(word, 0) | more

    def flags(self, pieces: list[bytes]) -> list[int]:
        """The bits of each piece."""
        if len(self._seen) > REMEMBERED:
            for memory in (self._seen, self._seen_words, self._seen_gaps):
                memory.clear()
        found = list(map(self._seen.get, pieces))
        if None in found:
            for place in [place for place, bits in enumerate(found) if bits is None]:
                found[place] = self._seen[pieces[place]] = self._look_up(pieces[place])
        return found  # type: ignore[return-value]  # no gap is left

    def _look_up(self, piece: bytes) -> int:
        match = _PIECE.fullmatch(piece)
        assert match  # the pattern matches every text
        word, gap = match.groups()
        of_word, of_gap = self._seen_words.get(word), self._seen_gaps.get(gap)
        if of_word is None:
            of_word = self._seen_words[word] = self._of_word(word.decode())
        if of_gap is None:
            of_gap = self._seen_gaps[gap] = gap_bits(gap.decode())
        return of_word | of_gap

    def _of_word(self, word: str) -> int:
        """The bits of a word, with its classes in an address and in a spelled number."""
        small = word if word.isascii() else word.casefold()
        if word.islower() and word.isalpha() and len(word) > 1 and self._special.isdisjoint((small, small.rstrip("s"))):
            return self._of_plain(small)
        bits = self.word(word)
        street = STREET_CLASSES.index(self._street(word, bits)) << STREET_FIELD
        return bits | street | NUMBER_CLASSES.index(self._spelled(word.strip("'"), bits)) << NUMBER_FIELD

    def _of_plain(self, word: str) -> int:
        """The same for most words: in small letters, and in none of the lists of addresses and numbers."""
        bits = self._words.get(word, 0)
        if bits:
            if len(word) > 4 and word.endswith(_VERB_ENDINGS):
                bits |= _FUNCTION
            if bits & _ORDINARY:
                bits |= _PASS
        in_address = bits & _WORDS and not bits & _NO_WORDS
        return bits | _COMMON if in_address else bits

    def _street(self, given: str, bits: int) -> bytes:
        """The class of a word in an address: see addresses.py."""
        small = given.strip("'").casefold()
        if bits & bit("DIGIT"):
            return b"x" if len(small) > 7 or not _HOUSE.fullmatch(small) else b"D" if small[2:3].isdigit() else b"d"
        capital = bool(bits & bit("CAPITAL", "UPPER"))
        if bits & bit("COUNTY"):
            return b"x"
        if small == "dr":
            return b"R"
        if bits & bit("NUMERAL") and not capital:
            return b"O" if small in ("one", "una", "uno", "too", "tree", "ate", "won", "oh", "fore", "double", "doble") else b"N"
        if capital and bits & bit("PLACE") and small in self._streets["openers"]:
            return b"L"
        if small in self._streets["types"] or (capital and small in self._streets["doubtful"]):
            return b"t"
        if letter := self._addressed.get(small):
            return letter
        if bits & bit("LETTER"):
            return b"l"
        if bits & bit("NUMBERED"):
            return b"x"
        if capital and bits & bit("PASS", "PLAIN", "NOUN", "ADJECTIVE", "VERB", "PROPER", "ACRONYM"):
            return b"h" if bits & bit("FUNCTION", "DETERMINER") and not (bits & bit("UPPER") and len(small) == 2) else b"g"
        return b"k" if bits & _WORDS and not bits & _NO_WORDS else b"x"

    def _spelled(self, given: str, bits: int) -> bytes:
        """The class of a word in a spelled number: see digits.py."""
        small = given.casefold()
        if given.isupper() and small in ROMAN:
            return b"r"
        if bits & bit("DIGIT"):
            return b"d" if _DIGITS.fullmatch(small) else b"b"
        if small in self._listed["numerals"] or small.rstrip("s") in self._listed["numerals"]:
            return b"w"
        if small in self._listed["fillers"]:
            return b"f"
        return b"l" if bits & bit("LETTER") or small in self._listed["phonetic"] or small in self._listed["leet"] else b"x"

    def word(self, given: str) -> int:
        """The bits of a word by itself."""
        word = given.strip("'")
        small = word.casefold()
        bits = self._words.get(small, 0) if small.isalnum() else self._compound(small)
        if any(c.isdigit() for c in small):
            return bits & ~bit("KNOWN", "PASS") | bit("DIGIT", "TRIGGER") | _number(small)
        if len(word) == 1:
            bits |= bit("LETTER") | (bit("CAPITAL") if word.isupper() else 0)
        elif word.isupper():
            bits |= bit("UPPER")
        elif word[:1].isupper() or not (word.islower() or not word):
            bits |= bit("CAPITAL") if word[1:].islower() else bit("CAPITAL", "UPPER")
        if word in KINDS:  # it may be a placeholder, which announces nothing
            bits = (bits | bit("KIND")) & ~bit("CUE", "CUE_ONE", "LABEL", "TITLE", *(() if word == "NAME" else ("UPPER",)))
        if len(small) > 4 and small.endswith(_VERB_ENDINGS) and bits:
            bits |= bit("FUNCTION")
        if bits & bit("KNOWN") or not word or (bits & bit("PLAIN") and not bits & bit("CAPITAL", "UPPER")):
            bits |= bit("PASS")
        return bits

    def _compound(self, small: str) -> int:
        """Words with apostrophes or underscores: known if all their parts are; a part that may be a name makes the whole one."""
        whole = self._words.get(small, 0)
        parts = [part for part in re.split(r"['_]", small) if part]
        if whole or not parts:
            return whole
        first = self._words.get(parts[0], 0)
        if "_" in small.strip("_"):
            return first if all(self._words.get(part, 0) & bit("KNOWN", "PLAIN") for part in parts) else 0
        return first if all(part in self._listed["contractions"] for part in parts[1:]) else 0


_SYNTAX_WORDS = ("determiners", "copulas", "functions", "subjects", "pronouns", "titles", "name_cues", "name_labels", "units")
_SYNTAX_BITS: dict[str, tuple[str, ...]] = {
    "determiners": ("DETERMINER",),
    "copulas": ("COPULA",),
    "functions": ("FUNCTION",),
    "subjects": ("SUBJECT",),
    "pronouns": ("PRONOUN",),
    "month_openers": ("OPENER",),
    "titles": ("TITLE",),
    "abbreviations": ("ABBREVIATION",),
    "name_cues": ("CUE",),
    "name_labels": ("LABEL",),
    "particles": ("PARTICLE",),
    "prepositions": ("PREPOSITION",),
    "units": ("UNIT",),
}
_ADDRESSED = (
    *(("labels", b"A"), ("openers", b"c"), ("abbreviated", b"C"), ("doubtful", b"a"), ("parts", b"u"), ("directions", b"n")),
    *(("particles", b"p"), ("corners", b"e"), ("conjunctions", b"&")),
)
_WORDS, _NO_WORDS = bit("KNOWN", "PLAIN", "NOUN", "ADJECTIVE", "VERB", "WEAK"), bit("FUNCTION", "DETERMINER", "UNIT", "NUMBERED", "COUNTY")
_FUNCTION, _ORDINARY, _PASS = bit("FUNCTION"), bit("KNOWN", "PLAIN"), bit("PASS")
_COMMON = STREET_CLASSES.index(b"k") << STREET_FIELD
_VERB_ENDINGS = ("ed", "ly", "aron", "ieron", "aban", "aba", "ando", "iendo", "mente")


def _number(small: str) -> int:
    """What kind of token with a digit: SHORT passes, SCALE passes as an amount only, neither does not pass."""
    if _PLAIN_NUMBER.fullmatch(small):
        if len(small) <= 3:
            return bit("SHORT", "PASS")
        if len(small) == 4 and not _YEAR.fullmatch(small):
            return bit("SCALE", "FOUR")
        return bit("SHORT", "SCALE") if _YEAR.fullmatch(small) else bit("SCALE")
    return bit("SHORT", "PASS") if _MEASURE.fullmatch(small) else 0


@cache
def lexicon(folder: Path = VOCABULARY) -> Lexicon:
    """The lists of a folder, read once."""
    return Lexicon(folder)
