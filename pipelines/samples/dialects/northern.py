"""The sender of Northern California's tips: CSV with a byte-order mark, quoted newlines, local times, and an action per row."""

from dataclasses import replace

from pipelines.samples.dialects.delimited import Row, put, table
from pipelines.samples.incidents import CALIFORNIA
from pipelines.samples.sent import Values
from pipelines.samples.tips import Tip, canonical
from pipelines.samples.weekly import Page, Spoil

WORDS: dict[str, dict[str, str]] = {
    "form": {
        "sex": "Sex trafficking",
        "labor": "Labor trafficking",
        "both": "Sex and labor trafficking",
        "unspecified": "Trafficking, kind not clear",
    },
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
