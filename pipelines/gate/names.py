"""Receives a text; hands on spans that may be names; holds back texts whose letter case tells nothing.

An allow-list, not a list of names: a capitalised word passes only if schemas/vocabulary knows it as an ordinary word. After a cue such as
"named" or "Mrs." whatever follows is a name.
"""

import re
from functools import cache
from pathlib import Path

WORD = re.compile(r"[^\W\d_]+(?:['’.-][^\W\d_]+)*")
PLACEHOLDER = re.compile(r"\[[A-Z]+\]")
CUE = re.compile(
    r"\b(?:named|name is|name was|names are|called|goes by|go by|aka|a\.k\.a\.|alias|nicknamed|se llama|se llaman|llamad[oa]|de nombre|apodad[oa]|"
    r"mr|mrs|ms|miss|dr|sr|sra|srta|don|doña|señora?|officer|detective|sgt|deputy|agent|hermana?|sister|brother|cousin|prim[oa])\b[.:]?\s+"
    r"(?:is\s+|es\s+|as\s+|como\s+)?([^\W\d_]{2,}(?:['’-][^\W\d_]+)*(?:\s+[A-ZÁÉÍÓÚÑ][^\W\d_]+){0,3})",
    re.IGNORECASE,
)
MIN_LETTERS = 40  # a shorter text without capitals may be a fragment


@cache
def load_vocabulary(folder: Path) -> frozenset[str]:
    """Ordinary words, lower-case, of every schemas/vocabulary/*.txt."""
    return frozenset(w for path in sorted(folder.glob("*.txt")) for w in path.read_text(encoding="utf-8").split())


def name_spans(text: str, vocabulary: frozenset[str]) -> list[tuple[int, int]]:
    """Spans of capitalised words that are not ordinary ones, and of what follows a cue."""
    kept = [match.span() for match in PLACEHOLDER.finditer(text)]
    spans = []
    for match in WORD.finditer(text):
        word = match[0]
        if word[0].isupper() and not _ordinary(word, vocabulary) and not _inside(match.start(), kept):
            spans.append(match.span())
    for match in CUE.finditer(text):
        if not _ordinary(match[1].split()[0], vocabulary) and not _inside(match.start(1), kept):
            spans.append(match.span(1))
    return spans


def case_tells_nothing(text: str) -> bool:
    """Whether a text is all in small letters, so that names cannot be told from words."""
    letters = [c for c in PLACEHOLDER.sub("", text) if c.isalpha()]
    return len(letters) >= MIN_LETTERS and not any(c.isupper() for c in letters)


def _ordinary(word: str, vocabulary: frozenset[str]) -> bool:
    folded = word.casefold().replace("’", "'")
    return folded in vocabulary or folded.removesuffix("'s") in vocabulary or all(part in vocabulary for part in re.split(r"['.-]", folded) if part)


def _inside(place: int, spans: list[tuple[int, int]]) -> bool:
    return any(start <= place < end for start, end in spans)
