"""The world's tips: what is reported to each center in each week, before any dialect writes it down, and what becomes of it in canonical form."""

from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from math import cos, pi
from random import Random
from zoneinfo import ZoneInfo

from pipelines.samples.narratives import Narrative, compose, retold, words
from pipelines.samples.sent import Values, drawing, pick

PACIFIC, UTC = ZoneInfo("America/Los_Angeles"), ZoneInfo("UTC")
PER_WEEK = {"STAC": 90, "NCRIC": 34, "CCIC": 25, "JRIC": 40, "OCIAC": 21, "SD-LECC": 20}
SPANISH = {"STAC": 0.25, "NCRIC": 0.2, "CCIC": 0.35, "JRIC": 0.3, "OCIAC": 0.25, "SD-LECC": 0.35}
SHARED = 4  # events in a week that are reported to the state center and to a regional one
MINORS = {"0-12": "minor", "13-17": "minor", "unknown": "unknown"}


@dataclass(frozen=True)
class Tip:
    """One tip in canonical terms. `number` counts within center and week; `received` and `changed` are instants of the Pacific zone."""

    center: str
    monday: date
    number: int
    received: datetime
    occurred: date
    precision: str
    county: str
    form: str
    venue: str
    means: tuple[str, ...]
    age: str
    minor: str
    source: str
    reliability: str
    credibility: str
    channel: str
    kind: str
    urgency: str
    language: str
    text: str
    intents: tuple[str, ...]
    planted: tuple[str, ...]
    event: str = ""
    changed: datetime | None = None

    @property
    def serial(self) -> int:
        """A number that no other tip of the center has."""
        return self.monday.toordinal() // 7 % 1000 * 1000 + self.number


@lru_cache(maxsize=4096)
def tips_of_week(seed: int, center: str, monday: date) -> tuple[Tip, ...]:
    """All tips that a center receives in a week; some tell of events that another center hears of as well, in the same words or in others."""
    random = drawing(seed, "tips", center, monday)
    season = 1 + 0.18 * cos(2 * pi * (monday.timetuple().tm_yday - 200) / 365)
    count = max(1, round(random.gauss(PER_WEEK[center] * season, PER_WEEK[center] ** 0.5 / 2)))
    own = [_tip(random, center, monday, number) for number in range(1, count + 1)]
    for place, (other, tip) in enumerate(_shared(seed, monday)):
        if center == other:
            own.append(replace(tip, number=len(own) + 1))
        elif center == "STAC":
            own.append(replace(_elsewhere(seed, tip, same_words=place % 2 == 0), center=center, number=len(own) + 1))
    return tuple(own)


@lru_cache(maxsize=1024)
def _shared(seed: int, monday: date) -> tuple[tuple[str, Tip], ...]:
    """Regional center and tip of each event that the state center hears of as well."""
    random = drawing(seed, "shared", monday)
    centers = [random.choice([center for center in PER_WEEK if center != "STAC"]) for _ in range(SHARED)]
    return tuple((center, replace(_tip(random, center, monday, 0), event=f"{monday}/{number}")) for number, center in enumerate(centers))


def _elsewhere(seed: int, tip: Tip, same_words: bool) -> Tip:
    """The tip as it reaches the state center: passed on as it is, or told once more by somebody else."""
    if same_words:
        return replace(tip, channel="referral")
    told = retold(drawing(seed, "retold", tip.event), tip.language, Narrative(tip.text, tip.intents, tip.planted))
    return replace(tip, text=told.text, intents=told.intents, planted=told.planted, channel="phone", source="public")


def _tip(random: Random, center: str, monday: date, number: int) -> Tip:
    weights = words()["weights"]
    language = "es" if random.random() < SPANISH[center] else "en"
    form = pick(random, weights["forms"])
    received = datetime.combine(monday + timedelta(days=random.randrange(7)), time(random.randrange(24), random.randrange(60)), PACIFIC)
    delay = round(random.expovariate(1 / 5)) + (random.randrange(30, 400) if random.random() < 0.05 else 0)
    precision = random.choices(("day", "month", "year"), (90, 7, 3))[0]
    age = pick(random, weights["ages"])
    kind = "labor" if form in ("labor", "both") else "sex"
    venue = pick(random, weights[f"venues_{kind}"]) if form != "unspecified" else ""
    told = compose(random, language, form)
    return Tip(
        center=center,
        monday=monday,
        number=number,
        received=received,
        occurred=_blurred(received.date() - timedelta(days=delay), precision),
        precision=precision,
        county=pick(random, words()["counties"][center]),
        form=form,
        venue=venue,
        means=tuple(sorted({pick(random, weights["controls"]) for _ in range(random.choice((0, 1, 1, 2)))})),
        age=age,
        minor=MINORS.get(age, "adult"),
        source=pick(random, weights["sources"]),
        reliability=pick(random, weights["reliabilities"]),
        credibility=pick(random, weights["credibilities"]),
        channel=pick(random, weights["channels"]),
        kind=pick(random, weights["classes"]),
        urgency=pick(random, weights["urgencies"]),
        language=language,
        text=told.text,
        intents=told.intents,
        planted=told.planted,
    )


def _blurred(day: date, precision: str) -> date:
    return {"day": day, "month": day.replace(day=1), "year": day.replace(month=1, day=1)}[precision]


def corrected(random: Random, tip: Tip, monday: date) -> Tip:
    """The tip as the center knows it later: other urgency, and at times another form or county."""
    day = monday + timedelta(days=random.randrange(7))
    changed = datetime.combine(day, time(random.randrange(24), random.randrange(60)), PACIFIC)
    if changed.utcoffset() != (changed + timedelta(days=1)).utcoffset() and monday.month > 6:
        changed = datetime.combine(monday + timedelta(days=6), time(1, 30), PACIFIC)  # the hour that occurs twice
    changes: Values = {"urgency": "soon" if tip.urgency != "soon" else "routine", "changed": changed}
    if random.random() < 0.3:
        changes["form"], changes["venue"] = "both", tip.venue
    if random.random() < 0.2:
        changes["county"] = pick(random, words()["counties"][tip.center])
    return replace(tip, **changes)


def canonical(tip: Tip, action: str, center_class: str = "law_enforcement") -> Values:
    """The stored values that a dialect which carries everything has to give."""
    return {
        "action": action,
        "reporting_center": tip.center,
        "county_fips": tip.county or None,
        "place_precision": "county" if tip.county else "none",
        "occurred_on": tip.occurred,
        "occurred_precision": tip.precision,
        "reported_on": tip.received.date(),
        "corrected_at": tip.changed.astimezone(UTC).replace(tzinfo=None) if tip.changed else None,
        "exploitation_form": tip.form,
        "trafficking_status": "possible",
        "venue_type": tip.venue or "not_reported",
        "industry": "not_reported",
        "means_of_control": list(tip.means),
        "victim_age_band": tip.age,
        "minor_involved": tip.minor,
        "source_class": center_class,
        "source_type": tip.source,
        "discovery_mode": {"law_enforcement": "officer", "service_provider": "service"}.get(tip.source, "public"),
        "source_reliability": tip.reliability,
        "information_credibility": tip.credibility,
        "language": tip.language,
        "channel": tip.channel,
        "tip_class": tip.kind,
        "urgency": tip.urgency,
        "narrative": tip.text,
    }
