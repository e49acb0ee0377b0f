"""Receives a text; hands on its shadow, in which look-alikes are what they look like, and where each of its characters stood.

NFKC (Unicode TR 15) of each character with its marks, format and control characters removed, look-alikes of other alphabets as Latin letters
(after Unicode TR 39). Punctuation is written plainly, character by character.
"""

import re
import unicodedata
from dataclasses import dataclass

LOOK_ALIKES = dict(
    zip(
        "АВЕКМНОРСТУХаеорсухіјѕԁԛԝһӏІЈЅΑΒΕΖΗΙΚΜΝΟΡΤΥΧοανικρτυχℓıɡɑƖ०߀੦○◯⓪🅐🅑🅒🅓🅔🅕🅖🅗🅘🅙🅚🅛🅜🅝🅞🅟🅠🅡🅢🅣🅤🅥🅦🅧🅨🅩",
        "ABEKMHOPCTYXaeopcyxijsdqwhlIJSABEZHIKMNOPTYXoavikptuxliga1000000ABCDEFGHIJKLMNOPQRSTUVWXYZ"[-28:],
        strict=False,
    )
)
PUNCTUATION = {
    **dict.fromkeys("’‘‛′´`ʼ＇", "'"),
    **dict.fromkeys("“”„‟″«»‹›", '"'),
    **dict.fromkeys("‐‑‒–—―−﹣－", "-"),
    **dict.fromkeys("…·•‣◦∙⁃■□▪●◆", "*"),
    **dict.fromkeys("\u00a0\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
    **dict.fromkeys("\u2028\u2029\u0085", "\n"),
    **dict.fromkeys("€£¥¢", "$"),
    **dict.fromkeys("¿¡", "?"),
    **{
        "º": "o",
        "ª": "a",
        "°": " ",
        "±": " ",
        "×": "x",
        "÷": "/",
        "§": " ",
        "¶": " ",
        "¬": " ",
        "¦": "|",
        "¨": " ",
        "¯": " ",
        "¸": " ",
        "®": " ",
        "©": " ",
    },
    **{"½": " ", "¼": " ", "¾": " ", "≥": ">", "≤": "<", "→": " ", "←": " ", "✓": " ", "¹": "1", "²": "2", "³": "3"},
}
_STRANGE = re.compile(r"[^\t\n\r -~À-ÖØ-öø-ſ]")
_REMOVED = {"Cc", "Cf", "Co", "Cn", "Cs", "Mn", "Me"}


@dataclass(frozen=True)
class Shadow:
    """`places[i]` is the position in the text of the shadow's i-th character, the last one the end of the text; None where both are of one
    length, character by character."""

    text: str
    places: tuple[int, ...] | None

    def span(self, start: int, end: int) -> tuple[int, int]:
        """A span of the shadow as a span of the text, with the marks and unseen characters that follow it."""
        return (start, end) if self.places is None else (self.places[start], max(self.places[end - 1] + 1, self.places[end]))


def shadow_of(text: str) -> Shadow:
    """The shadow of a text. Plain text is its own shadow."""
    if text.isascii() and text.isprintable():
        return Shadow(text, None)
    strange = set(_STRANGE.findall(text))
    if not strange:
        return Shadow(text, None)
    if strange <= PUNCTUATION.keys():
        return Shadow(_STRANGE.sub(lambda match: PUNCTUATION[match[0]], text), None)
    return _mapped(text)


def _mapped(text: str) -> Shadow:
    characters: list[str] = []
    places: list[int] = []
    start = 0
    while start < len(text):
        end = start + 1
        while end < len(text) and unicodedata.combining(text[end]):
            end += 1
        for made in _plain(text[start:end]):
            characters.append(made)
            places.append(start)
        start = end
    return Shadow("".join(characters), (*places, len(text)))


def _plain(cluster: str) -> str:
    """A character and the marks on it as plain characters; nothing for what cannot be seen."""
    first = PUNCTUATION.get(cluster[0], LOOK_ALIKES.get(cluster[0], cluster[0]))
    made = unicodedata.normalize("NFKC", first + cluster[1:3])  # a letter has at most two marks; more are there to hide it
    made = "".join(LOOK_ALIKES.get(c, PUNCTUATION.get(c, c)) for c in made)
    return "".join(c if not _STRANGE.match(c) else _unusual(c) for c in made)


def _unusual(character: str) -> str:
    category = unicodedata.category(character)
    if category in _REMOVED:
        return ""
    digit = unicodedata.decimal(character, None) if category == "Nd" else None
    if digit is not None:
        return str(digit)
    return character if category[0] == "L" else " "
