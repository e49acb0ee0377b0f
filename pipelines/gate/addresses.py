"""Receives the words of a batch and which are masked; hands on spans of addresses, to the end of the phrase, English and Spanish.

Every word becomes one letter and every gap another, so that one RE2 expression, linear in the length, finds the addresses of all texts at
once. Letters: d number, D one of three digits or more, N number word, O one that may be another word, t kind of street, c one that stands
before the name, C its abbreviation, L a county that is one too, a one that may be a common word, R "Dr", u part of a building, n direction,
g capitalised word, h capitalised small word, k word in small letters, m masked name, q masked word, p particle, l single letter, e corner,
& conjunction, A label of an address, x anything else.
Gaps: space, `,` light punctuation, `;` full stop, `-` joined, `:` colon, `_` new line, `~` another sign, `|` end.
"""

import numpy as np
import re2

from pipelines.gate.bits import GAP_CLASSES, GAP_FIELD, STREET_CLASSES, STREET_FIELD, bit
from pipelines.gate.names import Verdict
from pipelines.gate.tokens import Tokens

_TAIL = r"(?:[ ,_-](?:[pR][ ]){0,2}[dDulmgnt]|;[dDu])*"
_NUMBERED = r"(?:[dD][ ,_-](?:[dD][ -]){0,3}|N[ -](?:[NO][ -]){0,5})(?:[nl][ ;])?"
_WORDS = r"N(?:[ -](?:p[ -])?[NO]){0,4}"
_OPENED = r"(?:[dD][ ,-]){0,2}(?:c[ ,-]|C[ ;,-])"
_PATTERN = re2.compile(
    "|".join(
        f"(?:{pattern}{_TAIL})"
        for pattern in (
            r"A:(?:[a-zA-Z][ ,;-]){0,9}?[dD]",  # Domicilio: Ejemplo, 12
            r"[dD][ ,_-](?:[dD][ -]){0,3}(?:[nl][ ;])?(?:[mgkpqdDcCR][ -]){0,4}t",  # 12 Oak Street, 12 5th Street
            _NUMBERED + r"(?:[mgq][ -]){1,3}[atR]",  # 12 Oak drive, twelve Oak Street
            r"[dD][ ,_-](?:k[ ]){1,2}[R](?:[ ,]u[ ,;-]|[ ,-])[dDl]",  # 12 example dr # 9
            r"D[ -](?:[dD][ -])?(?:[nl][ ;])?(?:[mgq][ ;-]){1,4}[dDu]",  # 6750 Examplekatu 25, 12 Sunset Apt 4
            r"D[ -](?:[dD][ -])?m",  # 6750 Examplekatu
            _OPENED + r"(?:[pmgkqnlthcCdDNRO][ ,-]|[lCpR];){1,8}?(?:[dD]|u[ ,;-](?:[dDl]|" + _WORDS + ")|l-l)",  # Calle de Ejemplo, 12
            r"L[ ,](?:[pR][ ])*[mg](?:[ ,-][mgpR])*[ ,-][dD]",  # Alameda Ejemplo 12
            _OPENED + r"(?:[pR][ ])*[mgq](?:[ -][mgptR])*",  # Avenida Ejemplo
            r"[mg][ ](?:[mgpR][ ]){0,4}?[mg][ ,](?:d|D|l-l)[ ,;](?:[dDlu]|C[ ;][mg])",  # Ejemplo Ejemplo, 7, 2
            r"m[ ,][dD][ ,_][mu]",  # Examplekuja 82 Ejemplo
            r"[mg][ -](?:[mgpR][ -]){0,4}u[ ;-][dDl]",  # Examplewerk No. 12
            r"e[ ]p[ ](?:[dDmgkpqctCnlauNR][ ;-]){1,7}[&p][ ](?:[dDpn][ -])*(?:[mgkq][ -]){0,3}[mgkqtad]",  # corner of Oak and Elm
            r"m[ ]&[ ](?:[cC][ ;])?(?:m[ ]){1,4}[dD]",  # Example and Examplekatu 12
        )
    )
)
_STREET = np.frombuffer(STREET_CLASSES, np.uint8)
_GAP = np.frombuffer(GAP_CLASSES, np.uint8)
_CAPITAL_MASKED, _SMALL_MASKED, _OTHER = b"mqx"


def address_rows(tokens: Tokens, verdict: Verdict) -> list[tuple[int, int]]:
    """(first, last) word of every address."""
    letters = np.empty((len(tokens.bits), 2), np.uint8)
    letters[:, 0] = _STREET[(tokens.bits >> np.uint64(STREET_FIELD)).astype(np.int64) & 31]
    letters[:, 1] = _GAP[(tokens.bits >> np.uint64(GAP_FIELD)).astype(np.int64) & 15]
    plain = (letters[:, 0] == ord("g")) | (letters[:, 0] == ord("h")) | (letters[:, 0] == ord("k")) | (letters[:, 0] == ord("x"))
    name = tokens.bits & np.uint64(bit("UPPER")) != 0
    letters[verdict.placeholder, 0] = _OTHER
    letters[verdict.placeholder & name, 0] = _CAPITAL_MASKED
    letters[plain & verdict.masked & verdict.name, 0] = _CAPITAL_MASKED
    letters[plain & verdict.masked & ~verdict.name, 0] = _SMALL_MASKED
    data = letters.tobytes()
    return [
        (match.start() // 2 + data[match.start() : match.start() + 2].startswith(b"A"), (match.end() - 1) // 2) for match in _PATTERN.finditer(data)
    ]
