"""The senders of JSON lines: the state center's tips and incidents, and the Los Angeles center's tips."""

import gzip
import json
from datetime import datetime, time
from typing import Any
from zoneinfo import ZoneInfo

from pipelines.samples.incidents import CALIFORNIA, Incident, incident_record
from pipelines.samples.sent import Values
from pipelines.samples.tips import PACIFIC, Tip, canonical
from pipelines.samples.weekly import Page, Spoil

UTC = ZoneInfo("UTC")
ACTIONS = {"insert": "new", "replace": "update", "delete": "withdraw"}
STATE_FORMS = {"both": "sex and labor"}
UNREADABLE = '{"uid": "cut off'


def lines(raws: list[Any]) -> tuple[bytes, list[int]]:
    """One object per line; a row that is text already is written as it is."""
    written = [raw if isinstance(raw, str) else json.dumps(raw, ensure_ascii=False, separators=(",", ":")) for raw in raws]
    return "".join(line + "\n" for line in written).encode(), list(range(1, len(raws) + 1))


def put(path: str, value: Any) -> Any:
    """A function that gives the object with another value at a path such as `place.county`."""

    def change(raw: dict[str, Any]) -> dict[str, Any]:
        head, _, rest = path.partition(".")
        return {**raw, head: put(rest, value)(raw[head]) if rest else value}

    return change


def state_tip(tip: Tip, action: str) -> dict[str, Any]:
    """The state center's tip: nested, in UTC, codes as they are."""
    return {
        "id": f"ST-{tip.monday.year}-{tip.serial:06d}",
        "action": ACTIONS[action],
        "received": _zulu(tip.received),
        "updated": _zulu(tip.changed) if tip.changed else None,
        "occurred": {"date": tip.occurred.isoformat(), "precision": {"day": "exact"}.get(tip.precision, tip.precision)},
        "place": {"county": CALIFORNIA.get(tip.county)},
        "form": STATE_FORMS.get(tip.form, tip.form),
        "venue": tip.venue or None,
        "means": list(tip.means),
        "person": {"age_band": tip.age, "minor": {"minor": "yes", "adult": "no"}.get(tip.minor, "unknown")},
        "source": {"type": tip.source, "reliability": tip.reliability, "credibility": tip.credibility},
        "channel": tip.channel,
        "class": tip.kind,
        "urgency": tip.urgency,
        "language": tip.language,
        "agent": "desk",
        "text": tip.text,
    }


def state_tip_record(tip: Tip, action: str) -> Values:
    """The state center knows of no officer's initiative, and what has no county is still in the state."""
    precision = "county" if tip.county else "state"
    return canonical(tip, action, "state_center") | {"discovery_mode": "public", "place_precision": precision}


def write_state_tips(raws: list[Any], _page: Page) -> tuple[bytes, list[int]]:
    """The pages of the API, as one file."""
    return lines(raws)


STATE_TIP_SPOILS: tuple[Spoil, ...] = (
    (put("venue", "not a venue of the list"), "R-CODE"),
    (put("occurred.date", "2026-02-30"), "R-DATE"),
    (put("id", None), "R-KEY"),
    (put("occurred.date", "2031-01-05"), "R-CHECK"),
)

SETTINGS = {
    "residence": "home",
    "hotel": "hotel_motel",
    "street": "roadway",
    "bar": "bar",
    "restaurant": "food_service",
    "shop": "retail",
    "farm": "farm",
    "construction": "job_site",
    "industrial": "plant",
    "transport": "transit",
    "cyberspace": "online",
    "other": "else",
}
BANDS = {"0-12": "child", "13-17": "teen", "18-24": "young_adult", "25-59": "adult", "60+": "elder", "unknown": "unk"}


def state_incident(incident: Incident, _action: str) -> dict[str, Any]:
    """An incident of a state agency."""
    return {
        "ref": f"SA-{incident.monday.year}-{incident.serial:06d}",
        "when": {"from": incident.occurred.isoformat(), "certainty": "D"},
        "booked": _zulu(datetime.combine(incident.reported, time(12), PACIFIC)),
        "offenses": [{"nibrs": code, "stage": "A" if incident.attempted else "C"} for code in incident.codes],
        "where": {"fips": incident.county or None, "setting": SETTINGS[incident.location]},
        "victim": {"band": BANDS[incident.age], "minor": {"minor": "true", "adult": "false"}.get(incident.minor)},
        "disposition": {"open": "OPEN", "arrest": "ARREST", "exceptional": "EXCEPT"}[incident.clearance],
        "pc": {"236.1a": "236.1(a)", "236.1b": "236.1(b)", "236.1c": "236.1(c)"}.get(incident.statute, "other"),
        "agency": {"kind": {"state_police": "state", "task_force": "taskforce"}.get(incident.agency, "other"), "unit": "sample"},
        "schema": 3,
    }


