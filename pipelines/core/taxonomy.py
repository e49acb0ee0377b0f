"""Receives schemas/indicators/taxonomy.csv; hands on the indicators; refuses a row whose values are not of the closed sets.

Light: the tagger, the tiers and the validity cards all read what an indicator is from here.
"""

import csv
import hashlib
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from pipelines.core.errors import ConfigFault

COUNTER, NEED = "X", "N"
NOT_RULES = ("examples_en", "examples_es", "evaluation")  # files that say how well the rules do
FORMS = {"S": "sex", "L": "labor", "B": "both"}
STRENGTHS = {"S": "strong", "M": "medium", "W": "weak", "-": "none"}


@dataclass(frozen=True)
class Indicator:
    """One row: what it says, which element of the offence it speaks to (Act, Means, Purpose), and where the definition comes from."""

    id: str
    category: str
    amp: frozenset[str]
    form: str
    minor_only: bool
    strength: str
    label: str
    statute: str
    source: str
    reviewed: str

    @property
    def means(self) -> frozenset[str]:
        """Means categories, such as `force`; a need signal or counter-evidence has none."""
        return frozenset(part[2:] for part in self.amp if part.startswith("M:"))

    @property
    def purposes(self) -> frozenset[str]:
        """`sex`, `labor`, or both."""
        found = {part[2:] for part in self.amp if part.startswith("P:")}
        return frozenset({"sex", "labor"} if "both" in found else found)


@cache
def load_indicators(schemas: Path) -> dict[str, Indicator]:
    """All indicators in the order of the file. Raises ConfigFault that names the row."""
    found: dict[str, Indicator] = {}
    with (schemas / "indicators" / "taxonomy.csv").open(encoding="utf-8", newline="") as file:
        for number, row in enumerate(csv.DictReader(file), 2):
            where = f"schemas/indicators/taxonomy.csv: row {number}"
            amp = frozenset(row["amp"].split(","))
            if row["id"] in found:
                raise ConfigFault(f"{where}: {row['id']} stands twice")
            if row["form"] not in FORMS or row["strength"] not in STRENGTHS or row["minor_only"] not in {"Y", "-"}:
                raise ConfigFault(f"{where}: form, strength or minor_only is not one of {[*FORMS]}, {[*STRENGTHS]}, Y or -")
            if wrong := [part for part in amp if part not in {"A", NEED, COUNTER} and part[:2] not in {"M:", "P:"}]:
                raise ConfigFault(f"{where}: amp holds {wrong}; expected A, N, X, M:<kind> or P:<form>")
            found[row["id"]] = Indicator(
                row["id"],
                row["category"],
                amp,
                FORMS[row["form"]],
                row["minor_only"] == "Y",
                STRENGTHS[row["strength"]],
                row["label"],
                row["statute"],
                row["source"],
                row["reviewed"],
            )
    return found


def taxonomy_version(schemas: Path) -> str:
    """A digest of everything under schemas/indicators that decides about a hit."""
    digest = hashlib.sha256()
    for path in sorted((schemas / "indicators").glob("*.csv")):
        if path.stem not in NOT_RULES:
            digest.update(path.name.encode() + b"\0" + path.read_bytes())
    return digest.hexdigest()[:8]
