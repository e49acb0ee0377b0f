"""The sender of San Diego's incidents: semicolons, decimal commas, day.month.year, and a row for each offence."""

from dataclasses import replace

from pipelines.samples.dialects.delimited import Row, dotted, put, table
from pipelines.samples.incidents import Incident, incident_record
from pipelines.samples.sent import Line, Values
from pipelines.samples.weekly import Page, Spoil

# fmt: off
SAN_DIEGO = (
    "Incident Ref", "Offence No", "Date From", "Time From", "Date To", "Date Precision", "Reported", "County", "Agency", "Offence",
    "Offence Text", "Statute", "Premise", "Attempted", "Status", "Victim Age", "Victims", "Minor", "Suspects", "Weapon", "Loss", "Lat", "Lon",
    "Entered",
)
# fmt: on
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