def state_incident_record(incident: Incident, _action: str) -> Values:
    """What carries over: a minor who is not known is left out."""
    kept = {"state_police": "state_police", "task_force": "task_force"}.get(incident.agency, "other")
    minor = incident.minor if incident.minor in ("minor", "adult") else "not_reported"
    given = {"agency_type": kept, "source_class": "state_center", "minor_involved": minor}
    return incident_record(incident, "insert") | given | {"place_precision": "county" if incident.county else "state"}


def write_state_incidents(raws: list[Any], page: Page) -> tuple[bytes, list[int]]:
    """Compressed, without a time in the header; keys that nobody knows appear over the years."""
    new = {"narrative_on_file": False, "camera": {"worn": True}, "review": "none"}
    extra = dict(list(new.items())[: 1 + page.grown])
    grown = [raw if isinstance(raw, str) else {**raw, **extra} for raw in raws]
    content, rows = lines(grown)
    return gzip.compress(content, mtime=0), rows


STATE_INCIDENT_SPOILS: tuple[Spoil, ...] = (
    (put("disposition", "PENDING REVIEW"), "R-CODE"),
    (put("when.from", "10/26/2026"), "R-DATE"),
    (put("ref", "CASE 17"), "R-KEY"),
    (put("offenses", [{"nibrs": "64", "stage": "C"}]), "R-CODE"),
)

VENUES = {
    "hotel": "htl",
    "massage": "msg",
    "outdoor": "str",
    "residential": "res",
    "escort": "esc",
    "domestic_work": "dom",
    "restaurant": "rst",
    "agriculture": "agr",
    "construction": "con",
    "factory": "gar",
    "cleaning": "cln",
    "bar": "bar",
}
CONTROLS = {
    "debt_bondage": "debt",
    "threatens_family": "fam",
    "restricts_movement": "move",
    "withholds_documents": "docs",
    "takes_earnings": "pay",
    "excessive_hours": "hours",
    "physical_abuse": "hit",
    "threats_law_enforcement": "law",
}
SOURCES = {"public": "pub", "service_provider": "svc", "health": "med", "school": "edu", "business": "biz", "law_enforcement": "le"}
CHANNELS = {"phone": "tel", "web": "web", "email": "eml", "text": "sms", "in_person": "walk", "referral": "ref"}


def la_tip(tip: Tip, action: str) -> dict[str, Any]:
    """The Los Angeles center's tip: short keys, milliseconds, and lists in lists."""
    persons = [{"age": "?" if tip.age == "unknown" else tip.age}]
    if _accompanied(tip):
        persons.append({"age": "25-59"})
    return {
        "v": 4,
        "uid": f"J{tip.serial:08d}",
        "op": {"insert": "new", "replace": "fix", "delete": "pull"}[action],
        "ts": _milliseconds(tip.received),
        "mod": _milliseconds(tip.changed) if tip.changed else None,
        "ev": {
            "day": _milliseconds(datetime.combine(tip.occurred, time(0), PACIFIC)),
            "fuzz": {"day": 0, "month": 1, "year": 2}[tip.precision],
        },
        "loc": {"fips": int(tip.county) if tip.county else None},
        "ex": {"sex": ["SX"], "labor": ["LB"], "both": ["SX", "LB"], "unspecified": ["UN"]}[tip.form],
        "biz": VENUES.get(tip.venue),
        "ctl": [CONTROLS[one] for one in tip.means],
        "persons": persons,
        "src": {"kind": SOURCES[tip.source], "adm": tip.reliability + tip.credibility},
        "via": CHANNELS[tip.channel],
        "cls": {"tip": "T", "crisis": "C", "information": "I", "high_risk": "H"}[tip.kind],
        "pri": {"immediate": 1, "soon": 2, "routine": 3}[tip.urgency],
        "lang": {"en": "eng", "es": "spa"}[tip.language],
        "body": tip.text,
        "q": "a",
    }


def _accompanied(tip: Tip) -> bool:
    return tip.number % 7 == 0 and tip.age != "unknown"


def la_tip_record(tip: Tip, action: str) -> Values:
    """With a grown-up beside a child the tip is about both."""
    both = {"minor_involved": "mixed"} if _accompanied(tip) and tip.minor == "minor" else {}
    return canonical(tip, action) | both


def write_la_tips(raws: list[Any], _page: Page) -> tuple[bytes, list[int]]:
    """JSON lines."""
    return lines(raws)


LA_TIP_SPOILS: tuple[Spoil, ...] = (
    (put("via", "fax"), "R-CODE"),
    (put("ts", "yesterday"), "R-DATE"),
    (put("uid", "J1"), "R-KEY"),
    (put("ctl", ["debt", "unheard of"]), "R-CODE"),
    (lambda raw: UNREADABLE, "R-JSON"),
)


def _zulu(moment: datetime) -> str:
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _milliseconds(moment: datetime) -> int:
    return int(moment.timestamp()) * 1000
