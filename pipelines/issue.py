"""Receives the account of a delivery; hands on its receipt, as JSON and as a page for the sender; refuses an account that does not reconcile.

`review` looks at all receipts of a feed together and enters what only shows beside the others: what replaces what, an unusual volume, a
changed template. It follows from the receipts alone, so it can be run at any time and by any number of workers.
"""

from typing import Any

from pipelines.core.catalog import Feed, feed_named
from pipelines.core.errors import DataRefused
from pipelines.core.files import place_of, write_json, write_text
from pipelines.core.handles import Delivery, Stored
from pipelines.core.receipts import Account, Standing, read_receipts, standings, utc_text
from pipelines.core.settings import Settings
from pipelines.learned import LEARNED, unusual
from pipelines.products.receipt.page import page_of, render

Receipt = dict[str, Any]


def issue(settings: Settings, delivery: Delivery, feed: Feed, account: Account, files: dict[str, str], reason: DataRefused | None) -> Stored:
    """Write the receipt: the page for people first, and last, as the commit, the JSON."""
    status = "test" if delivery.test else "refused" if reason else "accepted"
    rows = account.received
    counts = {"received": rows, "accepted": 0, "quarantined": 0, "duplicate": 0, "refused": rows} if reason else account.counts()
    receipt = {
        "feed": delivery.feed,
        "delivery_id": delivery.id,
        "name": delivery.name,
        "as_of": utc_text(delivery.as_of),
        "received_at": utc_text(delivery.received_at),
        "size": delivery.size,
        "version": delivery.version,
        "status": status,
        "counts": counts,
        "records": 0 if reason else account.records,
        "reasons": account.reasons(),
        "issues": account.issues,
        "findings": dict(account.findings),
        "columns": account.columns,
        "fill": {} if reason else account.fill(),
        "held_uids": sorted(set(account.held_uids)) if files else [],
        "error": {"code": reason.code, "message": reason.message, "todo": reason.todo} if reason else None,
        "files": files,
        "replaces": [],
        "replaced_by": None,
    }
    _write(settings, feed, receipt, None)
    codes = sorted({one["reason"] for one in account.reasons()} | ({reason.code} if reason else set()))
    return Stored(delivery, place_of(settings, "receipts", delivery.feed, delivery.id), status, counts, tuple(codes))


def review(settings: Settings, feed_name: str) -> list[Receipt]:
    """Bring the receipts of a feed up to date with each other; return those that changed.

    Another worker may add a receipt meanwhile, so it is looked again until nothing is new: whoever comes last has seen all.
    """
    feed = feed_named(settings.schemas, feed_name)
    changed = []
    before = None
    while (receipts := read_receipts(settings, feed_name)) != before:
        before = receipts
        for receipt, reviewed, former in _reviewed(feed, receipts):
            if reviewed != receipt:
                _write(settings, feed, reviewed, former)
                changed.append(reviewed)
            elif not page_of(place_of(settings, "receipts", feed_name, receipt["delivery_id"])).exists():
                _write(settings, feed, reviewed, former)
    return changed


def _reviewed(feed: Feed, receipts: list[Receipt]) -> list[tuple[Receipt, Receipt, Receipt | None]]:
    """(receipt, the same with what the others tell, the delivery before it) in the order of their dates."""
    standing = standings(receipts, {feed.name: feed})
    counted: list[Receipt] = []
    found = []
    for receipt in sorted(receipts, key=lambda r: (r["as_of"], r["received_at"], r["delivery_id"])):
        replaces = [one for (_, one), state in standing.items() if state.by == receipt["delivery_id"]]
        own = standing[feed.name, receipt["delivery_id"]]
        issues = [issue for issue in receipt["issues"] if issue["code"] not in LEARNED]
        learned = unusual(feed, receipt, [r for r in counted if r["as_of"] < receipt["as_of"]])
        reviewed = {**receipt, "replaces": sorted(replaces), "replaced_by": own.by, "issues": issues + learned}
        found.append((receipt, reviewed, counted[-1] if counted else None))
        if own == Standing("counted"):
            counted.append(receipt)
    return found


def _write(settings: Settings, feed: Feed, receipt: Receipt, former: Receipt | None) -> None:
    path = place_of(settings, "receipts", feed.name, receipt["delivery_id"])
    write_text(page_of(path), render(settings, feed, receipt, former))
    write_json(path, receipt)
