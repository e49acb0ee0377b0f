"""Simulated tips as the state center's API gives them: composed of the sentences in tips.toml."""

import json
import tomllib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from math import cos, pi
from pathlib import Path
from random import Random
from typing import Any

DATA = Path(__file__).with_name("tips.toml")
PER_WEEK = 90
DIGITS = ("zero", "one", "two", "three", "four")


def tips(random: Random, mondays: list[date]) -> Iterator[tuple[str, str]]:
    """A delivery per week: new tips, corrections and withdrawals of earlier ones, exact repeats, and a few that break the template."""
    data = tomllib.loads(DATA.read_text(encoding="utf-8"))
    earlier: list[dict[str, Any]] = []
    number = 0
    for monday in mondays:
        season = 1 + 0.15 * cos(2 * pi * (monday.timetuple().tm_yday - 200) / 365)
        items = []
        for _ in range(round(random.gauss(PER_WEEK * season, 6))):
            number += 1
            items.append(_tip(random, data, number, monday))
        for old in random.sample(earlier, min(3, len(earlier))):
            updated = f"{monday + timedelta(days=2)}T18:00:00Z"
            items.append({**old, "action": random.choice(("update", "withdraw")), "urgency": "soon", "updated": updated})
        items.append(dict(items[0]))  # sent twice
        items[1]["venue"] = "not a venue of the list"
        earlier = [item for item in items if item["action"] == "new"][2:40]
        yield f"tips_{monday + timedelta(days=7)}.ndjson", "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items)


def _tip(random: Random, data: dict[str, Any], number: int, monday: date) -> dict[str, Any]:
    weights = data["weights"]
    language = "es" if random.random() < 0.25 else "en"
    form = _pick(random, weights["forms"])
    received = datetime.combine(monday + timedelta(days=random.randrange(7)), time(random.randrange(8, 24), random.randrange(60)))
    tip: dict[str, Any] = {
        "id": f"ST-{monday.year}-{number:06d}",
        "action": "new",
        "received": (received + timedelta(hours=7)).strftime("%Y-%m-%dT%H:%M:%SZ"),
        "updated": None,
        "occurred": {"date": (received.date() - timedelta(days=random.randrange(0, 12))).isoformat(), "precision": "exact"},
        "place": {"county": _pick(random, weights["counties"]) or None},
        "form": form,
        "venue": _pick(random, weights[f"venues_{form}"]) if f"venues_{form}" in weights else None,
        "means": sorted(random.sample(("debt_bondage", "threatens_family", "restricts_movement", "withholds_documents"), random.randrange(3))),
        "person": {
            "age_band": random.choice(("18-24", "25-59", "13-17", "unknown")),
            "minor": random.choice(("no", "no", "unknown", "yes")),
        },
        "source": {"type": _pick(random, weights["sources"]), "reliability": random.choice("BCDF"), "credibility": random.choice("2346")},
        "channel": _pick(random, weights["channels"]),
        "class": "tip",
        "urgency": random.choice(("routine", "routine", "soon")),
        "language": language,
        "agent": "desk",
        "text": _text(random, data, language, form),
    }
    return tip


def _text(random: Random, data: dict[str, Any], language: str, form: str) -> str:
    frames = data[language]
    details = random.sample(frames[form], random.randrange(1, 4))
    sentences = [random.choice(frames["openings"]), *details]
    if random.random() < 0.5:
        sentences.append(random.choice(frames["endings"]))
    if random.random() < 0.08:
        sentences.append(random.choice(data["residue"][language]))
    text = " ".join(sentences)
    places = {
        "{nn}": f"{random.randrange(10, 100)}",
        "{n}": str(random.randrange(2, 9)),
        "{dw}": random.choice(DIGITS),
        "{d}": str(random.randrange(1, 10)),
    }
    for key, value in places.items():
        text = text.replace(key, value)
    return text


def _pick(random: Random, weights: dict[str, int]) -> str:
    return random.choices(list(weights), list(weights.values()))[0]
