"""Receives what stands between two words; hands on its bits and its class."""

from pipelines.gate.bits import GAP_CLASSES, GAP_FIELD, bit

_INERT = str.maketrans("", "", "[]")


def gap_bits(gap: str) -> int:
    """The bits of a gap, and its class in their field."""
    return _gap(gap) | GAP_CLASSES.index(_gap_class(gap)) << GAP_FIELD


def _gap_class(gap: str) -> bytes:
    """`|` ends everything, `;` a full stop, `,` light punctuation, `-` joins, a space is a space."""
    if "\x1e" in gap or len(gap) > 6:
        return b"|"
    bare = gap.translate(_INERT).strip(" \t")
    if not bare:
        return b" "
    if bare == ".":
        return b";" if "\n" not in gap else b"|"
    if ".\n" in bare or ". \n" in bare or any(c in '?!"' for c in bare):
        return b"|"
    if not all(c in ",\n\r-.#/ o:()*>" for c in bare):
        return b"~"
    if "\n" in bare:
        return b"_"
    return b":" if bare.startswith(":") else b"-" if bare in ("-", "_", "/", "#", ".-") else b","


def _gap(text: str) -> int:
    """The bits of what stands between two words."""
    if text == " ":
        return 0
    bits = 0
    bare = text.translate(_INERT)
    if bare.strip(" -") or not bare or "  " in bare.strip("-"):
        bits |= bit("GAP") if bare.strip(" -") else 0
    if any(c in '.!?\n\x1e;:"(*|>' for c in bare):
        bits |= bit("STOP")
    if "\x1e" in text:
        bits |= bit("END")
    if bare.lstrip().startswith(":"):
        bits |= bit("COLON")
    if bare.startswith(".") and not bare.strip(". "):
        bits |= bit("DOT")
    if bare.strip() == ",":
        bits |= bit("COMMA")
    if text.endswith("$") or text.endswith("$ "):
        bits |= bit("MONEY")
    if text.endswith("["):
        bits |= bit("OPEN")
    if text.startswith("]"):
        bits |= bit("CLOSE")
    if text == "." or text.startswith("$") or "@" in text or "://" in text:
        bits |= bit("MARK", "TRIGGER")
    return bits
