"""Receives a text; hands on its folded form, letter for letter, and its sentences; changes no position."""

import re
import unicodedata

SENTENCE = re.compile(r"[^.!?\n]+[.!?]*")


def folded(text: str) -> str:
    """Lower-case without accents; as long as the text, so that positions agree."""
    return text.lower() if text.isascii() else "".join(map(_fold, text))


def _fold(character: str) -> str:
    base = unicodedata.normalize("NFD", character)[0].lower()
    return base if len(base) == 1 else character


def sentences(text: str) -> list[tuple[int, int]]:
    """Spans of the sentences. A full stop between digits or in a placeholder does not matter: no cue holds one."""
    return [match.span() for match in SENTENCE.finditer(text)]
