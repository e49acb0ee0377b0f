"""Seeded deliveries of any size, in three dialects: the same seed and size give the same bytes. All values are invented."""

import csv
import json
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from random import Random

from pipelines.samples.dialects.json_lines import state_tip
from pipelines.samples.dialects.los_angeles import LOS_ANGELES
from pipelines.samples.dialects.san_francisco import CODES, OTHER
from pipelines.samples.tips import tips_of_week

POOL = 10_000  # distinct rows; beyond it they come again under other ids
FIRST = date(2026, 1, 5)
CRIMES = {
    "822": "HUMAN TRAFFICKING - COMMERCIAL SEX ACTS",
    "624": "BATTERY - SIMPLE ASSAULT",
    "510": "VEHICLE - STOLEN",
    "330": "BURGLARY FROM VEHICLE",
}


def los_angeles(path: Path, rows: int, seed: int) -> None:
    """Incidents in the 28 columns of the Los Angeles portal, dates in two spellings."""
    random = Random(seed)
    pool = [_los_angeles_row(random) for _ in range(min(rows, POOL))]
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(LOS_ANGELES)
        writer.writerows([f"{260_000_001 + i}", *pool[i % len(pool)]] for i in range(rows))


def _los_angeles_row(random: Random) -> list[str]:
    occurred = FIRST + timedelta(days=random.randrange(150))
    reported = occurred + timedelta(days=random.choice((0, 0, 1, 2, 9)))
    spelling = random.choice(("%m/%d/%Y 00:00", "%m/%d/%Y 12:00:00 AM"))
    code = random.choice(list(CRIMES))
    codes = " ".join(f"{random.randrange(100, 2000):04d}" for _ in range(random.randrange(5)))
    # fmt: off
    return [
        reported.strftime(spelling), occurred.strftime(spelling), f"{random.randrange(2400):04d}", f"{random.randrange(1, 22):02d}", "Sample Area",
        f"{random.randrange(100, 2199)}", "1", code, CRIMES[code], codes, str(random.randrange(0, 80)), random.choice("FMX"), random.choice("HWBOX"),
        random.choice(("101", "501", "502", "210")), "SAMPLE PREMISES", random.choice(("", "400")), random.choice(("", "SAMPLE WEAPON")),
        random.choice(("IC", "AA", "AO")), "Invest Cont", code, random.choice(("", "998")), "", "",
        f"{random.randrange(100, 9000)}    SAMPLE                       ST", "",
        f"{34 + random.random() / 3:.4f}", f"{-118 - random.random() / 2:.4f}",
    ]
    # fmt: on


def san_francisco(path: Path, rows: int, seed: int) -> None:
    """Rows of the San Francisco window; about one incident in ten has a second row."""
    random = Random(seed)
    codes = {**{code: words[0] for code, (_, _, words) in CODES.items()}, **OTHER}
    with path.open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("row_id", "incident_date", "incident_category", "latitude", "longitude"))
        number = 1_000_000
        for i in range(rows):
            second = i % 10 == 9
            number += not second
            code = "13030" if second else random.choice(list(codes))
            day = FIRST + timedelta(days=number % 85)
            writer.writerow((f"{number:07d}{code}", day, codes.get(code, "Human Trafficking (A), Commercial Sex Acts"), "37.77", "-122.42"))


def state_tips(path: Path, rows: int, seed: int) -> None:
    """Tips with narratives, as the simulated state center composes them."""
    pool = [state_tip(tip, "insert") for week in range(20) for tip in tips_of_week(seed, "STAC", FIRST + timedelta(weeks=week))]
    with path.open("w", encoding="utf-8") as file:
        for i in range(rows):
            file.write(json.dumps({**pool[i % len(pool)], "id": f"ST-{i:07d}"}, ensure_ascii=False) + "\n")


DIALECTS: dict[str, Callable[[Path, int, int], None]] = {
    "jric_incidents": los_angeles,
    "ncric_incidents": san_francisco,
    "stac_tips": state_tips,
}
NAMES = {"jric_incidents": "la.csv", "ncric_incidents": "sf_2026-06-01.csv", "stac_tips": "tips_2026-06-01.ndjson"}
