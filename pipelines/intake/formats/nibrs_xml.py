"""The FBI's NIBRS XML (IEPD 2019.1). Receives a sealed file; hands on a row per Group A incident report, numbered by report, with the
columns of the fixed-length file; refuses what is no such file.

An offence is an element j:Offense, never the charge of an arrest and never what a comment holds. Where it happened and whom it concerned is
said by associations and references. Group B arrests and zero reports are counted on the receipt.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import duckdb
import pyarrow as pa
from lxml import etree

from pipelines.core.catalog import Feed
from pipelines.core.crypto import SealedReader
from pipelines.core.errors import DataRefused
from pipelines.core.handles import Delivery
from pipelines.core.receipts import Account
from pipelines.core.settings import Settings
from pipelines.intake.formats import Rows, arrow_rows
from pipelines.intake.formats.nibrs_flat import COLUMNS, LISTS, RELATION, UNREAD, require_known
from pipelines.intake.formats.xml import AT_ONCE, blocks_of, elements, local, refuse_no_xml

REPORT = "Submission/Report"
GROUP_A, GROUP_B, ZERO = "GROUP A INCIDENT REPORT", "GROUP B ARREST REPORT", "ZERO REPORT"
AGES = {"NEONATAL": "NN", "NEWBORN": "NB", "BABY": "BB", "UNKNOWN": "00"}
SCHEMA = pa.schema(
    [pa.field("_row", pa.int64()), pa.field("_broken", pa.string()), pa.field("_raw", pa.string())]
    + [pa.field(name, pa.list_(pa.string()) if name in LISTS else pa.string()) for name in COLUMNS]
)


def open_rows(con: duckdb.DuckDBPyConnection, settings: Settings, delivery: Delivery, feed: Feed, account: Account) -> Rows:
    """Give the incidents. Raises DataRefused (E-EMPTY, E-BINARY, E-COMPRESSED, E-ENCODING, E-SYNTAX, at the end E-HEADER)."""
    require_known(feed)
    with SealedReader(settings, delivery.path) as file:
        refuse_no_xml(file)
    seen: Counter[str] = Counter()

    def tables() -> Iterator[pa.Table]:
        seen.clear()
        return _tables(elements(blocks_of(settings, delivery), REPORT), seen)

    return Rows(arrow_rows(con, tables, RELATION).parts, _accountant(seen), numbered=True)


def _accountant(seen: Counter[str]) -> Callable[[Account], None]:
    def finish(account: Account) -> None:
        if not seen:
            raise DataRefused("E-HEADER", "Expected nibrs:Submission with nibrs:Report elements, found none.", "Send the NIBRS XML of IEPD 2019.1.")
        account.zero = seen[ZERO] > 0
        if account.zero:
            account.issues.append({"code": "I-ZERO", "reports": seen[ZERO], "todo": "nothing: the month counts as reported"})
        if seen[GROUP_B]:
            account.issues.append({"code": "I-SEGMENT", "level": "7", "segments": seen[GROUP_B], "todo": f"nothing: {UNREAD['7']}"})

    return finish


def _tables(reports: Iterable[etree._Element], seen: Counter[str]) -> Iterator[pa.Table]:
    made: list[dict[str, Any]] = []
    for row, report in enumerate(reports, 1):
        category = _text(report, "{*}ReportHeader/{*}NIBRSReportCategoryCode") or ""
        seen[category] += 1
        if category not in (GROUP_B, ZERO):
            made.append({"_row": row, **_incident(report, category)})
        if len(made) == AT_ONCE:
            yield pa.Table.from_pylist(made, SCHEMA)
            made = []
    if made:
        yield pa.Table.from_pylist(made, SCHEMA)


def _incident(report: etree._Element, category: str) -> dict[str, Any]:
    """The columns of a report. `_broken` is set where it is no Group A incident, or has no offence though it is not deleted."""
    offences = report.findall("{*}Offense")
    action = _text(report, "{*}ReportHeader/{*}ReportActionCategoryCode")
    broken = "R-LEVEL" if category != GROUP_A else "R-PARTS" if not offences and action != "D" else None
    report.tail = None
    places, persons = _places(report), _persons(report)
    victims = report.findall("{*}Victim")
    header, date = "{*}ReportHeader/{*}ReportingAgency/", _text(report, "{*}Incident/{*}ActivityDate/{*}DateTime")
    return {
        "_broken": broken,
        "_raw": etree.tostring(report, encoding="unicode") if broken else None,
        "action": action,
        "ori": _text(report, header + "{*}OrganizationAugmentation/{*}OrganizationORIIdentification/{*}IdentificationID"),
        "incident_number": _text(report, "{*}Incident/{*}ActivityIdentification/{*}IdentificationID"),
        "incident_date": (date or _text(report, "{*}Incident/{*}ActivityDate/{*}Date") or "")[:10].replace("-", ""),
        "report_date_indicator": "R" if _true(report, "{*}Incident/{*}IncidentAugmentation/{*}IncidentReportDateIndicator") else None,
        "exceptional_clearance": _text(report, "{*}Incident/{*}IncidentAugmentation/{*}IncidentExceptionalClearanceCode"),
        "offence_codes": [_text(offence, "{*}OffenseUCRCode") for offence in offences],
        "attempted": ["A" if _true(offence, "{*}OffenseAttemptedIndicator") else "C" for offence in offences],
        "locations": [places.get(_id(offence)) for offence in offences],
        "victim_types": [_text(victim, "{*}VictimCategoryCode") for victim in victims],
        "victim_ages": [persons.get(_reference(victim, "{*}RoleOfPerson")) for victim in victims],
        "arrestee_count": str(len(report.findall("{*}Arrestee"))),
        "month_year": _text(report, "{*}ReportHeader/{*}ReportDate/{*}YearMonthDate"),
        "city_indicator": _text(report, header + "{*}OrganizationAugmentation/{*}DirectReportingCityIdentification/{*}IdentificationID"),
    }


def _places(report: etree._Element) -> dict[str, str | None]:
    """Offence -> code of the location that it is associated with; the only location holds for all."""
    codes = {_id(place): _text(place, "{*}LocationCategoryCode") for place in report.findall("{*}Location")}
    if len(codes) == 1:
        return {_id(offence): code for offence in report.findall("{*}Offense") for code in codes.values()}
    linked = report.findall("{*}OffenseLocationAssociation")
    return {_reference(link, "{*}Offense"): codes.get(_reference(link, "{*}Location")) for link in linked}


def _persons(report: etree._Element) -> dict[str, str | None]:
    """Person -> age as the fixed-length file writes it: two digits, a range in four, or a code."""
    return {_id(person): _age(person) for person in report.findall("{*}Person")}


def _age(person: etree._Element) -> str | None:
    measure = person.find("{*}PersonAgeMeasure")
    if measure is None:
        return None
    least, most = (_text(measure, f"{{*}}MeasureIntegerRange/{{*}}Range{end}IntegerValue") for end in ("Minimum", "Maximum"))
    years = _text(measure, "{*}MeasureIntegerValue")
    if least and most:
        return least.zfill(2) + most.zfill(2)
    words = _text(measure, "{*}MeasureValueText")
    return years.zfill(2) if years else AGES.get(words or "", words)


def _text(element: etree._Element, path: str) -> str | None:
    return (element.findtext(path) or "").strip() or None


def _true(element: etree._Element, path: str) -> bool:
    return _text(element, path) in ("true", "1")


def _id(element: etree._Element) -> str:
    return next((str(value) for name, value in element.attrib.items() if local(str(name)) == "id"), "")


def _reference(element: etree._Element, path: str) -> str:
    found = element.find(path)
    return "" if found is None else next((str(value) for name, value in found.attrib.items() if local(str(name)) == "ref"), "")
