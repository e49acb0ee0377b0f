"""The sender of workbooks: tips of Central California, with a merged title, two header rows, and dates in Excel's days."""

import io
from collections.abc import Callable
from datetime import date, datetime
from typing import Any

from pipelines.samples.incidents import CALIFORNIA
from pipelines.samples.sent import Values
from pipelines.samples.tips import Tip, canonical
from pipelines.samples.weekly import Page, Spoil

GROUPS = {
    "Tip": ("No.", "Received", "Came by", "Class"),
    "Event": ("Date", "County no.", "Form", "Setting"),
    "Person": ("Age band", "Under 18", "Controls"),
    "Source": ("Who", "Rel.", "Cred."),
    "Account": ("Language", "Urgency", "Text", "Clerk"),
}
HEADER_ROW = 4
EPOCH = date(1899, 12, 30).toordinal()
MADE = datetime(2026, 1, 1)  # noqa: DTZ001  a property of the file, the same in each
COUNTY_NUMBERS = {code: number for number, code in enumerate(sorted(CALIFORNIA), 1)}
VENUES = {
    "hotel": "HTL",
    "massage": "MSG",
    "outdoor": "STR",
    "residential": "RES",
    "escort": "ESC",
    "domestic_work": "DOM",
    "restaurant": "RST",
    "agriculture": "AGR",
    "construction": "CON",
    "factory": "FAC",
    "cleaning": "CLN",
}
CONTROLS = {
    "debt_bondage": "debt",
    "threatens_family": "threatens family",
    "restricts_movement": "cannot leave",
    "withholds_documents": "keeps papers",
    "takes_earnings": "keeps pay",
    "excessive_hours": "long hours",
    "physical_abuse": "violence",
    "threats_law_enforcement": "threatens with police",
}
SOURCES = {
    "public": "member of the public",
    "service_provider": "service provider",
    "health": "clinic or hospital",
    "school": "school",
    "business": "business",
    "law_enforcement": "officer",
}
Cells = dict[str, Any]


def put(column: str, value: Any) -> Callable[[Cells], Cells]:
    """A function that gives the row with another value in a column."""
    return lambda raw: {**raw, column: value}


def central_tip(tip: Tip, _action: str) -> Cells:
    """Central California: serial numbers for dates, some of them in cells that Excel does not know to be dates."""
    received = tip.received.date().toordinal() - EPOCH + (tip.received.hour * 60 + tip.received.minute) / 1440
    return {
        "Tip / No.": f"C{tip.monday.year % 100:02d}/{tip.serial % 100_000:05d}",
        "Tip / Received": received,
        "Tip / Came by": {"phone": "tel", "web": "web", "email": "mail", "text": "sms", "in_person": "desk", "referral": "agency"}[tip.channel],
        "Tip / Class": {"tip": "TIP", "crisis": "CRI", "information": "INF", "high_risk": "RSK"}[tip.kind],
        "Event / Date": tip.occurred.toordinal() - EPOCH if tip.precision == "day" else None,
        "Event / County no.": COUNTY_NUMBERS.get(tip.county),
        "Event / Form": {"sex": "S", "labor": "L", "both": "S+L", "unspecified": "?"}[tip.form],
        "Event / Setting": VENUES.get(tip.venue),
        "Person / Age band": {"unknown": "not known", "60+": "60 up"}.get(tip.age, tip.age.replace("-", " to ")),
        "Person / Under 18": {"minor": "yes", "adult": "no", "unknown": "not known"}[tip.minor],
        "Person / Controls": "; ".join(CONTROLS[one] for one in tip.means) or None,
        "Source / Who": SOURCES[tip.source],
        "Source / Rel.": tip.reliability,
        "Source / Cred.": int(tip.credibility),
        "Account / Language": {"en": "E", "es": "S"}[tip.language],
        "Account / Urgency": {"immediate": 1, "soon": 2, "routine": 3}[tip.urgency],
        "Account / Text": tip.text,
        "Account / Clerk": tip.number % 5,
    }


def central_tip_record(tip: Tip, _action: str) -> Values:
    """No time of correction, and no date where the day is not known."""
    given = canonical(tip, "insert") | {"corrected_at": None}
    return given if tip.precision == "day" else given | {"occurred_on": None, "occurred_precision": "none"}


def write_central_tips(raws: list[Cells], page: Page) -> tuple[bytes, list[int]]:
    """One sheet. In a changed template a column has another name."""
    import xlsxwriter  # type: ignore[import-untyped]

    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True})
    book.set_properties({"title": "Tips", "author": "Sample desk", "created": MADE})
    sheet = book.add_worksheet("Tips")
    day, bold = book.add_format({"num_format": "m/d/yyyy"}), book.add_format({"bold": True})
    columns = [f"{group} / {name}" for group, names in GROUPS.items() for name in names]
    sheet.merge_range(0, 0, 0, len(columns) - 1, f"Tips drawn up {page.drawn_up:%B %d, %Y}", bold)
    at = 0
    for group, names in GROUPS.items():
        sheet.merge_range(HEADER_ROW - 2, at, HEADER_ROW - 2, at + len(names) - 1, group, bold)
        for name in names:
            renamed = "Jurisdiction" if page.changed and name == "County no." else name
            sheet.write_string(HEADER_ROW - 1, at, renamed, bold)
            at += 1
    for number, raw in enumerate(raws):
        for place, column in enumerate(columns):
            dated = day if column in ("Tip / Received", "Event / Date") and number % 3 else None
            if raw[column] is not None:
                sheet.write(HEADER_ROW + number, place, raw[column], dated)
    book.close()
    return file.getvalue(), [HEADER_ROW + 1 + number for number in range(len(raws))]


CENTRAL_SPOILS: tuple[Spoil, ...] = (
    (put("Event / Setting", "???"), "R-CODE"),
    (put("Event / Date", "last week"), "R-DATE"),
    (put("Tip / No.", None), "R-KEY"),
    (put("Person / Controls", "debt; hypnosis"), "R-CODE"),
    (put("Event / Date", date(2031, 1, 5).toordinal() - EPOCH), "R-CHECK"),
)
