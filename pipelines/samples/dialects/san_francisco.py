"""The sender of a rolling window: incidents of San Francisco in open-data columns, several rows per incident, late rows and withdrawn ones."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from random import Random

from pipelines.samples.dialects.delimited import table
from pipelines.samples.incidents import Incident, incident_record
from pipelines.samples.sent import Calendar, Line, Sent, back, drawing

WINDOW_DAYS = 90
LATEST = timedelta(days=20)
FIRST = date(2018, 1, 1).toordinal()
COLUMNS = ("row_id", "incident_date", "incident_category", "latitude", "longitude")
# Code -> canonical offence, rows a week, and the spellings of its category.
CODES = {
    "13045": (
        "64A",
        9,
        ("Human Trafficking (A), Commercial Sex Acts", "Human Trafficking, Commercial Sex Acts", "HUMAN TRAFFICKING (A), COMMERCIAL SEX ACTS"),
    ),
    "13080": ("64B", 5, ("Human Trafficking (B), Involuntary Servitude",)),
}
SAME = "13030"  # a second offence of the same kind
OTHER = {"06244": "Larceny Theft", "04134": "Assault", "13020": "Prostitution", "28150": "Malicious Mischief"}
CANONICAL = {**{code: canon for code, (canon, _, _) in CODES.items()}, SAME: "64A", "13020": "40"}
UNKNOWN = "13099"


@dataclass(frozen=True)
class Row:
    """One offence of an incident: the day it is known from, the day it occurred, the incident and the code, the words."""

    known: date
    day: date
    incident: str
    code: str
    category: str


@lru_cache(maxsize=8192)
def rows_of(seed: int, day: date) -> tuple[Row, ...]:
    """All rows of a day."""
    random = drawing(seed, "san francisco", day)
    found: list[Row] = []
    for number, (code, category) in enumerate(_drawn(random, day)):
        incident = f"{1_000_000 + (day.toordinal() - FIRST) * 40 + number:07d}"
        known = day + timedelta(days=random.choice((1, 1, 1, 2, 2, 4, 9, LATEST.days)))
        found.append(Row(known, day, incident, code, category))
        if code == "13045" and random.random() < 0.15:
            found.append(Row(known, day, incident, SAME, category))
        if random.random() < 0.002:
            found.append(Row(known, day, f"{int(incident) + 30:07d}", UNKNOWN, "Human Trafficking (C), Other"))
    return tuple(found)


def _drawn(random: Random, day: date) -> list[tuple[str, str]]:
    found = [(code, random.choice(words)) for code, (_, weekly, words) in CODES.items() for _ in range(2) if random.random() < weekly / 14]
    return found + [random.choice(list(OTHER.items())) for _ in range(random.randrange(3, 7 if day.weekday() > 3 else 5))]


def withdrawn(seed: int, monday: date) -> str:
    """The incident that is gone from the delivery of a week on; in most weeks there is none."""
    if back(monday) % 6 != 3:
        return ""
    days = [monday - timedelta(days=i) for i in range(25, 32)]
    return next((row.incident for day in days for row in rows_of(seed, day) if row.code == "13080"), "")


def window_deliveries(seed: int, calendar: Calendar, monday: date) -> Iterator[Sent]:
    """The window of a week."""
    if back(monday) in calendar.silent:
        return
    drawn_up = monday + timedelta(days=7)
    days = [drawn_up - timedelta(days=i) for i in range(WINDOW_DAYS, 0, -1)]
    gone = {withdrawn(seed, monday - timedelta(weeks=i)) for i in range(WINDOW_DAYS // 7 + 1)}
    shown = [row for day in days for row in rows_of(seed, day) if row.known < drawn_up and row.incident not in gone]
    codes: dict[str, set[str]] = {}
    for row in shown:
        codes.setdefault(row.incident, set()).add(CANONICAL.get(row.code, "OTH"))
    lines = [_line(row, tuple(sorted(codes[row.incident]))) for row in shown]
    text, rows = table(COLUMNS, [line.raw for line in lines])
    yield Sent("ncric_incidents", f"sf_incidents_{drawn_up}.csv", text.encode(), drawn_up, tuple(lines), tuple(rows))


def _line(row: Row, codes: tuple[str, ...]) -> Line:
    raw = dict(zip(COLUMNS, (row.incident + row.code, row.day.isoformat(), row.category, "37.77", "-122.42"), strict=True))
    incident = Incident("NCRIC", row.day, 0, row.day, row.day, "06075", (), False, "other", "other", "open", "municipal_police", 0)
    absent = dict.fromkeys(("victim_age_band", "minor_involved", "statute", "location_type", "attempted", "clearance"), "not_reported")
    form = {(True, True): "both", (True, False): "sex", (False, True): "labor"}.get(("64A" in codes, "64B" in codes), "none")
    status = "none" if form == "none" else "possible"
    given = {"reported_on": None, "offence_codes": list(codes), "exploitation_form": form, "trafficking_status": status}
    line = Line(row.incident, raw, incident_record(incident, "insert") | absent | given)
    return replace(line, outcome="quarantined", reason="R-CODE") if row.code == UNKNOWN else line
