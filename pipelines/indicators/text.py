"""Receives a text; hands on its folded form, letter for letter, and its sentences; changes no position."""

import re
import unicodedata
from functools import cache

# A mark that may end a sentence, or a line's end with what follows it. A full stop inside a number or a word ("3.5", "a.m") is no candidate,
# except between two whole words ("the door.He"), as hurried writers leave it.
BOUNDARY = re.compile(r"[.!?]+[\"')\]]*(?=\s|$)|(?<=[^\W\d_]{3})\.(?=[^\W\d_]{2})|[!?]+(?=\w)|\n\s*")
ABBREVIATIONS = frozenset(
    "approx appx aprox dr dra drs mr mrs ms sr sra srta st ste ave blvd ofc det sgt lt capt dept depto vs etc num tel ext apt hwy fig jr inc "
    "ca vic vics susp poss prob unk veh dob hx dx tx rx pt pts lic av avda col vol ud uds ej".split()
)
LAST_WORD = re.compile(r"(\w+)$")
BULLET = re.compile(r"(?:[-*\u2022\u00b7]|\(?(?:\d{1,2}|[a-z])[.)])\s", re.IGNORECASE)
NOT_ASCII = re.compile(r"[^\x00-\x7f]")
QUOTES = {"\u2019": "'", "\u2018": "'", "\u00b4": "'", "\u201c": '"', "\u201d": '"'}


def folded(text: str) -> str:
    """Lower-case, without accents, with straight quotes; as long as the text, so that positions agree."""
    return text.lower() if text.isascii() else NOT_ASCII.sub(lambda match: _plain(match[0]), text).lower()


@cache
def _plain(character: str) -> str:
    base = unicodedata.normalize("NFD", QUOTES.get(character, character))[0].lower()
    return base if len(base) == 1 == len(base.lower()) else character


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences, which together cover the text, as code points of a text as written or folded.

    A mark after an abbreviation, an initial or a number that opens an enumeration ends nothing; nor does the end of a line after a comma,
    or between the points of a list that a colon opens, so that "Denies:" reaches every point.
    """
    found, start, in_list = [], 0, False
    for match in BOUNDARY.finditer(text):
        at, end = match.span()
        if text[at] == "\n":
            line = text[start:at].rstrip()
            is_bullet = BULLET.match(text, end) is not None
            in_list = is_bullet and (in_list or line.endswith(":"))
            if not line or in_list or line.endswith((",", ":")):
                continue
        elif text[at] == "." and at + 1 == end and _is_abbreviation(text, start, at):
            continue
        else:
            in_list = False
        found.append((start, end))
        start = end
    if start < len(text):
        found.append((start, len(text)))
    return found


def _is_abbreviation(text: str, start: int, at: int) -> bool:
    """Whether the full stop at `at` belongs to the word before it: an abbreviation, an initial ("a.m."), or the number of a point after "1."."""
    word = LAST_WORD.search(text, max(start, at - 8), at)
    if word is None:
        return False
    if word[1].isdecimal():
        before = text[start : word.start()]
        return not before.strip(" \t\n(-*") or re.search(rf"(?<!\w){int(word[1]) - 1}[.)]\s", before) is not None
    return (len(word[1]) == 1 and word[1].isalpha()) or word[1].lower() in ABBREVIATIONS
