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
DATE = (
    r"(?:\d{1,2}\s?[/.-]\s?\d{1,2}\s?[/.-]\s?(?:\d{4}|\d{2})|(?:19|20)\d\d\s?[/.-]\s?\d{1,2}\s?[/.-]\s?\d{1,2}(?:T[\d:.Z]+)?|"
    rf"{DAY}\s*(?:de\s+|of\s+)?[ -]?{MONTH}(?:,?[\s-]*(?:del?\s+)?(?:19|20)\d\d|[\s-]+'?\d\d\b)?|{MONTH}\s+{DAY}\b(?:,?\s+(?:del?\s+)?{YEAR}\b)?|"
    rf"{MONTH},?\s+(?:del?\s+)?(?:19|20)\d\d)"
)
SAYS = r"\s*(?:number|numero|n[uú]mero|no\.?|num\.?|nº|is|was|es|era|of|#|:|=|-|\()*\s*"
AT = r"\s*(?:\(at\)|\[at\]|\{at\}|<at>|\(arroba\)|\[arroba\]|\(a\)|＠)\s*"
DOT = r"\s*(?:\.|\(dot\)|\[dot\]|\{dot\}|<dot>|\bdot\b|\bpunto\b|\(punto\)|\[punto\]|\(\.\)|\[\.\])\s*"
SPOKEN_DOT = r"\s*(?:\(dot\)|\[dot\]|\bdot\b|\bpunto\b)\s*"
LABEL = rf"{W}(?:[\pL\pN_-]{{0,40}}{W})?"
USER = rf"{W}(?:[\pL\pN_.+%-]*{W})?(?:{DOT}{LABEL}|\s+(?:underscore|dash|guion|guión|plus|hyphen)\s+{LABEL}){{0,4}}"
SPOKEN_TOP = r"(?:com|net|org|edu|gov|info|biz|io|app|xyz|mx|tv|online|site|club|ru|link)"
TOP = r"(?:com|net|org|io|info|biz|me|us|mx|ru|app|link|xyz|gov|edu|co|es|uk|de|fr|it|ca|tv|cc|ly|to|online|site|club|top|live|chat|dev|ai|gal|cat|eu|mil|int|nl|ch|br|ar|cl|pe)"  # noqa: E501

PATTERNS: tuple[tuple[str, str], ...] = (
    ("EMAIL", rf"[\pL\pN_.+%'-]*{W}@(?:{LABEL}\.)*{LABEL}"),
    ("EMAIL", rf"[\pL\pN_.+%'-]*{W}\s{{0,2}}@\s{{0,2}}{LABEL}(?:\s?\.{LABEL}|{SPOKEN_DOT}{LABEL})+"),
    ("EMAIL", rf"{USER}{AT}{LABEL}(?:{DOT}{LABEL})+"),
    ("EMAIL", rf"{USER}\s*\b(?:at|arroba)\b\s*{LABEL}(?:{SPOKEN_DOT}{LABEL})+"),
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
        r"\b(?:instagram|insta|ig|snapchat|snap|telegram|whatsapp|tiktok|tik tok|facebook|fb|messenger|kik|onlyfans|twitter|discord|username|user name|user id|handle|"  # noqa: E501
        r"screen ?name|usuario|perfil|cuenta de instagram|cash ?app|venmo|zelle|paypal|skype|signal|wechat|viber|line id|gamertag|arroba)"
        + SAYS
        + r"([$@]?[\pL\pN_]*[\pN_.][\pL\pN_.]*[\pL\pN_])",
    ),
    ("HANDLE", r"(?:^|\s)(\$[a-z][a-z0-9_-]{2,})"),
    (
        "DOB",
        r"\b(?:dob|d\.o\.b\.?|date of birth|birth ?date|birthday|born|fecha de nacimiento|f\. ?nac\.?|fdn|nacimiento|nacid[oa]|naci[oó])[^\pL\pN]{0,3}(?:is|was|on|in|el|en|es)?\s*("  # noqa: E501
        + DATE
        + r"|(?:19|20)\d\d)",
    ),
    ("SSN", r"\b\d{3}[-. ]\d{2}[-. ]\d{4}\b"),
    (
        "IP",
        r"\b\d{1,3}(?:\s?\.\s?\d{1,3}){3}(?::\d+|/\d+)?\b|\b(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{1,4}\b|\b(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}\b)?|::(?:[0-9a-f]{1,4}:){0,5}[0-9a-f]{1,4}\b",
    ),
    ("MAC", r"\b(?:[0-9a-f]{2}[:-]){5}[0-9a-f]{2}\b|\b(?:[0-9a-f]{4}\.){2}[0-9a-f]{4}\b"),
    ("BANK", r"(?-i:\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,4})?\b)"),
    ("CARD", r"\b(?:\d[ .-]?){12,18}\d\b"),
    ("PHONE", r"(?:\+|\b00)?\s?\(?\b\d{1,4}\)?(?:[ .-]{0,2}\(?\d{1,4}\)?){2,6}\s*(?:x|ext|extn|extension|#)\.?\s?\d{1,6}\b"),
    ("PHONE", r"(?:\+\s?\d{1,3}[\s.-]*)?(?:\(\s*\d{2,4}\s*\)|\b\d{3})[\s./*_-]{0,3}\d{3}[\s./*_-]{0,3}\d{4}\b"),
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
    ("PLATE", r"\b\d[a-z]{3}[ -]?\d{3}\b|(?-i:\b[A-Z]{3}[ -]\d{3,4}\b|\b\d{3}[ -][A-Z]{3}\b|\b\d{4}[ -][A-Z]{3}\b)"),
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
    ("DATE", r"\b" + DATE + r"(?:\b|$)"),
    ("NUMBER", r"#\s?(\d{3,})\b"),
    ("ADDRESS", r"\b(?:ca|california),?\s+\d{5}(?:-\d{4})?\b|\b\d{5}-\d{4}\b"),
    ("ADDRESS", r"\b(?:p\.? ?o\.? box|apartado(?: de correos| postal)?|apto\.? postal|psc|unit|box)\s+#?\d{1,6}\b(?:,?\s+box\s+\d+)?"),
    ("ADDRESS", r"\b(?:room|rm|cuarto|habitaci[oó]n)\.?\s*#?\s*([a-z]?-?\d{1,5}[a-z]?)\b"),
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
                if end > start >= 0:
                    yield start, end, number, kind
