"""Receives the cells of one table and week; hands on the levels that are safe to publish; holds back the others with the reason.

A level is published whole or not at all: state total, then by form, then by center and form. If every cell of the finest published level
is 0 or at least 11, every sum and difference of published numbers is a sum of such cells, so nothing smaller can be worked out. The
threshold is that of the CalHHS Data De-Identification Guidelines (2016), which count 1 to 10 as small.
"""

from dataclasses import dataclass
from itertools import product

THRESHOLD = 11
LEVELS = ("state", "state by form", "center by form")
SMALL = "a count from 1 to 10 would be shown or could be worked out"
ALL = "all"

Cells = dict[tuple[str, str], tuple[int, int]]  # (center, form) -> (n, n_low)


@dataclass(frozen=True)
class Cell:
    """One number of a release. `n_low` is None where it would tell that a few reports repeat others."""

    level: str
    center: str
    form: str
    n: int
    n_low: int | None


@dataclass(frozen=True)
class Held:
    """A level that is not published, and why."""

    level: str
    reason: str


def choose(cells: Cells, centers: list[str], forms: list[str]) -> tuple[list[Cell], list[Held]]:
    """The cells of the levels that pass, and the levels that do not. A level after one that is held is held as well."""
    shown: list[Cell] = []
    held: list[Held] = []
    for level in LEVELS:
        level_cells = _level(level, cells, centers, forms)
        if held or any(_small(n) for n, _ in level_cells.values()):
            held.append(Held(level, SMALL))
            continue
        shown += [Cell(level, center, form, n, low if not _small(n - low) else None) for (center, form), (n, low) in level_cells.items()]
    return shown, held


def _level(level: str, cells: Cells, centers: list[str], forms: list[str]) -> Cells:
    """The cells of a level, zeros included; the finest one with its margins by center."""
    if level == "state":
        return {(ALL, ALL): _sum(cells, None, None)}
    if level == "state by form":
        return {(ALL, form): _sum(cells, None, form) for form in forms}
    inner = {(center, form): _sum(cells, center, form) for center, form in product(centers, forms)}
    return inner | {(center, ALL): _sum(cells, center, None) for center in centers}


def _sum(cells: Cells, center: str | None, form: str | None) -> tuple[int, int]:
    chosen = [v for (c, f), v in cells.items() if center in (None, c) and form in (None, f)]
    return sum(n for n, _ in chosen), sum(low for _, low in chosen)


def _small(count: int) -> bool:
    return 0 < count < THRESHOLD
