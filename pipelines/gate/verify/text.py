"""Receives texts that passed the gate; hands on what in them still looks like an identifier, by rules simpler than the gate's and its own.

Identifiers: long numbers in digits or words, codes of letters and digits, addresses on the net and in the street, dates of birth, names that
are announced, letters one by one. Words: all that stand outside the closed vocabulary.
"""

import re
import unicodedata
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

PLACEHOLDER = r"\[[A-Z]+(?:[_:-][A-Z]+)*\]"
GAP = "¤"  # stands where a placeholder stood: no rule reaches over it
LONG = 7  # digits: a telephone number without its area code

# fmt: off
ONES = {"zero", "oh", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine",
        "cero", "uno", "dos", "tres", "cuatro", "cinco", "seis", "siete", "ocho", "nueve"}
TWOS = {"ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
        "diez", "once", "doce", "trece", "catorce", "quince", "dieciséis", "diecisiete", "dieciocho", "diecinueve"}
TIES = {"twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety",
        "veinte", "treinta", "cuarenta", "cincuenta", "sesenta", "setenta", "ochenta", "noventa"}
TIMES = {"double": 1, "doble": 1, "triple": 2}  # digits more than the next word has
# fmt: on
DATE = r"\d{4}-\d{2}-\d{2}|\d{1,2}[/.-]\d{1,2}[/.-](?:\d{4}|\d{2})"
# What may be long and points at nobody: dates, times, sums of money, years in a row, sections of a law.
HARMLESS = re.compile(
    rf"(?<![\d-])(?:{DATE})(?![\d-])|\b\d{{1,2}}:\d{{2}}\b|\$ ?\d{{1,6}}(?:,\d{{3}})*(?:\.\d\d)?(?!\d)|(?<![\d,.])\d{{1,3}}(?:,\d{{3}})+(?![\d,])"
    r"|\b(?:19|20)\d\d(?:(?: ?[-–,/] ?| and | to | y | a )(?:19|20)\d\d)+\b|(?:§{1,2}|[Ss]ections?|[Cc]ode|U\.S\.C\.) ?\d+(?:\.\d+)*"
)
RULES = {
    kind: re.compile(pattern)
    for kind, pattern in {
        "EMAIL": (
            r"[\w.+-]{1,64} ?@ ?[\w-]{1,64} ?\. ?\w{2}"
            r"|(?i:\w{1,64}\W{1,3}(?:at|arroba)\W{1,3}[\w-]{1,64}\W{1,3}(?:dot|punto)\W{1,3}[a-z]{2,4}\b)"
        ),
        "HANDLE": r"(?<!\w)@ ?\w{2,}",
        "LINK": r"(?i:h(?:tt|xx)ps?\W|\bwww\W|\b[\w-]{1,64}\.(?:com|org|net|info|me|mx)\b)",
        "CODE": r"\b(?!\d+(?:s|st|nd|rd|th|am|pm|h|hrs|min|mi|km|ft|lbs?|kg|mg)\b)(?=[^\W_]*\d[^\W\d_]*\d[^\W\d_]*\d)(?=[^\W_]*[^\W\d_])[^\W_]{5,}\b",
        "COORDINATES": r"\d\.\d{4,}",
        "ADDRESS": (
            r"\b\d{1,5} (?:[NSEWnsew]\.? )?(?:[A-Z]\w+ |\d+(?:st|nd|rd|th) ){1,3}"
            r"(?i:st|street|ave|avenue|blvd|boulevard|road|rd|lane|ln|drive|court|ct|way)\b"
            r"|(?i:\b(?:calle|avenida|calzada|bulevar)) [A-ZÁÉÍÓÚÑ]\w+[^.;¤]{0,20}\d"
        ),
        "BIRTH": rf"(?i:\b(?:born|birth|dob|d\.o\.b\.|nació|nacimiento))[^.;¤]{{0,20}}(?:{DATE})",
        "NAME": r"\b(?:Mr|Mrs|Ms|Sra|Srta|Miss|Señora?)\.? [A-ZÁÉÍÓÚÑ]\w|(?i:\b(?:named|name is|me llamo|se llama)) [A-ZÁÉÍÓÚÑ][a-záéíóúñ]",
        "SPELLED": r"(?<!\w)(?:[^\W\d_][ .,*_·-]{1,2}){4,40}[^\W\d_](?!\w)",
    }.items()
}
ITEM = re.compile(r"\d+|[^\W\d_]+|[^\w\s]+|\s+|_+")


def remains(text: str) -> list[str]:
    """Kinds of identifiers that a text seems to hold, each once."""
    plain = re.sub(PLACEHOLDER, GAP, unicodedata.normalize("NFKC", text))
    plain = "".join(c for c in plain if unicodedata.category(c) not in ("Cf", "Me", "Mn"))
    found = [kind for kind, rule in RULES.items() if rule.search(plain)]
    return ["NUMBER", *found] if _longest_number(HARMLESS.sub(GAP, plain)) >= LONG else found


def _longest_number(text: str) -> int:
    """Digits of the longest number in a text, written in digits or words, with signs and blanks between.

    A comma parts numbers of more than one digit, as in a list; any other word, or four signs in a row, parts all.
    """
    longest = run = before = more = 0
    comma = False
    for item in ITEM.findall(text):
        size = len(item) if item.isdecimal() else _digits_of(item.lower())
        if size:
            run = run + more + size if run and not (comma and (size > 1 or before > 1)) else more + size
            longest, before, comma, more = max(longest, run), size, False, 0
        elif item.lower() in TIMES:
            more = TIMES[item.lower()]
        elif (item[0].isalpha() and item.lower() != "y") or GAP in item or len(item) > 3:
            run = more = 0
        else:
            comma = comma or "," in item
    return longest


def _digits_of(word: str) -> int:
    """Digits that a number word stands for. What follows "twenty" fills its second digit, so that counts one."""
    return 1 if word in ONES or word in TIES else 2 if word in TWOS else 0


def load_vocabulary(schemas: Path) -> frozenset[str]:
    """All words of schemas/vocabulary/*.txt."""
    lines = (line.strip() for path in (schemas / "vocabulary").glob("*.txt") for line in path.read_text(encoding="utf-8").splitlines())
    return frozenset(unicodedata.normalize("NFKC", line).casefold() for line in lines if line)


def unknown_words(texts: pa.Array, known: frozenset[str]) -> list[int]:
    """Positions of the texts that hold a token outside the vocabulary.

    A token is a maximal run of letters, with apostrophes and hyphens inside it, casefolded; it is known if it stands in the vocabulary, or if
    every part of it between apostrophes and hyphens does; a part that holds a digit is left to the rules for digits.
    """
    runs = pc.split_pattern_regex(pc.replace_substring_regex(texts, PLACEHOLDER, " "), r"[^\p{L}\p{M}\p{N}'’-]+")
    encoded = pc.list_flatten(runs).dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.combine_chunks()
    tokens = [unicodedata.normalize("NFKC", token).casefold().strip("'’-") for token in encoded.dictionary.to_pylist()]
    parts = [[p for p in re.split(r"['’-]+", token) if p and not any(c.isdigit() for c in p)] for token in tokens]
    strange = pa.array([token not in known and not known.issuperset(these) for token, these in zip(tokens, parts, strict=True)], pa.bool_())
    return sorted(set(pc.list_parent_indices(runs).filter(strange.take(encoded.indices)).to_pylist()))
