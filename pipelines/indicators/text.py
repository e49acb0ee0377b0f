"""Receives a text; hands on its folded form, letter for letter, and its sentences; changes no position."""

import re
import unicodedata

SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")
STRAIGHT = {"\u2018": "'", "\u2019": "'", "\u02bc": "'", "\u00b4": "'", "`": "'"}


def folded(text: str) -> str:
    """Lower-case without accents, apostrophes straight; as long as the text, so that positions agree."""
    if text.isascii():
        return text.lower()
    try:
        return text.encode("cp1252").translate(_BYTES).decode("latin-1")
    except UnicodeEncodeError:
        return text.translate(_FOLDS)


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences. A full stop between digits or in a placeholder does not matter: no cue holds one."""
    return [match.span() for match in SENTENCE.finditer(text)]


def _fold(character: str) -> str:
    if character in STRAIGHT:
        return STRAIGHT[character]
    base = unicodedata.normalize("NFD", character)[0].lower()
    return base if len(base) == 1 else character


class _Folds(dict[int, str]):
    """One character folded, remembered."""

    def __missing__(self, point: int) -> str:
        self[point] = _fold(chr(point))
        return self[point]


def _byte(number: int) -> int:
    """A byte of Windows-1252 folded. What would leave Latin-1 becomes a space: such a character is part of no word."""
    character = _fold(bytes([number]).decode("cp1252", "replace"))
    return ord(character) if ord(character) < 256 else 32


_FOLDS = _Folds()
_BYTES = bytes(_byte(number) for number in range(256))
