"""The sender of XML in the manner of NIEM: tips of San Diego and Imperial, times with their offset, an action attribute per report."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from lxml import etree

from pipelines.samples.sent import Values
from pipelines.samples.tips import Tip, canonical
from pipelines.samples.weekly import Page, Spoil

NC, EXT = "http://release.niem.gov/niem/niem-core/5.0/", "https://sdlecc.example.org/tips/1.0"
FORMS = {"sex": "COMMERCIAL SEX ACTS", "labor": "INVOLUNTARY SERVITUDE", "both": "BOTH", "unspecified": "UNSPECIFIED"}
VENUES = {
    "hotel": "HOTEL",
    "massage": "MASSAGE",
    "outdoor": "STREET",
    "residential": "DWELLING",
    "escort": "ESCORT",
    "domestic_work": "HOUSEHOLD",
    "restaurant": "FOOD",
    "agriculture": "FARM",
    "construction": "BUILDING",
    "factory": "PLANT",
    "cleaning": "CLEANING",
}
CONTROLS = {
    "debt_bondage": "DEBT",
    "threatens_family": "FAMILY",
    "restricts_movement": "MOVEMENT",
    "withholds_documents": "DOCUMENTS",
    "takes_earnings": "EARNINGS",
    "excessive_hours": "HOURS",
    "physical_abuse": "VIOLENCE",
    "threats_law_enforcement": "AUTHORITY",
}
SOURCES = {"service_provider": "service provider", "school": "education", "law_enforcement": "law enforcement"}
CHANNELS = {"phone": "PHONE", "web": "WEB", "email": "EMAIL", "text": "TEXT", "in_person": "PERSON", "referral": "REFERRAL"}
Report = dict[str, Any]


def put(name: str, value: Any) -> Callable[[Report], Report]:
    """A function that gives the report with another value."""
    return lambda raw: {**raw, name: value}


def san_diego_tip(tip: Tip, action: str) -> Report:
    """San Diego: what the elements of a report hold."""
    return {
        "action": {"insert": "ADD", "replace": "UPDATE", "delete": "RETRACT"}[action],
        "id": f"SDT-{tip.serial:08d}",
        "received": _offset(tip.received),
        "modified": _offset(tip.changed) if tip.changed else None,
        "date": tip.occurred.isoformat(),
        "precision": tip.precision,
        "county": tip.county[2:] or None,
        "setting": VENUES.get(tip.venue),
        "form": FORMS[tip.form],
        "controls": [CONTROLS[one] for one in tip.means],
        "age": tip.age,
        "minor": {"minor": "true", "adult": "false", "unknown": "unknown"}[tip.minor],
        "source": SOURCES.get(tip.source, tip.source),
        "reliability": tip.reliability,
        "credibility": tip.credibility,
        "channel": CHANNELS[tip.channel],
        "kind": {"tip": "TIP", "crisis": "CRISIS", "information": "INFO", "high_risk": "RISK"}[tip.kind],
        "urgency": tip.urgency.upper(),
        "language": {"en": "eng", "es": "spa"}[tip.language],
        "text": tip.text,
    }


def san_diego_tip_record(tip: Tip, action: str) -> Values:
    """Everything carries over."""
    return canonical(tip, action)


def write_san_diego_tips(raws: list[Report], _page: Page) -> tuple[bytes, list[int]]:
    """An exchange of reports."""
    root = etree.Element(f"{{{EXT}}}TipExchange", nsmap={"ext": EXT, "nc": NC})
    for raw in raws:
        root.append(_report(raw))
    content: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", pretty_print=True)
    return content, list(range(1, len(raws) + 1))


def _report(raw: Report) -> Any:
    made = etree.Element(f"{{{EXT}}}TipReport", {f"{{{EXT}}}action": raw["action"]})
    _add(_add(made, NC, "ActivityIdentification"), NC, "IdentificationID", raw["id"])
    _add(made, EXT, "ReceivedDateTime", raw["received"])
    _add(made, EXT, "ModifiedDateTime", raw["modified"])
    dated = _add(made, NC, "ActivityDate")
    dated.set(f"{{{EXT}}}precision", raw["precision"])
    _add(dated, NC, "Date", raw["date"])
    if raw["county"] or raw["setting"]:
        place = _add(made, NC, "Location")
        _add(place, NC, "LocationCountyCode", raw["county"])
        _add(place, EXT, "SettingCode", raw["setting"])
    _add(made, EXT, "ExploitationCode", raw["form"])
    for control in raw["controls"]:
        _add(made, EXT, "ControlCode", control)
    person = _add(made, NC, "Person")
    _add(person, EXT, "AgeBandText", raw["age"])
    _add(person, EXT, "MinorIndicator", raw["minor"])
    source = _add(made, EXT, "Source")
    _add(source, EXT, "SourceCategoryText", raw["source"])
    _add(source, EXT, "SourceReliabilityCode", raw["reliability"])
    _add(source, EXT, "InformationCredibilityCode", raw["credibility"])
    _add(made, EXT, "ContactChannelCode", raw["channel"])
    _add(made, EXT, "ContactCategoryCode", raw["kind"])
    _add(made, EXT, "UrgencyCode", raw["urgency"])
    _add(made, NC, "LanguageCode", raw["language"])
    _add(made, NC, "ActivityDescriptionText", raw["text"])
    _add(made, EXT, "ReceivingDesk", "desk")
    return made


def _add(parent: Any, namespace: str, name: str, text: str | None = "") -> Any:
    """A child; of a value that is None there is none."""
    if text is None:
        return parent
    child = etree.SubElement(parent, f"{{{namespace}}}{name}")
    child.text = text or None
    return child


def _offset(moment: datetime) -> str:
    return moment.isoformat(timespec="seconds")


SAN_DIEGO_TIP_SPOILS: tuple[Spoil, ...] = (
    (put("setting", "ELSEWHERE"), "R-CODE"),
    (put("received", "2026-02-30T10:00:00-08:00"), "R-DATE"),
    (put("id", ""), "R-KEY"),
    (put("date", "2031-01-05"), "R-CHECK"),
    (put("county", "99X"), "R-CODE"),
)
