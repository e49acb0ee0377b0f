"""Receives what happens to every row of a delivery; hands on a receipt that reconciles; refuses to be written while it does not.

received = accepted + quarantined + duplicate + refused, in rows of the sender's file. A receipt holds counts, reasons, columns and row
numbers: never a value.
"""

import json
from collections import defaultdict
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from pipelines.core.errors import SystemFault
from pipelines.core.settings import Settings

SHOWN_ROWS = 50


@dataclass
class Account:
    """Where the rows of one delivery ended up. Row numbers count the sender's data rows from 1."""

    received: int = 0
    quarantined: dict[int, list[tuple[str, str]]] = field(default_factory=lambda: defaultdict(list))  # row -> [(reason, column or rule)]
    held_uids: list[str] = field(default_factory=list)  # pseudonyms of quarantined rows: present, though not accepted
    duplicates: set[int] = field(default_factory=set)
    unreadable: dict[int, str] = field(default_factory=dict)  # row of the file -> reason; these rows never became records
    issues: list[dict[str, Any]] = field(default_factory=list)
    findings: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # identifier kind -> spans masked
    records: int = 0
    zero: bool = False  # the sender says that there was nothing to report

    def quarantine(self, row: int, reason: str, where: str, uid: str | None = None) -> None:
        """Hold a row back. The same reason is noted once; the pseudonym keeps a withdrawn record and a held one apart."""
        if uid and row not in self.quarantined:
            self.held_uids.append(uid)
        if (reason, where) not in self.quarantined[row]:
            self.quarantined[row].append((reason, where))

    def counts(self) -> dict[str, int]:
        """The reconciled counts in rows. Raises SystemFault when they do not add up, which is a fault of ours."""
        held = len(self.quarantined) + len(self.unreadable)
        accepted = self.received - held - len(self.duplicates)
        if accepted < 0 or self.duplicates & set(self.quarantined):
            raise SystemFault("The account of a delivery does not reconcile: a row was counted twice. Nothing was stored.")
        return {
            "received": self.received,
            "accepted": accepted,
            "quarantined": held,
            "duplicate": len(self.duplicates),
            "refused": 0,
        }

    def file_row(self, row: int) -> int:
        """Row of the file for the n-th readable row: unreadable rows before it are counted in."""
        for bad in sorted(self.unreadable):
            if bad > row:
                break
            row += 1
        return row

    def reasons(self) -> list[dict[str, Any]]:
        """One entry per reason and column: how many rows, and the first of them."""
        grouped: dict[tuple[str, str], list[int]] = defaultdict(list)
        for row, found in self.quarantined.items():
            for key in found:
                grouped[key].append(self.file_row(row))
        for row, reason in self.unreadable.items():
            grouped[(reason, "")].append(row)
        for row in self.duplicates:
            grouped[("D-EXACT", "")].append(self.file_row(row))
        return [{"reason": r, "where": w, "rows": len(n), "row_numbers": sorted(n)[:SHOWN_ROWS]} for (r, w), n in sorted(grouped.items())]


def read_receipts(settings: Settings, feed: str = "*") -> list[dict[str, Any]]:
    """All receipts of a feed, or of every feed, in order of feed and delivery."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(settings.path("receipts").glob(f"{feed}/[!.]*.json"))]


def utc_text(moment: datetime) -> str:
    """A moment as receipts write it: 2026-01-05T00:00:00Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
