"""Simulated incident files in the open-data columns of two police departments."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from random import Random

SF_CODES = {"13045": ("Human Trafficking (A), Commercial Sex Acts", 9), "13080": ("Human Trafficking (B), Involuntary Servitude", 5)}
SF_OTHER = {"06244": "Larceny Theft", "04134": "Assault", "13020": "Prostitution", "28150": "Malicious Mischief"}
# fmt: off
LA_HEADER = [
    "DR_NO", "Date Rptd", "DATE OCC", "TIME OCC", "AREA", "AREA NAME", "Rpt Dist No", "Part 1-2", "Crm Cd", "Crm Cd Desc", "Mocodes",
    "Vict Age", "Vict Sex", "Vict Descent", "Premis Cd", "Premis Desc", "Weapon Used Cd", "Weapon Desc", "Status", "Status Desc",
    "Crm Cd 1", "Crm Cd 2", "Crm Cd 3", "Crm Cd 4", "LOCATION", "Cross Street", "LAT", "LON",
]
# fmt: on
LA_CRIMES = {
    "822": ("HUMAN TRAFFICKING - COMMERCIAL SEX ACTS", 24),
    "921": ("HUMAN TRAFFICKING - INVOLUNTARY SERVITUDE", 15),
    "805": ("PIMPING", 6),
    "624": ("BATTERY - SIMPLE ASSAULT", 60),
    "510": ("VEHICLE - STOLEN", 70),
}
WINDOW_DAYS = 90


def san_francisco(random: Random, mondays: list[date]) -> Iterator[tuple[str, str]]:
    """A rolling window per week: several rows per incident, rows up to 20 days late, and one row that is withdrawn."""
    first = mondays[0] - timedelta(days=WINDOW_DAYS)
    rows: list[tuple[date, date, str, str]] = []  # known on, occurred on, row id, category
    for offset in range((mondays[-1] - first).days + 7):
        day = first + timedelta(days=offset)
        for code, category in _draw(random, day):
            row_id = f"{1_700_000 + len(rows):07d}{code}"
            known = day + timedelta(days=random.choice((1, 1, 1, 2, 2, 4, 9, 20)))
            rows.append((known, day, row_id, category))
            if code == "13045" and random.random() < 0.1:  # the same incident, a second offence of the same kind
                rows.append((known, day, row_id[:7] + "13030", category))
    for number, monday in enumerate(mondays):
        drawn_up = monday + timedelta(days=7)
        shown = [r for r in rows if r[0] < drawn_up and r[1] >= drawn_up - timedelta(days=WINDOW_DAYS)]
        if number == len(mondays) // 2:
            gone = next(r for r in shown if r[2].endswith("13080") and r[1] > monday - timedelta(days=40))
            rows.remove(gone)
            shown.remove(gone)
        lines = [("row_id", "incident_date", "incident_category", "latitude", "longitude")]
        lines += [(r[2], r[1].isoformat(), r[3], "37.77", "-122.42") for r in sorted(shown, key=lambda r: (r[1], r[2]))]
        yield f"sf_incidents_{drawn_up}.csv", _csv(lines)


def _draw(random: Random, day: date) -> list[tuple[str, str]]:
    """The day's offences: trafficking at about the weekly rate of the table, and a few others."""
    found = [(code, category) for code, (category, weekly) in SF_CODES.items() if random.random() < weekly / 7]
    return found + [random.choice(list(SF_OTHER.items())) for _ in range(random.randrange(3, 7 if day.weekday() > 3 else 5))]


def los_angeles(random: Random, mondays: list[date]) -> Iterator[tuple[str, str]]:
    """New rows each week, two dialects of a date, placeholders, ages of 0, and now and then a row that cannot be read."""
    number = 260_000_000
    for monday in mondays:
        rows: list[tuple[str, ...]] = [tuple(LA_HEADER)]
        for code, (words, weekly) in LA_CRIMES.items():
            for _ in range(max(1, round(random.gauss(weekly, weekly**0.5 / 2)))):
                number += 1
                occurred = monday + timedelta(days=random.randrange(7))
                placeholder = random.random() < 0.01
                reported = min(occurred + timedelta(days=random.choice((0, 0, 1, 2, 3))), monday + timedelta(days=6))
                written = date(occurred.year, 1, 1) if placeholder else occurred
                given = dict.fromkeys(LA_HEADER, "") | {
                    "DR_NO": str(number),
                    "Date Rptd": _american(random, reported),
                    "DATE OCC": "13/45/2026 00:00" if random.random() < 0.004 else _american(random, written),
                    "TIME OCC": f"{random.randrange(24):02d}00",
                    "AREA": f"{random.randrange(1, 22):02d}",
                    "Part 1-2": "2",
                    "Crm Cd": code,
                    "Crm Cd Desc": words,
                    "Vict Age": random.choice(("0", "0", "19", "24", "31", "16", "45")),
                    "Premis Cd": random.choice(("101", "501", "502", "503", "102", "210")),
                    "Status": random.choice(("IC", "IC", "AA", "AO")),
                    "Crm Cd 1": code,
                    "LAT": "0",
                    "LON": "0",
                }
                rows.append(tuple(given.values()))
        random.shuffle(rows[1:])
        yield f"la_incidents_{monday + timedelta(days=7)}.csv", _csv(rows)


def _american(random: Random, day: date) -> str:
    return day.strftime(random.choice(("%m/%d/%Y 00:00", "%m/%d/%Y 12:00:00 AM")))


def _csv(rows: Sequence[tuple[str, ...]]) -> str:
    text = io.StringIO()
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue()
