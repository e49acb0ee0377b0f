"""The identifiers that have a form of their own, as data: kind and RE2 pattern (linear time by construction), most specific first.

A group marks what is masked where the cue before it may stay. A validator would only ever raise a kind, so there is none that clears one.
"""

from collections.abc import Iterator

import re2

W = r"[\pL\pN_]"
MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|"
    r"ene(?:ro)?|febrero|marzo|abr(?:il)?|mayo|junio|julio|ago(?:sto)?|septiembre|setiembre|octubre|noviembre|dic(?:iembre)?)\.?"
)
DAY = r"(?:[0-3]?\d(?:st|nd|rd|th|º)?)"
YEAR = r"(?:(?:19|20)\d\d|'?\d\d)"
OLD = r"(?:1[89]\d\d|200\d|201[0-4])"  # years in which nobody reports today: of a birth, more likely
OLD_SHORT = r"(?:0\d|1[0-4]|2[7-9]|[3-9]\d)"
# A full date of such a year: the day of an event may stay, a birth may not, and what is announced as one may not either (DATE after a cue).
OLD_DATE = (
    rf"(?:\d{{1,2}}\s?[/.-]\s?\d{{1,2}}\s?[/.-]\s?(?:{OLD}|{OLD_SHORT})|{OLD}\s?[/.-]\s?\d{{1,2}}\s?[/.-]\s?\d{{1,2}}(?:T[\d:.Z]+)?|"
    rf"{DAY}\s*(?:de\s+|of\s+)?[ -]?{MONTH}(?:,?[\s-]*(?:del?\s+)?{OLD}|[\s-]+'?{OLD_SHORT})|"
    rf"{MONTH}\s*{DAY}(?:,?\s+(?:del?\s+)?(?:{OLD}|'{OLD_SHORT})))"
)
_ONE = r"(?:one|two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|oh|[a-z]{3,5}teen|(?:twen|thir|for|fif|six|seven|eigh|nine)ty)"
_ORDINAL = (
    r"(?:the\s+)?(?:(?:twenty|thirty)[ -])?(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|"
    r"eleventh|twelfth|[a-z]{3,5}teenth|twentieth|thirtieth)"
)
_UNO = (
    r"(?:uno|primero|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|diez|once|doce|trece|catorce|quince|dieci[a-zé]+|"
    r"veint[a-zéú]+|treinta|cuarenta|cincuenta|sesenta|setenta|ochenta|noventa)"
)
SPOKEN_DATE = (
    rf"(?:(?:{_ORDINAL}\s+(?:of\s+)?{MONTH}|{MONTH}\s+{_ORDINAL}),?\s+(?:of\s+)?(?:nineteen|twenty|two thousand)(?:[ -](?:and )?{_ONE}){{1,2}}|"
    rf"{_UNO}(?:\s+y\s+{_UNO})?\s+de\s+{MONTH}\s+del?\s+(?:mil novecientos|dos mil)(?:\s+(?:y\s+)?{_UNO}){{0,2}})"
)
ROMAN_DATE = r"(?-i:\d{1,2}[-/.](?:I{1,3}|IV|VI{0,3}|IX|XI{0,2})[-/.](?:19|20)?\d\d)"
BORN = (
    r"(?:dob|d\.o\.b\.?|date of birth|birth ?date|birthday|birth|born|"
    r"fecha de nacimiento|f\. ?nac\.?|fdn|nacimiento|nacid[oa]|naci[oó]|cumpleaños|cumple)"
)
DATE = (
    r"(?:\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?(?:\d{4}|\d{2})|(?:19|20)\d\d\s?[/.-]\s?\d{1,2}\s?[/.-]\s?\d{1,2}(?:T[\d:.Z]+)?|"
    rf"{DAY}\s*(?:de\s+|of\s+)?[ -]?{MONTH}(?:,?[\s-]*(?:del?\s+)?(?:19|20)\d\d|[\s-]+'?\d\d\b)?|{MONTH}\s+{DAY}\b(?:,?\s+(?:del?\s+)?{YEAR}\b)?|"
    rf"{MONTH},?\s+(?:del?\s+)?(?:19|20)\d\d)"
)
SAYS = r"\s*(?:number|numero|n[uú]mero|no\.?|num\.?|nº|is|was|es|era|of|#|:|=|-|\()*\s*"
AT = r"\s*(?:\(at\)|\[at\]|\{at\}|<at>|\(arroba\)|\[arroba\]|\(a\)|＠)\s*"
DOT = r"\s*(?:\bd0t\b|\.|\(dot\)|\[dot\]|\{dot\}|<dot>|\bdot\b|\bpunto\b|\(punto\)|\[punto\]|\(\.\)|\[\.\])\s*"
SPOKEN_DOT = r"\s*(?:\bd0t\b|\(dot\)|\[dot\]|\bdot\b|\bpunto\b)\s*"
LABEL = rf"{W}(?:[\pL\pN_-]{{0,40}}{W})?"
USER = rf"{W}(?:[\pL\pN_.+%-]*{W})?(?:{DOT}{LABEL}|\s+(?:underscore|dash|guion|guión|plus|hyphen)\s+{LABEL}){{0,4}}"
SPOKEN_TOP = r"(?:com|net|org|edu|gov|info|biz|io|app|xyz|mx|tv|online|site|club|ru|link)"
TOP = r"(?:com|net|org|io|info|biz|me|us|mx|ru|app|link|xyz|gov|edu|co|es|uk|de|fr|it|ca|tv|cc|ly|to|online|site|club|top|live|chat|dev|ai|gal|cat|eu|mil|int|nl|ch|br|ar|cl|pe)"  # noqa: E501

