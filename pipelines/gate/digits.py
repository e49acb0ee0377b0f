"""Receives the words of a batch; hands on numbers that are long enough to point at somebody, however they are written.

Digits, number words in English and Spanish, doubles, look-alike letters among digits, spelling alphabets, with anything short between them and
with words such as "then", "dash" or "punto". As in addresses.py every word becomes one letter: d digits, w number word, f filler, l letter,
b letters and digits, r Roman numerals in capitals, x anything else.
"""

import re

import numpy as np
import re2

from pipelines.gate.bits import GAP_CLASSES, GAP_FIELD, NUMBER_CLASSES, NUMBER_FIELD, bit
from pipelines.gate.lexicon import ROMAN
from pipelines.gate.names import Verdict
from pipelines.gate.tokens import Tokens

LEAST = 7  # digits that a telephone number has without its area code
_RUN = re2.compile(r"[dwblr](?:[ ,;:_~-](?:f[ ,;:_~-]){0,3}[dwblr])*[ ,;:_~-](?:f[ ,;:_~-]){0,3}[dwbr]")
_SPELLED = re2.compile(r"[lr](?:[ ,;:_~-][lr]){3,}")
_NUMBER = np.frombuffer(NUMBER_CLASSES, np.uint8)
_GAP = np.frombuffer(GAP_CLASSES, np.uint8)
_WORD = re.compile(r"\w+")
_TWO = re.compile(r"(?:ten|eleven|twelve|\w+teen|\w+ty|diez|once|doce|trece|catorce|quince|dieci\w+|veinti?\w*|\w+enta)s?")
_MEASURES = re.compile(r"\d{1,3}[.,]\d{1,2}(?!\d)|\d{1,3}\s*/\s*\d{1,3}(?!\d)|\d\s*-\s*\d{1,3}(?:\s|$)")
# Years, a recent day, a section of a law: what is long and points at nobody.
_HARMLESS = re.compile(
    r"(?:(?:19|20)\d\d(?:\W+|\s(?:and|to|y|a|o|or)\s)){1,9}(?:19|20)\d\d"
    r"|\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?(?:20)?(?:1[5-9]|2\d)|20(?:1[5-9]|2\d)[/.-]\d{1,2}[/.-]\d{1,2}(?:\W+\d{1,2}(?::\d\d){1,2})?"
    r"|\d{1,2}\s?u\.?\s?s\.?\s?c\.?\W{0,3}\d{1,5}(?:\W{1,4}\d{1,5})?"
)
_SECTION = re.compile(r"\d{1,4}[a-z]?(?:\.\d{1,3})?(?:(?:\W{1,2}|,? (?:and|y|or|o) )\d{1,4}[a-z]?(?:\.\d{1,3})?){0,6}")
_REPEATS = {"double": 1, "doble": 1, "triple": 2}
_LETTERS_ALONE = "oliszbgq"


def number_rows(tokens: Tokens) -> list[tuple[int, int, str]]:
    """(first, last, kind) of every long number that stands in several words."""
    letters = np.empty((len(tokens.bits), 2), np.uint8)
    letters[:, 0] = _NUMBER[(tokens.bits >> np.uint64(NUMBER_FIELD)).astype(np.int64) & 15]
    letters[:, 1] = _GAP[(tokens.bits >> np.uint64(GAP_FIELD)).astype(np.int64) & 15]
    found = []
    for match in _RUN.finditer(letters.tobytes()):
        first, last = match.start() // 2, (match.end() - 1) // 2
        text = tokens.data[tokens.starts[first] : tokens.ends[last]].decode().casefold()
        announced = first > 0 and int(tokens.bits[first - 1]) & bit("NUMBERED")
        kind = None if _HARMLESS.fullmatch(text) or (announced and _SECTION.fullmatch(text)) else _kind(text)
        if kind:
            found.append((first, last, kind))
    for match in _SPELLED.finditer(letters.tobytes()):
        first, last = match.start() // 2, (match.end() - 1) // 2
        words = _WORD.findall(tokens.data[tokens.starts[first] : tokens.ends[last]].decode().casefold())
        if sum(word in _SPELLING for word in words) >= 3:
            found.append((first, last, "NAME"))
    return found


