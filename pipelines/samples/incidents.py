"""The world's incidents: what agencies record in each week, before any dialect writes it down, and what becomes of it in canonical form."""

import csv
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import lru_cache
from math import cos, pi
from random import Random

from pipelines.core.settings import ROOT
from pipelines.samples.sent import Values, drawing, pick

PER_WEEK = {"STAC": 14, "CCIC": 30, "JRIC": 175, "OCIAC": 12, "SD-LECC": 26}
OFFENCES = {
    "STAC": {"64A": 30, "64B": 22, "40A": 6, "40B": 12, "26F": 8, "120": 10, "23F": 12},
    "CCIC": {"64A": 22, "64B": 20, "40B": 8, "40A": 6, "13A": 12, "23F": 20, "35A": 12},
    "JRIC": {"64A": 14, "64B": 9, "40B": 4, "OTH": 73},
    "OCIAC": {"64A": 38, "64B": 26, "40B": 12, "13B": 8, "220": 16},
    "SD-LECC": {"64A": 30, "64B": 24, "40B": 10, "40C": 6, "100": 4, "23F": 14, "240": 12},
}
LISTED = {"64A", "64B", "40A", "40B", "40C", "100", "13A", "13B", "210", "26F", "370"}
COUNTIES = {
    "STAC": {"06037": 20, "06073": 8, "06067": 8, "06019": 6, "06001": 6, "": 3},
    "CCIC": {"06067": 24, "06019": 20, "06029": 14, "06077": 12, "06107": 6},
    "JRIC": {"06037": 1},
    "OCIAC": {"06059": 1},
    "SD-LECC": {"06073": 86, "06025": 14},
}
LOCATIONS = {"residence": 22, "hotel": 28, "street": 20, "restaurant": 6, "shop": 6, "farm": 5, "construction": 3, "transport": 4, "other": 6}
AGES = {"0": 30, "9": 2, "15": 10, "16": 8, "17": 7, "18": 6, "19": 10, "23": 8, "24": 6, "31": 14, "45": 8, "61": 2}


def _counties() -> dict[str, str]:
    with (ROOT / "schemas" / "codes" / "counties.csv").open(encoding="utf-8", newline="") as file:
        return {row["code"]: row["label"] for row in csv.DictReader(file)}


CALIFORNIA = _counties()


@dataclass(frozen=True)
class Incident:
    """One incident in canonical terms. `years` is the victim's age as the agency has it, 0 where it is not known."""

    center: str
    monday: date
    number: int
    occurred: date
    reported: date
    county: str
    codes: tuple[str, ...]
    attempted: bool
    location: str
    statute: str
    clearance: str
    agency: str
    years: int

    @property
    def serial(self) -> int:
        """A number that no other incident of the center has."""
        return self.monday.toordinal() // 7 % 1000 * 1000 + self.number

    @property
    def age(self) -> str:
        """The victim's age band."""
        bands = ((1, "unknown"), (13, "0-12"), (18, "13-17"), (25, "18-24"), (60, "25-59"))
        return next((band for below, band in bands if self.years < below), "60+")

    @property
    def minor(self) -> str:
        """Whether a minor is involved."""
        return {"0-12": "minor", "13-17": "minor", "unknown": "unknown"}.get(self.age, "adult")


@lru_cache(maxsize=4096)
def incidents_of_week(seed: int, center: str, monday: date) -> tuple[Incident, ...]:
    """All incidents that a center's agencies record in a week."""
    random = drawing(seed, "incidents", center, monday)
    season = 1 + 0.15 * cos(2 * pi * (monday.timetuple().tm_yday - 190) / 365)
    count = max(2, round(random.gauss(PER_WEEK[center] * season, PER_WEEK[center] ** 0.5 / 2)))
    return tuple(_incident(random, center, monday, number) for number in range(1, count + 1))


def _incident(random: Random, center: str, monday: date, number: int) -> Incident:
    codes = {pick(random, OFFENCES[center]) for _ in range(random.choice((1, 1, 1, 2)))}
    reported = monday + timedelta(days=random.randrange(7))
    delay = random.choice((0, 0, 0, 1, 1, 2, 3, 6, 20)) if random.random() > 0.02 else random.randrange(60, 300)
    trafficking = {"64A": "236.1b", "64B": "236.1a"}
    return Incident(
        center=center,
        monday=monday,
        number=number,
        occurred=reported - timedelta(days=delay),
        reported=reported,
        county=pick(random, COUNTIES[center]),
        codes=tuple(sorted(codes)),
        attempted=random.random() < 0.08,
        location=pick(random, LOCATIONS),
        statute=next((trafficking[code] for code in sorted(codes) if code in trafficking), "other"),
        clearance=random.choice(("open", "open", "open", "arrest", "exceptional")),
        agency=random.choice(("municipal_police", "sheriff", "state_police", "task_force")),
        years=int(pick(random, AGES)),
    )


def amended(random: Random, incident: Incident, _monday: date) -> Incident:
    """The incident as the agency knows it later: cleared, and at times with one more offence."""
    codes = incident.codes
    if random.random() < 0.3:
        codes = tuple(sorted({*codes, "40B"}))
    return replace(incident, clearance="arrest" if incident.clearance != "arrest" else "open", codes=codes)


def incident_record(incident: Incident, action: str) -> Values:
    """The stored values that a dialect which carries everything has to give."""
    codes = sorted({code if code in LISTED else "OTH" for code in incident.codes})
    form = {(True, True): "both", (True, False): "sex", (False, True): "labor"}.get(("64A" in codes, "64B" in codes), "none")
    return {
        "action": action,
        "reporting_center": incident.center,
        "county_fips": incident.county or None,
        "place_precision": "jurisdiction",
        "occurred_on": incident.occurred,
        "occurred_precision": "day",
        "reported_on": incident.reported,
        "corrected_at": None,
        "exploitation_form": form,
        "trafficking_status": "none" if form == "none" else "possible",
        "venue_type": "not_reported",
        "industry": "not_reported",
        "means_of_control": [],
        "victim_age_band": incident.age,
        "minor_involved": incident.minor,
        "source_class": "law_enforcement",
        "source_type": "not_reported",
        "discovery_mode": "not_reported",
        "source_reliability": "F",
        "information_credibility": "6",
        "language": "not_reported",
        "offence_codes": codes,
        "statute": incident.statute,
        "location_type": incident.location,
        "attempted": "attempted" if incident.attempted else "completed",
        "clearance": incident.clearance,
        "agency_type": incident.agency,
    }
