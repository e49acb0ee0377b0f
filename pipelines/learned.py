"""Receives a receipt and those of the feed's earlier deliveries; hands on what is unusual beside them; refuses nothing: these only warn.

What is usual is the median of the same weeks of earlier years where there are enough, else of the last thirteen deliveries. Unusual is what
lies further from it than 3.5 robust standard deviations, 1.4826 times the median absolute deviation (Iglewicz and Hoaglin, How to Detect and
Handle Outliers, 1993), or of what counting alone makes vary (Poisson, binomial), if that is more.
"""

from datetime import datetime, timedelta
from difflib import SequenceMatcher
from math import sqrt
from statistics import median
from typing import Any

from pipelines.core.catalog import Feed

LEARNED = ("I-VOLUME", "I-FILL", "I-TEMPLATE")
SEASON = timedelta(days=17)  # to both sides of the same day of an earlier year: five weekly deliveries
YEAR_DAYS = 364  # whole weeks
SEASON_LEAST, RECENT, RECENT_LEAST = 5, 13, 8  # deliveries
FAR = 3.5
POINTS = 0.02  # of a share: less is never unusual
TEMPLATES = 4  # deliveries: a column is known that stood in one of them, and missed that stood in all

Receipt = dict[str, Any]


def unusual(feed: Feed, receipt: Receipt, earlier: list[Receipt]) -> list[dict[str, Any]]:
    """The issues of a receipt beside the earlier counted ones, oldest first."""
    found = template(feed, receipt, earlier)
    if receipt["status"] == "refused" or receipt["error"]:
        return found
    basis = comparable(receipt, earlier)
    if not basis:
        return found
    rows = receipt["counts"]["received"]
    if bounds := _bounds([r["counts"]["received"] for r in basis], lambda usual: max(sqrt(usual), 1.0)):
        least, most = max(0, round(bounds[0])), round(bounds[1])
        if not least <= rows <= most:
            todo = f"Usual is {least} to {most} rows ({len(basis)} deliveries). Check that the export is complete, and holds each record once."
            found.append({"code": "I-VOLUME", "rows": rows, "least": least, "most": most, "todo": todo})
    for column, share in sorted(receipt["fill"].items()):
        known = [r["fill"][column] for r in basis if column in r["fill"]]
        records = max(1, receipt["records"])
        limits = _bounds(known, lambda usual, n=records: max(sqrt(usual * (1 - usual) / n), POINTS))
        if limits and not limits[0] <= share <= limits[1]:
            todo = f"Usual is {max(0.0, limits[0]):.0%} to {min(1.0, limits[1]):.0%}. Check that the export still fills it."
            where = ", ".join(feed.map[column].columns) or column
            found.append({"code": "I-FILL", "column": where, "filled": share, "todo": todo})
    return found


def comparable(receipt: Receipt, earlier: list[Receipt]) -> list[Receipt]:
    """The deliveries of the same season of earlier years, else the last thirteen; none where there are too few to say what is usual."""
    day = _day(receipt)
    season = []
    for other in earlier:
        gap = day - _day(other)
        years = round(gap.days / YEAR_DAYS)
        if years >= 1 and abs(gap - timedelta(days=years * YEAR_DAYS)) <= SEASON:
            season.append(other)
    if len(season) >= SEASON_LEAST:
        return season
    recent = earlier[-RECENT:]
    return recent if len(recent) >= RECENT_LEAST else []


def template(feed: Feed, receipt: Receipt, earlier: list[Receipt]) -> list[dict[str, Any]]:
    """Columns that were added, removed or renamed since the last accepted delivery; names only."""
    before = [r["columns"] for r in earlier if r["columns"]][-TEMPLATES:]
    now = receipt["columns"]
    if not before or not now:
        return []
    added = [name for name in now if not any(name in columns for columns in before)]
    removed = [name for name in before[-1] if name not in now and all(name in columns for columns in before)]
    renamed: dict[str, str] = {}
    for kind, i, j, k, m in SequenceMatcher(None, before[-1], now, autojunk=False).get_opcodes():
        if kind == "replace" and j - i == m - k:
            renamed |= {old: new for old, new in zip(before[-1][i:j], now[k:m], strict=True) if old in removed and new in added}
    added = [name for name in added if name not in renamed.values()]
    removed = [name for name in removed if name not in renamed]
    parts = [
        *([f"added: {', '.join(added)}"] if added else []),
        *([f"removed: {', '.join(removed)}"] if removed else []),
        *([f"renamed: {', '.join(f'{old} to {new}' for old, new in renamed.items())}"] if renamed else []),
    ]
    if not parts:
        return []
    todo = f"If the change is meant, tell {feed.contact}; if not, send the current template."
    return [{"code": "I-TEMPLATE", "column": "; ".join(parts), "todo": todo}]


def _bounds(known: list[Any], counting: Any) -> tuple[float, float] | None:
    """What is usual: the median and 3.5 of the larger of the two deviations to both sides."""
    if len(known) < SEASON_LEAST:
        return None
    usual = float(median(known))
    deviation = max(1.4826 * median([abs(value - usual) for value in known]), counting(usual))
    return usual - FAR * deviation, usual + FAR * deviation


def _day(receipt: Receipt) -> datetime:
    return datetime.fromisoformat(receipt["as_of"])
