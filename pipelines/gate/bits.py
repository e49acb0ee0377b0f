"""Receives nothing; hands on the names of what may be known of a word and the gap behind it: a bit each, and three small fields above them."""

_WORD_BITS = (
    *("PASS", "KNOWN", "PLAIN", "NEVER", "WEAK", "NOUN", "ADJECTIVE", "VERB", "MONTH", "PROPER", "ACRONYM", "PLACE", "SAINT", "COUNTY"),
    *("CAPITAL", "UPPER", "LETTER", "DETERMINER", "COPULA", "FUNCTION", "SUBJECT", "PRONOUN", "OPENER", "TITLE", "ABBREVIATION"),
    *(
        "CUE",
        "CUE_ONE",
        "CUE_TWO",
        "LABEL",
        "PARTICLE",
        "PREPOSITION",
        "UNIT",
        "DIGIT",
        "SHORT",
        "SCALE",
        "TRIGGER",
        "NUMERAL",
        "KIND",
        "NUMBERED",
        "FOUR",
        "LOCATES",
    ),
)
_GAP_BITS = ("STOP", "GAP", "COLON", "MONEY", "OPEN", "CLOSE", "END", "DOT", "MARK", "COMMA")
BITS = {name: 1 << place for place, name in enumerate((*_WORD_BITS, *_GAP_BITS))}
# Above the bits lie three small fields: the class of the word in an address and in a spelled number, and the class of the gap.
STREET_FIELD, NUMBER_FIELD, GAP_FIELD = 51, 56, 60
STREET_CLASSES = b"xdDtcCaunglpkqmhAe&NRLO"
NUMBER_CLASSES = b"xdwflbr"
GAP_CLASSES = b"| ,;-_:~"


def bit(*names: str) -> int:
    """The bits of some names, together."""
    total = 0
    for name in names:
        total |= BITS[name]
    return total
