"""The structured identifiers, as data: kind and RE2 pattern (linear time by construction), most specific first.

A group marks what is masked where the cue before it may stay. A validator would only ever raise a kind, so there is none that clears one.
"""

import re2

DATE = r"(?:\d{1,2}[/.-]\d{1,2}[/.-]\d{2,4}|\d{4}-\d{2}-\d{2}|(?:\d{1,2}\s+(?:de\s+)?)?" + (
    r"(?:jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec|ene|abr|ago|dic)[a-z]*\.?(?:\s+(?:de\s+|del\s+)?\d{1,2}(?:st|nd|rd|th)?)?,?\s+(?:de\s+|del\s+)?\d{4})"
)
SAYS = r"\s*(?:number|numero|n[uú]mero|no\.?|num\.?|is|was|es|era|#|:|=|-)*\s*"
DIGIT_WORD = (
    r"(?:zero|oh|one|two|three|four|five|six|seven|eight|nine|cero|uno|una|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|double|triple|doble|"
    r"[0-9])"
)
STREET = (
    r"(?:street|st|avenue|ave|boulevard|blvd|road|rd|drive|dr|lane|ln|court|ct|way|place|pl|highway|hwy|parkway|pkwy|terrace|circle|cir|square|"
    r"trail|loop|alley)"
)
UNIT = r"(?:[\s,]*(?:apt|apartment|unit|suite|ste|room|rm|depto|departamento|#)\.?\s*#?\s*\w{1,6})?"

PATTERNS: tuple[tuple[str, str], ...] = (
    ("EMAIL", r"[\w.+%-]+\s?@\s?[\w-]+(?:\.[\w-]+)+"),
    ("EMAIL", r"[\w.+%-]+\s*(?:\(at\)|\[at\]|\bat\b|\barroba\b)\s*[\w-]+(?:\s*(?:\(dot\)|\[dot\]|\bdot\b|\bpunto\b)\s*[\w-]+)+"),
    ("URL", r"(?:https?://|www\.)\S+"),
    ("URL", r"\b[\w-]+(?:\.[\w-]+)*\.(?:com|net|org|io|info|biz|me|us|mx|ru|app|link|xyz|gov|edu|co)\b(?:/\S*)?"),
    ("HANDLE", r"(?:^|[^\w@.])(@\w[\w.]{1,30})"),
    (
        "HANDLE",
        r"\b(?:instagram|insta|snapchat|snap|telegram|whatsapp|tiktok|facebook|kik|onlyfans|twitter|username|user name|handle|screen name|usuario)"
        + SAYS
        + r"(\w*[\d_.]\w[\w.]*)",
    ),
    (
        "DOB",
        r"\b(?:dob|d\.o\.b\.?|date of birth|birth ?date|birthday|born|nacimiento|nacid[oa]|naci[oó])\W{0,3}(?:is|was|on|el|:)?\s*(" + DATE + ")",
    ),
    ("SSN", r"\b\d{3}[-. ]\d{2}[-. ]\d{4}\b"),
    ("CARD", r"\b(?:\d[ .-]?){12,18}\d\b"),
    ("IP", r"\b\d{1,3}(?:\.\d{1,3}){3}\b|\b(?:[0-9a-f]{1,4}:){4,7}[0-9a-f]{1,4}\b"),
    ("PHONE", r"(?:\+\d{1,3}[\s.-]*)?(?:\(\s*\d{3}\s*\)|\b\d{3})[\s./*_-]{0,3}\d{3}[\s./*_-]{0,3}\d{4}\b"),
    ("PHONE", r"\b\d{3}[\s.-]\d{4}\b"),
    ("VIN", r"\b[a-hj-npr-z]{1,3}[a-hj-npr-z0-9]{7,12}\d{4,6}\b"),
    (
        "PLATE",
        r"\b(?:licen[sc]e plates?|plates?|tags?|placas?|matr[ií]cula)"
        + SAYS
        + r"([a-z0-9]{0,4}[ -]?[a-z]*\d[a-z0-9]*(?:[ -]?[a-z0-9]*\d[a-z0-9]*)?)\b",
    ),
    ("PLATE", r"\b\d[a-z]{3}[ -]?\d{3}\b"),
    ("ID", r"\ba[- #]?\d{8,9}\b"),
    (
        "ID",
        r"\b(?:passport|pasaporte|driver'?s? licen[sc]e|licencia|dl|id|identification|cuenta|account|acct|routing|case|caso|badge|curp|rfc|visa)"
        + SAYS
        + r"([a-z]{0,4}[ -]?\d[a-z0-9-]{3,})\b",
    ),
    (
        "ADDRESS",
        r"\b\d{1,6}[a-z]?\s+(?:[nsew]\.?\s+)?(?:[\w'.]+\s+){1,4}?"
        + STREET
        + r"\b\.?"
        + UNIT
        + r"(?:,\s*[a-z .]{2,30},?\s+(?:ca|california))?(?:\s+\d{5})?",
    ),
    (
        "ADDRESS",
        r"\b(?:calle|avenida|avda?\.?|camino|carretera|paseo|plaza|bulevar|colonia)\s+[\w .']{2,40}?[\s,]*(?:#|n[uú]m(?:ero)?\.?|no\.?)?\s*\d{1,5}\b"
        + UNIT,
    ),
    ("ADDRESS", r"\b(?:ca|california),?\s+\d{5}(?:-\d{4})?\b"),
    ("ADDRESS", r"-?\b\d{1,3}\.\d{4,}\b"),
    ("DATE", r"\b" + DATE + r"\b"),
    ("PHONE", r"\b(?:" + DIGIT_WORD + r"[\s,.*_/|()+-]*){6,}" + DIGIT_WORD),
    ("NUMBER", r"\b\d(?:[ .,-]?\d){5,}\b"),
    ("NUMBER", r"\b[a-z]*\d[a-z]*\d[a-z]*\d[a-z]*\d[a-z0-9]*\b"),
)


def _options() -> "re2.Options":
    options = re2.Options()
    options.case_sensitive = False
    options.max_mem = 1 << 28
    return options


class Patterns:
    """The compiled set: which patterns hit a text at all (one pass), and their spans."""

    def __init__(self) -> None:
        self._set = re2.Set.SearchSet(_options())
        for _, pattern in PATTERNS:
            self._set.Add(pattern)
        self._set.Compile()
        self._each = [(kind, re2.compile(pattern, options=_options())) for kind, pattern in PATTERNS]

    def spans(self, text: str) -> list[tuple[int, int, str]]:
        """(start, end, kind) of every match, in the order of the patterns; spans may overlap."""
        found = []
        for number in sorted(self._set.Match(text) or ()):
            kind, pattern = self._each[number]
            for match in pattern.finditer(text):
                group = 1 if pattern.groups and match.start(1) >= 0 else 0
                if match.end(group) > match.start(group):
                    found.append((match.start(group), match.end(group), kind))
        return found
