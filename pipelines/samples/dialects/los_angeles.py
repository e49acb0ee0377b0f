"""The sender of Los Angeles's incidents: open-data columns, two spellings of a date, ages of 0, and leading zeros that a spreadsheet took off."""

from dataclasses import replace
from datetime import date

from pipelines.samples.dialects.delimited import CUT, Row, american, put, table
from pipelines.samples.incidents import Incident, incident_record
from pipelines.samples.sent import Values, drawing
from pipelines.samples.weekly import Page, Spoil

# fmt: off
LOS_ANGELES = (
    "DR_NO", "Date Rptd", "DATE OCC", "TIME OCC", "AREA", "AREA NAME", "Rpt Dist No", "Part 1-2", "Crm Cd", "Crm Cd Desc", "Mocodes",
    "Vict Age", "Vict Sex", "Vict Descent", "Premis Cd", "Premis Desc", "Weapon Used Cd", "Weapon Desc", "Status", "Status Desc",
    "Crm Cd 1", "Crm Cd 2", "Crm Cd 3", "Crm Cd 4", "LOCATION", "Cross Street", "LAT", "LON",
)
# fmt: on
LA_CODES = {"64A": "822", "64B": "921", "40B": "805", "OTH": "624"}
LA_WORDS = {
    "822": "HUMAN TRAFFICKING - COMMERCIAL SEX ACTS",
    "921": "HUMAN TRAFFICKING - INVOLUNTARY SERVITUDE",
    "805": "PIMPING",
    "624": "BATTERY - SIMPLE ASSAULT",
}
LA_PREMISES = {"residence": "501", "hotel": "503", "street": "101", "restaurant": "210", "shop": "402", "transport": "834"}


def la_incident(incident: Incident, _action: str) -> Row:
    """Los Angeles: two spellings of a date, one offence, ages of 0, lost leading zeros, and 1 January for a day that nobody knows."""
    code, random = _la_code(incident), drawing("spelling", incident.serial)
    return dict.fromkeys(LOS_ANGELES, "") | {
        "DR_NO": str(90_000_000 + incident.serial * 10),
        "Date Rptd": american(incident.reported, random.random() < 0.5),
        "DATE OCC": american(_la_day(incident), random.random() < 0.5),
        "TIME OCC": f"{random.randrange(24):02d}00",
        "AREA": f"{random.randrange(1, 22):02d}",
        "Part 1-2": "2",
        "Crm Cd": code,
        "Crm Cd Desc": LA_WORDS[code],
        "Vict Age": str(incident.years),
        "Premis Cd": LA_PREMISES.get(incident.location, "710"),
        "Status": {"open": "IC", "arrest": "AA", "exceptional": "AO"}[incident.clearance],
        "Crm Cd 1": code,
        "LAT": "0",
        "LON": "0",
    }


def la_incident_record(incident: Incident, _action: str) -> Values:
    """What carries over of one row."""
    code = {code: canon for canon, code in LA_CODES.items()}[_la_code(incident)]
    day, location = _la_day(incident), incident.location if incident.location in LA_PREMISES else "other"
    given = incident_record(replace(incident, codes=(code,), occurred=day, location=location), "insert")
    first = (day.month, day.day) == (1, 1) and (incident.reported - day).days > 60
    absent = {"minor_involved": "not_reported", "statute": "not_reported", "attempted": "not_reported"}
    return given | absent | {"agency_type": "municipal_police", "occurred_precision": "year" if first else "day"}


def write_la_incidents(raws: list[Row], _page: Page) -> tuple[bytes, list[int]]:
    """The columns of the portal."""
    text, rows = table(LOS_ANGELES, raws)
    return text.encode(), rows


LA_SPOILS: tuple[Spoil, ...] = (
    (put("DATE OCC", "13/45/2026 00:00"), "R-DATE"),
    (put("DR_NO", ""), "R-KEY"),
    (lambda raw: {**raw, "Crm Cd": "823", "Crm Cd Desc": "HUMAN TRAFFICKING - OTHER"}, "R-CODE"),
    (put("Status", "??"), "R-CODE"),
    (put(CUT, "1"), "R-COLUMNS"),
)


def _la_code(incident: Incident) -> str:
    return LA_CODES.get(incident.codes[0], "624")


def _la_day(incident: Incident) -> date:
    return incident.occurred.replace(month=1, day=1) if incident.number % 90 == 0 else incident.occurred
