"""The six simulated centers and two programs, seeded: the same seed gives the same bytes. Dates are fixed and end with ISO week 2026-W44.

They speak the dialects of all fourteen feeds, with the usual faults: late arrivals, corrections and withdrawals, repeats, bad rows, silent
weeks, a changed template, a backlog, and identifiers that should not be there (reserved numbers and domains only). A run of fewer weeks is
the end of a longer one. What has to become of every row is known: the ground truth, which the pipeline never reads.
"""

from collections.abc import Iterator
from datetime import date, timedelta
from os import utime
from pathlib import Path

from pipelines.samples.sent import LAST_WEEK, Sent

__all__ = ["LAST_WEEK", "SEED", "WEEKS", "YEARS_3", "mondays_of", "sent_deliveries", "write_deliveries"]

WEEKS = 14
YEARS_3 = 156  # weeks
SEED = 20261101


def mondays_of(weeks: int) -> list[date]:
    """The last so many weeks, oldest first."""
    return [LAST_WEEK - timedelta(weeks=weeks - 1 - i) for i in range(weeks)]


def sent_deliveries(weeks: int = WEEKS, seed: int = SEED, feeds: tuple[str, ...] = ()) -> Iterator[Sent]:
    """Every delivery of the feeds (all by default) with its ground truth, feed by feed, oldest first."""
    from pipelines.samples.centers import FEEDS

    for feed in feeds or sorted(FEEDS):
        for monday in mondays_of(weeks):
            yield from FEEDS[feed](seed, monday)


def write_deliveries(folder: Path, weeks: int = WEEKS, seed: int = SEED, truth: Path | None = None) -> list[Path]:
    """Write <folder>/<feed>/<name> for every simulated feed, as many weeks as `weeks`; return the files. `truth` is where the truth goes."""
    from pipelines.samples.truth import write_truth

    written = []
    all_sent: list[Sent] = []
    for sent in sent_deliveries(weeks, seed):
        path = folder / sent.feed / sent.name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(sent.content)
        utime(path, (sent.modified.timestamp(), sent.modified.timestamp()))
        written.append(path)
        if truth:
            all_sent.append(sent)
    if truth:
        write_truth(truth, all_sent, mondays_of(weeks))
    return written
