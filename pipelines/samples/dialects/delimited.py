"""What the senders of delimited text share: a table with a header, a row that is cut wrong, and dates as people type them."""

import csv
import io
from collections.abc import Callable, Sequence
from datetime import date

Row = dict[str, str]
CUT = "cut"  # a row of this key alone is written with a value too many


def table(columns: Sequence[str], raws: list[Row], delimiter: str = ",", quoting: int = csv.QUOTE_MINIMAL) -> tuple[str, list[int]]:
    """A header and its rows. A row marked as cut has one value too many."""
    text = io.StringIO()
    writer = csv.writer(text, delimiter=delimiter, lineterminator="\n", quoting=quoting)  # type: ignore[arg-type]
    writer.writerow(columns)
    for raw in raws:
        writer.writerow([raw[c] for c in columns] + (["?"] if CUT in raw else []))
    return text.getvalue(), list(range(1, len(raws) + 1))


def put(column: str, value: str) -> Callable[[Row], Row]:
    """A function that gives the row with another value in a column."""
    return lambda raw: {**raw, column: value}


def short(day: date) -> str:
    """3/7/26."""
    return f"{day.month}/{day.day}/{day:%y}"


def dotted(day: date) -> str:
    """07.03.2026."""
    return day.strftime("%d.%m.%Y")


def american(day: date, long: bool) -> str:
    """03/07/2026 00:00, or with seconds and AM."""
    return day.strftime("%m/%d/%Y 12:00:00 AM" if long else "%m/%d/%Y 00:00")