def code_rows(tokens: Tokens, verdict: Verdict) -> list[tuple[int, int, str]]:
    """(first, last, kind) of every code: an unknown short word between digits, as in "8 xqz 123"."""
    rows = np.flatnonzero(verdict.masked & (tokens.bits & np.uint64(bit("DIGIT", "LETTER")) == 0))
    rows = rows[(rows > 0) & (rows < len(tokens.bits) - 1)]
    digit = np.uint64(bit("DIGIT"))
    rows = rows[(tokens.bits[rows - 1] & digit != 0) & (tokens.bits[rows + 1] & digit != 0)]
    near = (tokens.starts[rows] - tokens.ends[rows - 1] == 1) & (tokens.starts[rows + 1] - tokens.ends[rows] == 1)
    rows = rows[near & (tokens.ends[rows] - tokens.starts[rows] == 3) & (tokens.doc[rows - 1] == tokens.doc[rows + 1])]
    return [(row - 1, row + 1, "PLATE") for row in rows.tolist()]


def _kind(text: str) -> str | None:
    """What a run of digits and number words is, or None for amounts and small counts."""
    words = _WORD.findall(text)
    roman = sum(word in ROMAN for word in words) > 4
    sizes = [1 if roman and word in ROMAN else _size(word) for word in words]
    digits, spelled = sum(sizes), sum(1 for word, size in zip(words, sizes, strict=True) if size and not word[0].isdigit())
    letters = sum(1 for word, size in zip(words, sizes, strict=True) if not size and ((len(word) == 1 and word != "y") or word in _SPELLING))
    if digits < LEAST:
        mixed = spelled + letters >= 2 and digits >= 3 and digits + letters >= 6
        singles = len(words) >= 6 and all(size == 1 for size in sizes) and not _MEASURES.search(text)
        return "NUMBER" if mixed or singles else None
    if not spelled and _MEASURES.search(text) and max(len(word) for word in words) <= 3 and not all(size == 1 for size in sizes) and digits < 13:
        return None
    shapes = "-".join(str(len(word)) for word in words)
    if shapes == "3-2-4":
        return "SSN"
    return "CARD" if digits >= 13 else "PHONE" if digits in (7, 10, 11) else "NUMBER"


def _size(word: str) -> int:
    """How many digits a word stands for."""
    if any(c.isdigit() for c in word):
        return sum(c.isdigit() or c in _LETTERS_ALONE for c in word)
    if word in _REPEATS:
        return _REPEATS[word]
    if _TWO.fullmatch(word):
        return 1 if word.endswith(("ty", "enta", "veinte")) else 2
    return 1 if word in _ONES or word.rstrip("s") in _ONES or word in _LOOK_ALIKE else 0


_ONES = frozenset(
    [
        "zero",
        "oh",
        "one",
        "two",
        "three",
        "four",
        "five",
        "six",
        "seven",
        "eight",
        "nine",
        "cero",
        "uno",
        "una",
        "dos",
        "tres",
        "cuatro",
        "cinco",
        "seis",
        "siete",
        "ocho",
        "nueve",
        "won",
        "too",
        "tree",
        "fife",
        "ate",
        "niner",
        "nein",
        "sicks",
        "sevin",
        "fore",
        "hundred",
        "cien",
    ]
)
_LOOK_ALIKE = frozenset(["o", "oo", "ol", "lo", "io", "oi", "il", "li", "ooo"])
_SPELLING = frozenset(
    [
        "alpha",
        "alfa",
        "bravo",
        "charlie",
        "delta",
        "echo",
        "foxtrot",
        "golf",
        "hotel",
        "india",
        "juliet",
        "juliett",
        "kilo",
        "lima",
        "mike",
        "november",
        "oscar",
        "papa",
        "quebec",
        "romeo",
        "sierra",
        "tango",
        "uniform",
        "victor",
        "whiskey",
        "xray",
        "yankee",
        "zulu",
        "adam",
        "boy",
        "charles",
        "david",
        "edward",
        "frank",
        "george",
        "henry",
        "ida",
        "john",
        "king",
        "lincoln",
        "mary",
        "nora",
        "ocean",
        "paul",
        "queen",
        "robert",
        "sam",
        "tom",
        "union",
        "william",
        "young",
        "zebra",
    ]
)
