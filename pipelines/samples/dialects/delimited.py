"""The senders of delimited text: tips of Northern California and of Orange County, incidents of San Diego and of Los Angeles."""

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

from pipelines.samples.incidents import CALIFORNIA, Incident, incident_record
from pipelines.samples.sent import Line, Values, drawing
from pipelines.samples.tips import Tip, canonical
from pipelines.samples.weekly import Page, Spoil

Row = dict[str, str]
CUT = "cut"  # a row of this key alone is written with a value too many


def table(columns: Sequence[str], raws: list[Row], delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> tuple[str, list[int]]:
    """A header and its rows. A row marked as cut has one value too many."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(columns)
    for raw in raws:
        writer.writerow([raw[c] for c in columns] + (["?"] if CUT in raw else []))
    return text.getvalue(), list(range(1, len(raws) + 1))


def put(column: str, value: str) -> Callable[[Row], Row]:
    """A function that gives the row with another value in a column."""
    return lambda raw: {**raw, column: value}


WORDS: dict[str, dict[str, str]] = {
    "form": {"sex": "Sex trafficking", "labor": "Labor trafficking", "both": "Sex and labor trafficking", "unspecified": "Trafficking, kind not clear"},
    "venue": {
        "hotel": "Hotel or motel",
        "massage": "Massage business",
        "outdoor": "Street",
        "residential": "Private home",
        "escort": "Escort",
        "domestic_work": "Work in a household",
        "restaurant": "Restaurant",
        "agriculture": "Farm",
        "construction": "Construction",
        "factory": "Factory",
        "cleaning": "Cleaning",
    },
    "control": {
        "debt_bondage": "Debt",
        "threatens_family": "Threats to the family",
        "restricts_movement": "Not free to move",
        "withholds_documents": "Papers taken",
        "takes_earnings": "Earnings taken",
        "excessive_hours": "Long hours",
        "physical_abuse": "Violence",
        "threats_law_enforcement": "Threat of police or immigration",
    },
    "age": {"0-12": "Under 13", "13-17": "13 to 17", "18-24": "18 to 24", "25-59": "25 to 59", "60+": "60 and over", "unknown": "Unknown"},
    "source": {
        "public": "Public",
        "service_provider": "Service provider",
        "health": "Health care",
        "school": "School",
        "business": "Business",
        "law_enforcement": "Officer",
    },
    "channel": {"phone": "Phone", "web": "Web form", "email": "E-mail", "text": "Text", "in_person": "Walk-in", "referral": "Passed on"},
    "kind": {"tip": "Tip", "crisis": "Crisis", "information": "Information", "high_risk": "High risk"},
    "urgency": {"immediate": "Now", "soon": "Days", "routine": "None"},
    "precision": {"day": "on", "month": "in month", "year": "in year"},
    "minor": {"minor": "Y", "adult": "N", "mixed": "B", "unknown": "U"},
    "language": {"en": "English", "es": "Spanish"},
}
# fmt: off
NORTHERN = (
    "tip_no", "action", "received", "changed", "event_date", "event_date_is", "county", "about", "place", "control", "age", "minor", "told_by",
    "grade", "how", "kind", "when_needed", "lang", "desk", "account",
)
ORANGE = (
    "Lead #", "Rcvd", "Occurred", "Where", "Type", "Setting", "Controls", "Age", "Juvenile?", "Reported by", "Reliability", "Truth",
    "Received via", "Contact", "Priority", "Language", "Entered by", "Synopsis",
)
SAN_DIEGO = (
    "Incident Ref", "Offence No", "Date From", "Time From", "Date To", "Date Precision", "Reported", "County", "Agency", "Offence",
    "Offence Text", "Statute", "Premise", "Attempted", "Status", "Victim Age", "Victims", "Minor", "Suspects", "Weapon", "Loss", "Lat", "Lon",
    "Entered",
)
LOS_ANGELES = (
    "DR_NO", "Date Rptd", "DATE OCC", "TIME OCC", "AREA", "AREA NAME", "Rpt Dist No", "Part 1-2", "Crm Cd", "Crm Cd Desc", "Mocodes",
    "Vict Age", "Vict Sex", "Vict Descent", "Premis Cd", "Premis Desc", "Weapon Used Cd", "Weapon Desc", "Status", "Status Desc",
    "Crm Cd 1", "Crm Cd 2", "Crm Cd 3", "Crm Cd 4", "LOCATION", "Cross Street", "LAT", "LON",
)
# fmt: on
NORTHERN_COUNTIES = {code: f"{CALIFORNIA[code]} County" for code in ("06001", "06013", "06041", "06053", "06075", "06081", "06085", "06095", "06097")}


def northern_tip(tip: Tip, action: str) -> Row:
    """Northern California: local times, words, one control, and at times a newline in the account."""
    text = tip.text.replace(". ", ".\n", 1) if tip.number % 3 == 0 else tip.text
    return {
        "tip_no": f"NC-{tip.monday.year}-{tip.serial % 100_000:05d}",
        "action": {"insert": "A", "replace": "C", "delete": "W"}[action],
        "received": tip.received.strftime("%Y-%m-%d %H:%M"),
        "changed": tip.changed.strftime("%Y-%m-%d %H:%M") if tip.changed else "",
        "event_date": tip.occurred.isoformat(),
        "event_date_is": WORDS["precision"][tip.precision],
        "county": NORTHERN_COUNTIES.get(tip.county, ""),
        "about": WORDS["form"][tip.form],
        "place": WORDS["venue"].get(tip.venue, ""),
        "control": WORDS["control"][tip.means[0]] if tip.means else "",
        "age": WORDS["age"][tip.age],
        "minor": WORDS["minor"][tip.minor],
        "told_by": WORDS["source"][tip.source],
        "grade": tip.reliability + tip.credibility,
        "how": WORDS["channel"][tip.channel],
        "kind": WORDS["kind"][tip.kind],
        "when_needed": WORDS["urgency"][tip.urgency],
        "lang": WORDS["language"][tip.language],
        "desk": f"desk {tip.number % 4}",
        "account": text,
    }


def northern_tip_record(tip: Tip, action: str) -> Values:
    """One control is kept, and a county outside the area is left out."""
    county = tip.county if tip.county in NORTHERN_COUNTIES else ""
    return canonical(replace(tip, county=county, means=tip.means[:1]), action)


def write_northern_tips(raws: list[Row], _page: Page) -> tuple[bytes, list[int]]:
    """CSV with a byte-order mark."""
    text, rows = table(NORTHERN, raws)
    return text.encode("utf-8-sig"), rows


NORTHERN_SPOILS: tuple[Spoil, ...] = (
    (put("place", "somewhere else"), "R-CODE"),
    (put("received", "2026-13-01 09:00"), "R-DATE"),
    (put("tip_no", ""), "R-KEY"),
    (put("event_date", "2031-01-05"), "R-CHECK"),
    (put("grade", "G7"), "R-CODE"),
)

RELIABILITY = {"B": "Usually reliable", "C": "Fairly reliable", "D": "Not usually reliable", "F": "Cannot be judged"}
TRUTH = {"2": "Probably true", "3": "Possibly true", "4": "Doubtful", "6": "Cannot be judged"}
ORANGE_WORDS: dict[str, dict[str, str]] = {
    "form": {"sex": "Sex Trafficking", "labor": "Labor Trafficking", "both": "Sex & Labor", "unspecified": "Trafficking - Unknown"},
    "venue": {
        "hotel": "Hotel / Motel",
        "massage": "Massage / Spa",
        "outdoor": "Street",
        "residential": "House or Apartment",
        "escort": "Escort",
        "domestic_work": "Nanny or Housekeeper",
        "restaurant": "Restaurant",
        "agriculture": "Farm or Nursery",
        "construction": "Construction",
        "factory": "Factory",
        "cleaning": "Cleaning",
    },
    "control": {
        "debt_bondage": "Debt",
        "threatens_family": "Threats to Family",
        "restricts_movement": "Kept from Leaving",
        "withholds_documents": "Documents Held",
        "takes_earnings": "Money Taken",
        "excessive_hours": "Long Hours",
        "physical_abuse": "Violence",
        "threats_law_enforcement": "Threats of Police or ICE",
    },
    "age": {
        "0-12": "Child (0-12)",
        "13-17": "Teen (13-17)",
        "18-24": "Young Adult (18-24)",
        "25-59": "Adult (25-59)",
        "60+": "Older Adult (60+)",
        "unknown": "Unknown",
    },
    "minor": {"minor": "Yes", "adult": "No", "mixed": "Both", "unknown": "Unknown"},
    "source": {
        "public": "Citizen",
        "service_provider": "Service Provider",
        "health": "Medical",
        "school": "School",
        "business": "Business",
        "law_enforcement": "Law Enforcement",
    },
    "channel": {"phone": "Phone", "web": "Web", "email": "E-mail", "text": "Text", "in_person": "In Person", "referral": "Referral"},
    "kind": {"tip": "Tip", "crisis": "Crisis", "information": "Information", "high_risk": "High Risk"},
    "urgency": {"immediate": "Immediate", "soon": "Soon", "routine": "Routine"},
}
ORANGE_COUNTIES = {"06059": "Orange", "06037": "Los Angeles", "06065": "Riverside", "06071": "San Bernardino", "06073": "San Diego"}
PLACEHOLDER_DAYS = 45


def orange_tip(tip: Tip, _action: str) -> Row:
    """Orange County: pipes, m/d/yy, words, and the typographic signs of windows-1252."""
    occurred = "" if tip.precision == "month" else short(tip.occurred)
    return {
        "Lead #": f"OC{tip.serial:07d}",
        "Rcvd": short(tip.received.date()),
        "Occurred": occurred,
        "Where": ORANGE_COUNTIES.get(tip.county, ""),
        "Type": ORANGE_WORDS["form"][tip.form],
        "Setting": ORANGE_WORDS["venue"].get(tip.venue, ""),
        "Controls": ", ".join(ORANGE_WORDS["control"][one] for one in tip.means),
        "Age": ORANGE_WORDS["age"][tip.age],
        "Juvenile?": ORANGE_WORDS["minor"][tip.minor],
        "Reported by": ORANGE_WORDS["source"][tip.source],
        "Reliability": RELIABILITY[tip.reliability],
        "Truth": TRUTH[tip.credibility],
        "Received via": ORANGE_WORDS["channel"][tip.channel],
        "Contact": ORANGE_WORDS["kind"][tip.kind],
        "Priority": ORANGE_WORDS["urgency"][tip.urgency],
        "Language": WORDS["language"][tip.language],
        "Entered by": "desk",
        "Synopsis": tip.text.replace("'", "’") + " – end",
    }


def orange_tip_record(tip: Tip, _action: str) -> Values:
    """No time of correction; 1 January is a year where the report came much later; a month is not said."""
    county = tip.county if tip.county in ORANGE_COUNTIES else ""
    given = canonical(replace(tip, county=county, changed=None), "insert")
    if tip.precision == "month":
        return given | {"occurred_on": None, "occurred_precision": "none"}
    first = (tip.occurred.month, tip.occurred.day) == (1, 1)
    late = (tip.received.date() - tip.occurred).days > PLACEHOLDER_DAYS
    return given | {"occurred_precision": "year" if first and late else "day"}


def write_orange_tips(raws: list[Row], _page: Page) -> tuple[bytes, list[int]]:
    """Pipes, windows-1252."""
    text, rows = table(ORANGE, raws, "|")
    return text.encode("cp1252"), rows


ORANGE_SPOILS: tuple[Spoil, ...] = (
    (put("Setting", "Unheard of"), "R-CODE"),
    (put("Occurred", "2/30/26"), "R-DATE"),
    (put("Lead #", "none"), "R-KEY"),
    (put("Rcvd", "7/4/31"), "R-CHECK"),
    (put(CUT, "1"), "R-COLUMNS"),
)

PREMISES = {
    "residence": "HOME",
    "hotel": "HOTEL",
    "street": "STREET",
    "restaurant": "FOOD",
    "shop": "SHOP",
    "farm": "FARM",
    "construction": "SITE",
    "transport": "STATION",
    "other": "OTHER PLACE",
}
AGENCIES = {"municipal_police": "PD", "sheriff": "SO", "state_police": "ST", "task_force": "TF"}
TEXTS = {"64A": "TRAFFICKING, COMMERCIAL SEX", "64B": "TRAFFICKING, LABOR", "40B": "PROMOTING"}


def san_diego_incident(incident: Incident, _action: str) -> Row:
    """San Diego: decimal commas, day.month.year; `split` makes a row of each offence."""
    age = f"{incident.years},5" if incident.years and incident.number % 2 else str(incident.years)
    return {
        "Incident Ref": f"SD{incident.monday.year % 100:02d}-{incident.serial:06d}",
        "Offence No": "1",
        "Date From": dotted(incident.occurred),
        "Time From": "",
        "Date To": "",
        "Date Precision": "T",
        "Reported": dotted(incident.reported),
        "County": {"06073": "SD", "06025": "IMP"}[incident.county],
        "Agency": AGENCIES[incident.agency],
        "Offence": " ".join(incident.codes),
        "Offence Text": "",
        "Statute": {"236.1a": "PC 236.1(a)", "236.1b": "PC 236.1(b)"}.get(incident.statute, "other"),
        "Premise": PREMISES[incident.location],
        "Attempted": "J" if incident.attempted else "N",
        "Status": {"open": "O", "arrest": "A", "exceptional": "X"}[incident.clearance],
        "Victim Age": age,
        "Victims": "1",
        "Minor": {"minor": "J", "adult": "N", "unknown": "?"}[incident.minor],
        "Suspects": "1",
        "Weapon": "",
        "Loss": f"{incident.number * 10},50",
        "Lat": "32,7157",
        "Lon": "-117,1611",
        "Entered": dotted(incident.reported),
    }


def one_row_per_offence(line: Line) -> list[Line]:
    """The rows that an incident stands in."""
    codes = line.raw["Offence"].split(" ")
    rows = [line.raw | {"Offence No": str(i), "Offence": code, "Offence Text": TEXTS.get(code, "OTHER")} for i, code in enumerate(codes, 1)]
    return [replace(line, raw=raw) for raw in rows]


def san_diego_record(incident: Incident, _action: str) -> Values:
    """What carries over."""
    return incident_record(incident, "insert") | {"place_precision": "county"}


def write_san_diego(raws: list[Row], page: Page) -> tuple[bytes, list[int]]:
    """24 columns between semicolons; later the agency adds one more."""
    grown = ("Beat", "Template")[: page.grown]
    text, rows = table((*SAN_DIEGO, *grown), [{"Beat": "7", "Template": "3", **raw} for raw in raws], ";")
    return text.encode(), rows


SAN_DIEGO_SPOILS: tuple[Spoil, ...] = (
    (put("Status", "Z"), "R-CODE"),
    (put("Date From", "31.02.2026"), "R-DATE"),
    (put("Incident Ref", "17"), "R-KEY"),
    (put("Victim Age", "about 20"), "R-CODE"),
    (put("County", "LA"), "R-CODE"),
)

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


def short(day: date) -> str:
    """3/7/26."""
    return f"{day.month}/{day.day}/{day:%y}"


def dotted(day: date) -> str:
    """07.03.2026."""
    return day.strftime("%d.%m.%Y")


def american(day: date, long: bool) -> str:
    """03/07/2026 00:00, or with seconds and AM."""
    return day.strftime("%m/%d/%Y 12:00:00 AM" if long else "%m/%d/%Y 00:00")


def _la_code(incident: Incident) -> str:
    return LA_CODES.get(incident.codes[0], "624")


def _la_day(incident: Incident) -> date:
    return incident.occurred.replace(month=1, day=1) if incident.number % 90 == 0 else incident.occurred


def alter(column: str, value: str) -> Callable[[Any], Any]:
    """Another content under the same id."""
    return put(column, value)
