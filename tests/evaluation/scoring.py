"""How found indicators are compared with labels: matched one to one within a narrative, with Wilson intervals (Wilson 1927, JASA 22:209)."""

from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from math import sqrt
from typing import Any

AXES = ("polarity", "certainty", "temporality", "experiencer")
Z = 1.96
Found = dict[str, Any]  # indicator, start, end, and the axes
Find = Callable[[list[str]], list[list[Found]]]


@dataclass
class Counts:
    """Labels that were found, findings without a label, labels that were not found, and of the matched ones those right on each axis."""

    right: int = 0
    extra: int = 0
    missed: int = 0
    axes: dict[str, int] = field(default_factory=lambda: dict.fromkeys(AXES, 0))

    @property
    def precision(self) -> tuple[int, int]:
        return self.right, self.right + self.extra

    @property
    def recall(self) -> tuple[int, int]:
        return self.right, self.right + self.missed


def score(narratives: list[dict[str, Any]], find: Find) -> tuple[Counts, dict[str, Counts]]:
    """Over all, and by indicator. A label and a finding match if they are of one indicator in one narrative, those that overlap first; a finding
    that says again what a label of its narrative says is no second one."""
    whole, each = Counts(), defaultdict(Counts)
    for narrative, found in zip(narratives, find([n["text"] for n in narratives]), strict=True):
        labels = narrative["hits"]
        pairs = _pairs(labels, found)
        for one in (whole, each):
            for number, label in enumerate(labels):
                counts = one if isinstance(one, Counts) else one[label["indicator"]]
                if number not in pairs:
                    counts.missed += 1
                    continue
                counts.right += 1
                for axis in AXES:
                    counts.axes[axis] += found[pairs[number]][axis] == label[axis]
            named = {label["indicator"] for label in labels}
            for extra in {f["indicator"] for f in found} - named:
                (one if isinstance(one, Counts) else one[extra]).extra += 1
    return whole, dict(each)


def _pairs(labels: list[Found], found: list[Found]) -> dict[int, int]:
    """Label -> finding, the pairs with the longest common part first."""
    ranked = sorted(
        (min(f["end"], label["end"]) - max(f["start"], label["start"]), -i, -j)
        for i, label in enumerate(labels)
        for j, f in enumerate(found)
        if f["indicator"] == label["indicator"]
    )
    pairs: dict[int, int] = {}
    for _, i, j in reversed(ranked):
        if -i not in pairs and -j not in pairs.values():
            pairs[-i] = -j
    return pairs


def wilson(right: int, of: int) -> tuple[float, float, float]:
    """The share and its 95 % interval. Raises ZeroDivisionError where there is nothing to share."""
    share, square = right / of, Z * Z
    middle = (share + square / (2 * of)) / (1 + square / of)
    half = Z * sqrt(share * (1 - share) / of + square / (4 * of * of)) / (1 + square / of)
    return share, middle - half, middle + half


def shown(right: int, of: int) -> str:
    """A share with its interval, or a dash."""
    return "-" if not of else "{:.3f} ({:.3f}-{:.3f})".format(*wilson(right, of))
