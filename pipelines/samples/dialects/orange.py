"""The sender of Orange County's tips: pipes between the values, windows-1252, dates as m/d/yy, and codes written out as words."""

from dataclasses import replace

from pipelines.samples.dialects.delimited import CUT, Row, put, short, table
from pipelines.samples.sent import Values
from pipelines.samples.tips import Tip, canonical
from pipelines.samples.weekly import Page, Spoil

# fmt: off
ORANGE = (
    "Lead #", "Rcvd", "Occurred", "Where", "Type", "Setting", "Controls", "Age", "Juvenile?", "Reported by", "Reliability", "Truth",
    "Received via", "Contact", "Priority", "Language", "Entered by", "Synopsis",
)
# fmt: on
RELIABILITY = {"B": "Usually reliable", "C": "Fairly reliable", "D": "Not usually reliable", "F": "Cannot be judged"}
TRUTH = {"2": "Probably true", "3": "Possibly true", "4": "Doubtful", "6": "Cannot be judged"}
LANGUAGES = {"en": "English", "es": "Spanish"}
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
        "Language": LANGUAGES[tip.language],
        "Entered by": "desk",
        "Synopsis": tip.text.replace("'", "’"),
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
