"""Receives a finding; hands on its kind, which a check digit or a numbering plan may make more exact; clears nothing.

What a pattern found stays found whether a check digit holds or not: a sender's typing error does not make a number harmless.
"""

import re
from collections.abc import Callable

OPEN = frozenset(["CARD", "ID", "NUMBER", "PHONE", "PLATE", "VIN", "BANK", "SSN"])  # kinds that a validator may change
_SIGNS = re.compile(r"[^0-9A-Z+]")
_VIN = re.compile(r"[A-HJ-NPR-Z0-9]{8}[0-9X][A-HJ-NPR-Z0-9]{8}")
_VIN_VALUES = dict(zip("0123456789ABCDEFGHJKLMNPRSTUVWXYZ", map(int, "012345678912345678123457923456789"), strict=True))
_VIN_WEIGHTS = (8, 7, 6, 5, 4, 3, 2, 10, 0, 9, 8, 7, 6, 5, 4, 3, 2)


def raised(kind: str, found: bytes) -> str:
    """The kind of what was found (UTF-8), or a surer one."""
    if kind not in OPEN:
        return kind
    plain = _SIGNS.sub("", found.decode().upper())
    return next((surer for surer, holds in VALIDATORS if surer != kind and holds(plain)), kind)


def _is_card(plain: str) -> bool:
    """13 to 19 digits of a payment network with Luhn's digit (ISO/IEC 7812-1)."""
    from stdnum import luhn

    return bool(re.fullmatch(r"[2-6]\d{12,18}", plain)) and luhn.is_valid(plain)


def _is_account(plain: str) -> bool:
    """An international bank account number (ISO 13616): country, length and the remainder by 97."""
    from stdnum import iban

    return plain[:2].isalpha() and iban.is_valid(plain)


def _is_vehicle(plain: str) -> bool:
    """A vehicle identification number with its check digit (49 CFR 565.15)."""
    if not _VIN.fullmatch(plain):
        return False
    rest = sum(_VIN_VALUES[c] * weight for c, weight in zip(plain, _VIN_WEIGHTS, strict=True)) % 11
    return plain[8] == "0123456789X"[rest]


def _is_telephone(plain: str) -> bool:
    """A number with a plus that the plan of its country has (phonenumbers, after ITU-T E.164)."""
    import phonenumbers

    if not re.fullmatch(r"\+\d{8,15}", plain):
        return False
    return phonenumbers.is_valid_number(phonenumbers.parse(plain))


def _is_registered(plain: str) -> bool:
    """The registration key of a person in Mexico, with its check digit."""
    from stdnum.mx import curp

    return curp.is_valid(plain)


VALIDATORS: tuple[tuple[str, Callable[[str], bool]], ...] = (  # the surest first
    ("BANK", _is_account),
    ("VIN", _is_vehicle),
    ("ID", _is_registered),
    ("CARD", _is_card),
    ("PHONE", _is_telephone),
)
