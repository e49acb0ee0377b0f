"""Receives a text; hands on its shadow, in which look-alikes are what they look like, and where each of its characters stood.

NFKC (Unicode TR 15), zero-width and other format characters removed, Cyrillic and Greek look-alikes as Latin letters.
"""

import unicodedata
from dataclasses import dataclass

LOOK_ALIKES = dict(zip("АВЕКМНОРСТХаеорсухіјѕΑΒΕΖΗΙΚΜΝΟΡΤΥΧο", "ABEKMHOPCTXaeopcyxijsABEZHIKMNOPTYXo", strict=True))


@dataclass(frozen=True)
class Shadow:
    """`places[i]` is the position in the text of the shadow's i-th character; None where the shadow is the text itself."""

    text: str
    places: tuple[int, ...] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A span of the shadow as a span of the text."""
        return (start, end) if self.places is None else (self.places[start], self.places[end - 1] + 1)


def shadow_of(text: str) -> Shadow:
    """The shadow of a text. Plain ASCII is its own shadow."""
    if text.isascii():
        return Shadow(text, None)
    characters: list[str] = []
    places: list[int] = []
    for place, character in enumerate(text):
        if unicodedata.category(character) == "Cf":
            continue
        for made in unicodedata.normalize("NFKC", LOOK_ALIKES.get(character, character)):
            characters.append(made)
            places.append(place)
    return Shadow("".join(characters), tuple(places))