PATTERNS: tuple[tuple[str, str], ...] = (
    ("EMAIL", rf"[\pL\pN_.+%'-]*{W}@(?:{LABEL}\.)*{LABEL}"),
    ("EMAIL", rf"[\pL\pN_.+%'-]*{W}\s{{0,2}}@\s{{0,2}}{LABEL}(?:\s?\.{LABEL}|\s?\.\s?{SPOKEN_TOP}\b|{SPOKEN_DOT}{LABEL})+"),
    ("EMAIL", rf"{USER}{AT}{LABEL}(?:{DOT}{LABEL})+"),
    ("EMAIL", rf"{USER}\s*\b(?:at|a t|arroba)\b\s*{LABEL}(?:{SPOKEN_DOT}{LABEL})+"),
    (
        "EMAIL",
        rf"{W}(?:[\pL\pN_.+%-]*{W})?(?:{DOT}{LABEL}){{0,4}}\s+(?:at|arroba)\s+(?:gmail|yahoo|hotmail|outlook|icloud|aol|protonmail|proton|live|msn)\b(?:\.\w+)?",
    ),
    ("URL", r"(?:[a-z][a-z0-9+.-]{1,10}://|hxxps?\S{1,3}/{1,2}|www\d?\.)\S*[\pL\pN/]"),
    ("URL", rf"\b(?:{LABEL}\.)+{TOP}\b(?::\d+)?(?:/\S*)?"),
    ("URL", rf"\b(?:www\s+dot\s+)?{LABEL}(?:\s+(?:dot|punto)\s+{LABEL}){{0,3}}\s+(?:dot|punto)\s+{SPOKEN_TOP}\b(?:\s+slash\s+{LABEL})*"),
    ("URL", rf"\b{LABEL}\s?(?:\[\.\]|\(\.\)|\[dot\]|\(dot\))\s?{LABEL}(?:/\S*)?"),
    ("HANDLE", r"(?:^|[^\pL\pN@.])(@\s?[\pL\pN_][\pL\pN_.]{1,30})"),
    (
        "HANDLE",
        r"\b(?:instagram|insta|ig|snapchat|snap|sc|telegram|whatsapp|tiktok|tik tok|facebook|fb|messenger|kik|onlyfans|twitter|discord|username|user name|user id|handle|"  # noqa: E501
        r"screen ?name|usuario|perfil|cuenta de instagram|cash ?app|venmo|zelle|paypal|skype|signal|wechat|viber|line id|gamertag|arroba)"
        + SAYS
        + r"([$@]?[\pL\pN_]*[\pN_.][\pL\pN_.]*[\pL\pN_])",
    ),
    ("HANDLE", rf"\b(?:arroba\s+)?{LABEL}(?:\s+(?:underscore|under score|gui[oó]n bajo)\s+{LABEL})+"),
    ("HANDLE", r"\b[\pL\pN$]*\d[\pL\pN]*\$[\pL\pN$]*[\pL\pN]"),
    ("NAME", r"\b\pL\s+(?:as in|like|for|de|como)\s+\pL+(?:[\s,.;-]+(?:and |y )?\pL\s+(?:as in|like|for|de|como)\s+\pL+){2,}"),
    ("HANDLE", r"(?:^|\s)(\$[a-z][a-z0-9_-]{2,})"),
    (
        "DOB",
        r"\b(?:dob|d\.o\.b\.?|date of birth|birth ?date|birthday|born|fecha de nacimiento|f\. ?nac\.?|fdn|nacimiento|nacid[oa]|naci[oó])[^\pL\pN]{0,3}(?:is|was|on|in|el|en|es)?\s*("  # noqa: E501
        + DATE
        + r"|(?:19|20)\d\d)",
    ),
    ("DOB", rf"\b{BORN}\b[^.!?;\n]{{0,80}}?\b({DATE})(?:\b|$)"),
    ("DOB", rf"\b({DATE})\b[^.!?;\n]{{0,40}}?\b{BORN}\b"),
    ("DOB", rf"\b{SPOKEN_DATE}\b"),
    ("DOB", rf"\b{ROMAN_DATE}\b"),
    ("SSN", r"\b\d{3}[-. ]\d{2}[-. ]\d{4}\b"),
    (
        "IP",
        r"\b\d{1,3}(?:\s?(?:\.|\[\.\]|\(\.\)|\[dot\]|\(dot\)| dot )\s?\d{1,3}){3}(?::\d+|/\d+)?\b|\b(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}\b|"
        r"\b(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}\b)?|::(?:[0-9a-f]{1,4}:){0,5}[0-9a-f]{1,4}\b",
    ),
    ("MAC", r"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b|\b(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}\b"),
    ("BANK", r"(?-i:\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b)"),
    ("CARD", r"\b(?:\d[ .-]?){12,18}\d\b"),
    ("PHONE", r"(?:\+|\b00)?\s?\(?\b\d{1,4}\)?(?:[ .-]{0,2}\(?\d{1,4}\)?){2,6}\s*(?:x|ext|extn|extension|#)\.?\s?\d{1,6}\b"),
    ("PHONE", r"(?:\+\s?\d{1,3}[\s.-]*)?(?:\(\s*\d{2,4}\s*\)|\b\d{3})[\s./*_-]{0,3}\d{3}[\s./*_-]{0,3}\d{4}\b"),
    ("PHONE", r"\b\d{3}[ .-]\d{3}[.-][a-z]{4}\b"),
    ("PHONE", r"\+\s?\d(?:[ ().\-]{0,3}\d){6,14}\b"),
    (
        "GPS",
        r"[-+]?\b\d{1,3}\.\d{4,}°?\s?[nsew]?(?:[,;/\s]+[-+]?\d{1,3}\.\d{3,}°?\s?[nsew]?)?|\b\d{1,3}°\s?\d{1,2}['’′]?\s?(?:[\d.]+[\"”″]?)?\s?[nsewo]?(?:[,\s]+\d{1,3}°\s?\d{1,2}['’′]?\s?(?:[\d.]+[\"”″]?)?\s?[nsewo]?)?",
    ),
    ("NUMBER", r"\b\d(?:[ .-]?\d){6,}\b"),
    ("NUMBER", r"\(\s?\d{2,5}\s?\)\s?\d{2,}(?:[ .-]\d{2,})*"),
    ("VIN", r"\b[a-hj-npr-z0-9]{3}[ -][a-hj-npr-z0-9]{5,6}[ -][a-hj-npr-z0-9]{1,2}[ -]?[a-hj-npr-z0-9]{0,8}[ -]?[a-hj-npr-z]?\d{4,6}\b"),
    ("VIN", r"\bvin" + SAYS + r"((?:[a-hj-npr-z0-9]{1,9}[ -]?){1,8}\d{2,}[a-z0-9]*)\b"),
    (
        "PLATE",
        r"\b(?:licen[sc]e plates?|plates?|tags?|placas?|matr[ií]culas?|registration|lic)"
        + SAYS
        + r"((?:[a-z]{2} )?[a-z0-9]{1,4}[ -]?[a-z]*\d[a-z0-9]*(?:[ -]?[a-z0-9]*\d[a-z0-9]*)?|[a-z]{2,4}[ -]\d{2,4}[ -]?[a-z]{0,2})\b",
    ),
    ("PLATE", r"\b\d[a-z]{3}[ -]?\d{3}\b|\b\d[*.-][a-z]{3}[*.-]\d{3}\b|(?-i:\b[A-Z]{3}[ -]\d{3,4}\b|\b\d{3}[ -][A-Z]{3}\b|\b\d{4}[ -][A-Z]{3}\b)"),
    ("ID", r"\ba[- #]{0,2}\d{3}[ -]?\d{3}[ -]?\d{2,3}\b"),
    (
        "ID",
        r"\b(?:passport|pasaporte|driver'?s? licen[sc]e|licencia(?: de conducir)?|dl|id|identification|cuenta|account|acct|routing|case|caso|badge|curp|rfc|visa|file|record|mrn|nhc|nass|"  # noqa: E501
        r"dni|nie|nif|cip|n[uú]mero de historia|historia|ssn|social security|social|seguro social|itin|ein|member|policy|p[oó]liza|claim|order|invoice|ticket|serial|imei|receipt|confirmation|"  # noqa: E501
        r"reference|ref|folio|expediente|employee|empleado|inmate|booking|fbi|cii|sid|pin|code|c[oó]digo|password|contraseña|ext|extension|box|apartado|colegiado|n[ºo]\.? ?col\.?|ncol)"  # noqa: E501
        + SAYS
        + r"([a-z]{0,4}-?\d[a-z0-9]*(?:[ ./-][a-z]?\d[a-z0-9]*)*(?:[ -][a-z]\b)?)\b",
    ),
    ("ID", r"\b[a-z]{1,3}-?\d{2,}(?:-\d{2,})+\b"),
    ("ID", r"\b\d{7,8}[ -]?[A-Z]\b|\b[xyz][ -]?\d{7}[ -]?[a-z]\b"),
    ("DATE", rf"\b{OLD_DATE}(?:\b|$)"),
    ("NUMBER", r"#\s?(\d{3,})\b"),
    ("ADDRESS", r"\b(?:ca|california),?\s+\d{5}(?:-\d{4})?\b|\b\d{5}-\d{4}\b"),
    ("ADDRESS", r"\b(?:p\.? ?o\.? box|apartado(?: de correos| postal)?|apto\.? postal|psc|unit|box)\s+#?\d{1,6}\b(?:,?\s+box\s+\d+)?"),
    ("ADDRESS", r"\b(?:(?:apt|apartment|apto|unit|suite|ste|depto|departamento|space|lot|trailer)\.?\s*#?\s*[a-z]?-?\d{1,5}[a-z]?)\b"),
    ("ADDRESS", r"\bhighway \d{1,3} (?:mile|milepost|exit)\s*\d+\b|\b(?:mile ?marker|exit|kil[oó]metro|km)\s+\d{1,4}(?:[.,]\d+)?\b"),
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

    def spans(self, text: bytes) -> Iterator[tuple[int, int, int, str]]:
        """(start, end, rank, kind) of every match in UTF-8, in the order of the patterns, which is their rank; spans may overlap."""
        for number in sorted(self._set.Match(text) or ()):
            kind, pattern = self._each[number]
            group = 1 if pattern.groups else 0
            for match in pattern.finditer(text):
                start, end = match.span(group)
                if end > start >= 0 and not (kind in _MAY_BE_LAW and _is_harmless(text, match.start(), text[match.start() : end])):
                    yield start, end, number, kind


_MAY_BE_LAW = ("ID", "NUMBER", "CARD", "PHONE")
_LAW = re2.compile(
    r"(?i)(?:penal|civil|labor|vehicle|government|family|welfare|health|safety|professions|business|u\.s\.|c[oó]digo|section|article|art[ií]culo)\W+$"
)
_OF_LAW = re2.compile(r"(?i)(?:code|c[oó]digo)\W*\d{1,4}[a-z]?(?:\.\d{1,3})?")
_YEARS = re2.compile(r"(?:19|20)\d\d ?[ -] ?(?:19|20)\d\d")
_RECENT = re2.compile(r"\d{1,2} ?[.-] ?\d{1,2} ?[.-] ?20(?:1[5-9]|2\d)|20(?:1[5-9]|2\d)[.-]\d{1,2}[.-]\d{1,2}")


def _is_harmless(text: bytes, start: int, found: bytes) -> bool:
    """Whether it is a section of a law, a range of years or a recent day after all, and no more than that."""
    if _YEARS.fullmatch(found) or _RECENT.fullmatch(found):
        return True
    return bool(_OF_LAW.fullmatch(found) and _LAW.search(text[max(0, start - 24) : start]))
