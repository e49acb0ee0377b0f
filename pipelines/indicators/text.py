"""Receives a text; hands on its folded form, letter for letter, and its sentences; changes no position."""

import re
import unicodedata
from functools import cache

MARK = re.compile(r"[.!?]+[\"')\]]*|\n\s*")
SHORTENED = (
    "approx appx aprox dr dra drs mr mrs ms sr sra srta st ste ave blvd ofc det sgt lt capt dept depto vs etc num tel ext apt hwy fig jr inc "
    "ca vic vics susp poss prob unk veh dob hx dx tx rx pt pts lic av avda col vol ud uds ej"
)
ABBREVIATIONS = frozenset(SHORTENED.split())
LONGEST = 8  # letters before a full stop that are looked at
ANSWER = re.compile(r"\s*(?:no|none|nope|negative|neg|denied|denies|never|nunca|ninguno|ninguna|niega)\s*(?:[.;,!\n]|$)", re.IGNORECASE)
BULLET = re.compile(r"(?:[-*\u2022\u00b7]|\(?(?:\d{1,2}|[a-z])[.)])\s", re.IGNORECASE)
NOT_ASCII = re.compile(r"(?<!\w)[sS][\u00ed\u00cd](?!\w)|[^\x00-\x7f]")
QUOTES = {"\u2019": "'", "\u2018": "'", "\u00b4": "'", "\u201c": '"', "\u201d": '"'}


def folded(text: str) -> str:
    """Lower-case, without accents, with straight quotes; as long as the text, so that positions agree. Only "sí" keeps its accent: "si" is "if"."""
    return text.lower() if text.isascii() else NOT_ASCII.sub(lambda match: match[0] if len(match[0]) > 1 else _plain(match[0]), text).lower()


@cache
def _plain(character: str) -> str:
    base = unicodedata.normalize("NFD", QUOTES.get(character, character))[0].lower()
    return base if len(base) == 1 == len(base.lower()) else character


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences, which together cover the text, as code points of a text as written or folded.

    A mark after an abbreviation, an initial or a number that opens an enumeration ends nothing, nor does a question mark before a "no", nor a
    full stop inside a number or a short word ("3.5", "a.m"), though it does between two words ("the door.He"), as hurried writers leave it. The
    end of a line ends nothing after a comma, or between the points of a list that a colon opens, so that "Denies:" reaches every point.
    """
    found, start, in_list = [], 0, False
    for match in MARK.finditer(text):
        at, end = match.span()
        if text[at] == "\n":
            line = text[start:at].rstrip()
            is_bullet = BULLET.match(text, end) is not None
            in_list = is_bullet and (in_list or line.endswith(":"))
            if not line or in_list or line.endswith((",", ":")):
                continue
        elif not _is_end(text, start, at, end):
            continue
        else:
            in_list = False
        found.append((start, end))
        start = end
    if start < len(text):
        found.append((start, len(text)))
    return found


def _is_end(text: str, start: int, at: int, end: int) -> bool:
    """Whether the mark [at, end) ends the sentence that begins at `start`."""
    if end < len(text) and not text[end].isspace():
        return text[end].isalpha() and (text[at] != "." or (text[max(0, at - 3) : at].isalpha() and at - start > 2 and text[end : end + 2].isalpha()))
    if text[at] == "?" and ANSWER.match(text, end):
        return False
    return text[at] != "." or end > at + 1 or not _is_abbreviation(text, start, at)


def _is_abbreviation(text: str, start: int, at: int) -> bool:
    """Whether the full stop at `at` belongs to the word before it: an abbreviation, an initial ("a.m."), or the number of a point after "1."."""
    words = text[max(start, at - LONGEST) : at].split()
    if not words or text[at - 1].isspace():
        return False
    word = words[-1].lstrip("(\"'[/").lower()
    if word.isdecimal():
        before = text[start : at - len(word)]
        return before.rstrip()[-1:] in ("", ":", "-", "*", "(") or re.search(rf"(?<!\w){int(word) - 1}[.)]\s", before) is not None
    return word in ABBREVIATIONS or (word[-1:].isalpha() and (len(word) == 1 or word[-2] == "."))
