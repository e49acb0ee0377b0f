"""The senders of NIBRS: Central California as the FBI's fixed-length file, Orange County as its XML (IEPD 2019.1). All agencies are invented."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from lxml import etree

from pipelines.samples.incidents import CALIFORNIA, Incident, incident_record
from pipelines.samples.sent import Values
from pipelines.samples.weekly import Page, Spoil

CITY = "    "
LOCATION_CODES = {
    "residence": "20",
    "hotel": "14",
    "street": "13",
    "restaurant": "21",
    "shop": "24",
    "farm": "46",
    "construction": "06",
    "transport": "01",
    "other": "25",
}
COUNTY_NUMBERS = {code: number for number, code in enumerate(sorted(CALIFORNIA), 1)}
SOCIETY = {"40A", "40B", "40C", "370", "35A"}
Report = dict[str, Any]


def put(name: str, value: Any) -> Callable[[Report], Report]:
    """A function that gives the report with another value."""
    return lambda raw: {**raw, name: value}


def report(incident: Incident, action: str) -> Report:
    """What both forms of NIBRS hold of an incident. Every seventh date is the one of the report."""
    dated = incident.number % 7 == 0
    office = "00" if incident.agency == "sheriff" else "07"
    ages = [] if set(incident.codes) <= SOCIETY else [f"{incident.years:02d}"]
    if ages and incident.number % 11 == 0 and incident.years:
        ages.append("33")
    return {
        "action": {"insert": "I", "replace": "A", "delete": "D"}[action],
        "ori": f"CA{COUNTY_NUMBERS[incident.county]:03d}{office}ZZ",
        "number": f"T{incident.serial:09d}",
        "date": incident.reported if dated else incident.occurred,
        "day": (incident.reported if dated else incident.occurred).strftime("%Y%m%d"),
        "dated": dated,
        "clearance": "A" if incident.clearance == "exceptional" else "N",
        "codes": incident.codes,
        "attempted": incident.attempted,
        "location": LOCATION_CODES[incident.location],
        "ages": ages,
        "arrested": incident.clearance == "arrest",
    }


def report_record(incident: Incident, action: str) -> Values:
    """What NIBRS carries: one date, a band by the first victim, no statute."""
    given = report(incident, action)
    agency = "sheriff" if incident.agency == "sheriff" else "municipal_police"
    values = incident_record(replace(incident, agency=agency), action) | {"statute": "not_reported"}
    values |= {"occurred_on": None, "occurred_precision": "none"} if given["dated"] else {"reported_on": None}
    if not given["ages"]:
        return values | {"victim_age_band": "not_reported", "minor_involved": "not_reported"}
    if len(given["ages"]) > 1:
        values |= {"minor_involved": "mixed" if incident.minor == "minor" else "adult"}
    return values


def write_flat(raws: list[Report], page: Page) -> tuple[bytes, list[int]]:
    """Fixed-length segments, 1 to 6 for each incident, a Group B arrest and a state segment in between; a zero report where there is nothing."""
    month = page.drawn_up.strftime("%m%Y")
    if not raws:
        return ("00430I" + month + CITY + "CA03400ZZ" + " " * 12 + month + "\n").encode(), []
    lines: list[str] = []
    rows = []
    for number, raw in enumerate(raws):
        rows.append(len(lines) + 1)
        lines += _segments(raw, month)
        if number == 1:
            lines.append(_line("7", raw, month, f"01{raw['day']}O90D01 01 35  MWNR ", 66))
            lines.append(_line("9", raw, month, "STATE", 60))
    return "".join(line + "\n" for line in lines).encode(), rows


def _segments(raw: Report, month: str) -> list[str]:
    mark, hour = ("R", "  ") if raw["dated"] else (" ", "  ")
    lines = [_line("1", raw, month, f"{raw['day']}{mark}{hour}{raw['clearance']}" + " " * 37 + " ", 88)]
    for code in raw["codes"]:
        stage = "A" if raw["attempted"] else "C"
        lines.append(_line("2", raw, month, f"{code}{stage}N  {raw['location']}       99       88", 71))
    if raw["action"] == "I" and raw["number"].endswith("5"):
        lines.append(_line("3", raw, month, "8", 307))
    codes = "".join(raw["codes"]).ljust(30)
    victims = [("I", age) for age in raw["ages"]] or [("S", "")]
    for number, (kind, age) in enumerate(victims, 1):
        lines.append(_line("4", raw, month, f"{number:03d}{codes}{kind}{age:<4}F  R", 141))
    lines.append(_line("5", raw, month, "0135  MU ", 46))
    if raw["arrested"]:
        lines.append(_line("6", raw, month, f"01{raw['number']:<12}{raw['day']}ON{raw['codes'][0]:<3}01    35  MU R", 110))
    return lines


def _line(level: str, raw: Report, month: str, rest: str, length: int) -> str:
    header = f"{length:04d}{level}{raw['action']}{month}{CITY}{raw['ori']}{raw['number']:<12}"
    return (header + rest).ljust(length)[:length]


NS = {
    "nibrs": "http://fbi.gov/cjis/nibrs/2019",
    "cjis": "http://fbi.gov/cjis/2.0",
    "j": "http://release.niem.gov/niem/domains/jxdm/5.2/",
    "nc": "http://release.niem.gov/niem/niem-core/3.0/",
    "s": "http://release.niem.gov/niem/structures/3.0/",
}


def write_xml(raws: list[Report], page: Page) -> tuple[bytes, list[int]]:
    """A submission of Group A incident reports, with a comment and a Group B arrest among them; a zero report where there is nothing."""
    root = etree.Element(_tag("nibrs:Submission"), nsmap=NS)
    metadata = _add(root, "cjis:MessageMetadata")
    _add(metadata, "cjis:MessageDateTime", f"{page.drawn_up}T03:00:00")
    _add(metadata, "cjis:MessageImplementationVersion", "2019.1")
    for number, raw in enumerate(raws):
        root.append(_report(raw, page))
        if number == 0:
            root.append(etree.Comment(" <nibrs:OffenseUCRCode>64A</nibrs:OffenseUCRCode> "))
            root.append(_header("GROUP B ARREST REPORT", raw, page))
    if not raws:
        root.append(_header("ZERO REPORT", {"action": "I", "ori": "CA03000ZZ"}, page))
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return content, [number if number == 1 else number + 1 for number in range(1, len(raws) + 1)]


def _report(raw: Report, page: Page) -> Any:
    made = _header("GROUP A INCIDENT REPORT", raw, page)
    incident = _add(made, "nc:Incident")
    _add(_add(incident, "nc:ActivityIdentification"), "nc:IdentificationID", raw["number"])
    _add(_add(incident, "nc:ActivityDate"), "nc:Date", f"{raw['day'][:4]}-{raw['day'][4:6]}-{raw['day'][6:]}")
    _add(_add(incident, "cjis:IncidentAugmentation"), "cjis:IncidentReportDateIndicator", str(raw["dated"]).lower())
    _add(_add(incident, "j:IncidentAugmentation"), "j:IncidentExceptionalClearanceCode", raw["clearance"])
    for number, code in enumerate(raw["codes"], 1):
        offence = _add(made, "j:Offense", id=f"Offense{number}")
        _add(offence, "nibrs:OffenseUCRCode", code)
        _add(offence, "j:OffenseAttemptedIndicator", str(raw["attempted"]).lower())
    for number in range(1, len(raw["codes"]) + 1):
        _add(_add(made, "nc:Location", id=f"Location{number}"), "nibrs:LocationCategoryCode", raw["location"])
    for number, age in enumerate(raw["ages"], 1):
        measure = _add(_add(made, "nc:Person", id=f"PersonVictim{number}"), "nc:PersonAgeMeasure")
        if age == "00":
            _add(measure, "nc:MeasureValueText", "UNKNOWN")
        else:
            _add(measure, "nc:MeasureIntegerValue", str(int(age)))
    for number, _ in enumerate(raw["ages"] or [""], 1):
        victim = _add(made, "j:Victim", id=f"Victim{number}")
        if raw["ages"]:
            _add(victim, "nc:RoleOfPerson", ref=f"PersonVictim{number}")
        _add(victim, "j:VictimSequenceNumberText", str(number))
        _add(victim, "j:VictimCategoryCode", "I" if raw["ages"] else "S")
    if raw["arrested"]:
        arrest = _add(made, "j:Arrest", id="Arrest1")
        _add(_add(arrest, "j:ArrestCharge"), "nibrs:ChargeUCRCode", "64A")  # what an arrestee is charged with is no offence of the incident
        _add(made, "j:Arrestee", id="Arrestee1")
    for number in range(1, len(raw["codes"]) + 1):
        pair = _add(made, "j:OffenseLocationAssociation")
        _add(pair, "j:Offense", ref=f"Offense{number}")
        _add(pair, "nc:Location", ref=f"Location{number}")
    return made


def _header(category: str, raw: Report, page: Page) -> Any:
    made = etree.Element(_tag("nibrs:Report"))
    header = _add(made, "nibrs:ReportHeader")
    _add(header, "nibrs:NIBRSReportCategoryCode", category)
    _add(header, "nibrs:ReportActionCategoryCode", raw["action"])
    _add(_add(header, "nibrs:ReportDate"), "nc:YearMonthDate", page.drawn_up.strftime("%Y-%m"))
    augmentation = _add(_add(header, "nibrs:ReportingAgency"), "j:OrganizationAugmentation")
    _add(_add(augmentation, "j:OrganizationORIIdentification"), "nc:IdentificationID", raw["ori"])
    return made


def _tag(name: str) -> str:
    prefix, _, local = name.partition(":")
    return f"{{{NS[prefix]}}}{local}"


def _add(parent: Any, name: str, text: str | None = None, **attributes: str) -> Any:
    child = etree.SubElement(parent, _tag(name), {_tag(f"s:{key}"): value for key, value in attributes.items()})
    child.text = text
    return child


NIBRS_SPOILS: tuple[Spoil, ...] = ((put("codes", ("64Z",)), "R-CODE"), (put("day", "20260231"), "R-DATE"))
