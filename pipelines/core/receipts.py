"""Receives what happens to every row of a delivery; hands on a receipt that reconciles; refuses to be written while it does not.

received = accepted + quarantined + duplicate + refused, in rows of the sender's file. A receipt holds counts, reasons, columns and row
numbers: never a value. What a delivery is worth beside the others of its feed (`standings`) follows from the receipts alone.
"""

import json
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, NamedTuple

from pipelines.core.catalog import Feed
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
    columns: list[str] = field(default_factory=list)  # the sender's columns, in the order of the file
    filled: dict[str, int] = field(default_factory=lambda: defaultdict(int))  # column -> records that hold a value there
    staged: int = 0  # records of which `filled` counts
    repeated_before: list[int] = field(default_factory=list)  # file rows that an earlier admission found to be repeats: a replay is told
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
        repeated = len(self.duplicates) + len(self.repeated_before)
        accepted = self.received - held - repeated
        if accepted < 0 or self.duplicates & set(self.quarantined):
            raise SystemFault("The account of a delivery does not reconcile: a row was counted twice. Nothing was stored.")
        return {
            "received": self.received,
            "accepted": accepted,
            "quarantined": held,
            "duplicate": repeated,
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
        if self.repeated_before:
            grouped[("D-EXACT", "")] += self.repeated_before
        return [{"reason": r, "where": w, "rows": len(n), "row_numbers": sorted(n)[:SHOWN_ROWS]} for (r, w), n in sorted(grouped.items())]

    def fill(self) -> dict[str, float]:
        """The share of records that hold a value, by column."""
        return {column: round(number / self.staged, 4) for column, number in self.filled.items()} if self.staged else {}


class Standing(NamedTuple):
    """What a delivery is worth: `counted`, `refused`, `test`, or no more: `replaced` (a refused one that was sent again) and `superseded`
    (an accepted one that was sent again), each `by` the id of a later delivery.
    """

    state: str
    by: str | None = None


def standings(receipts: Iterable[dict[str, Any]], feeds: Mapping[str, Feed]) -> dict[tuple[str, str], Standing]:
    """The standing of each delivery by feed and id, whatever the order in which they came.

    A file that is sent again under its name replaces the refused one. An accepted one it supersedes if it bears the same date, unless the
    feed's rows say themselves what they change (mode `action`): there both are applied in turn. A refused file never takes anything away.
    """
    accepted: dict[tuple[str, str], list[dict[str, Any]]] = defaultdict(list)
    given = sorted(receipts, key=lambda r: (r["received_at"], r["delivery_id"]))
    for receipt in given:
        if receipt["status"] == "accepted":
            accepted[receipt["feed"], receipt["name"]].append(receipt)
    found = {}
    for receipt in given:
        key, moment = (receipt["feed"], receipt["delivery_id"]), (receipt["received_at"], receipt["delivery_id"])
        later = [r for r in accepted[receipt["feed"], receipt["name"]] if (r["received_at"], r["delivery_id"]) > moment]
        if receipt["status"] == "accepted" and feeds[receipt["feed"]].change.mode != "action":
            later = [r for r in later if r["as_of"] == receipt["as_of"]]
            found[key] = Standing("superseded", later[-1]["delivery_id"]) if later else Standing("counted")
        elif receipt["status"] == "refused" and later:
            found[key] = Standing("replaced", later[0]["delivery_id"])
        else:
            found[key] = Standing({"accepted": "counted"}.get(receipt["status"], receipt["status"]))
    return found


def read_receipts(settings: Settings, feed: str = "*") -> list[dict[str, Any]]:
    """All receipts of a feed, or of every feed, in order of feed and delivery."""
    return [json.loads(path.read_text(encoding="utf-8")) for path in sorted(settings.path("receipts").glob(f"{feed}/[!.]*.json"))]


def utc_text(moment: datetime) -> str:
    """A moment as receipts write it: 2026-01-05T00:00:00Z."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
