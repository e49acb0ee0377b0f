"""Simulated deliveries of the feeds, seeded: the same seed gives the same bytes. Their dates are fixed and end with ISO week 2026-W44.

They speak the feeds' dialects with the usual faults: late arrivals, a withdrawal, two spellings of a date, placeholders, bad rows, repeated
and corrected tips, and identifiers that should not be there (reserved numbers and domains only).
"""

from datetime import UTC, date, datetime, time, timedelta
from os import utime
from pathlib import Path
from random import Random

LAST_WEEK = date(2026, 10, 26)
WEEKS = 14
SEED = 20261101


def write_deliveries(folder: Path, weeks: int = WEEKS, seed: int = SEED) -> list[Path]:
    """Write <folder>/<feed>/<name> for every simulated feed, as many weekly deliveries as `weeks`; return the files."""
    from pipelines.samples.incidents import los_angeles, san_francisco
    from pipelines.samples.tips import tips

    mondays = [LAST_WEEK - timedelta(weeks=weeks - 1 - i) for i in range(weeks)]
    written = []
    for feed, make in (("jric_incidents", los_angeles), ("ncric_incidents", san_francisco), ("stac_tips", tips)):
        for monday, (name, content) in zip(mondays, make(Random(f"{seed}:{feed}"), mondays), strict=True):
            path = folder / feed / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content, encoding="utf-8", newline="")
            drawn_up = datetime.combine(monday + timedelta(days=7), time(9), UTC).timestamp()
            utime(path, (drawn_up, drawn_up))
            written.append(path)
    return written
