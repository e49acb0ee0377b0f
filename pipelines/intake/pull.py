"""Receives a feed and its source; hands on deliveries sealed in the landing folder, oldest first; refuses nothing.

A delivery's id follows from the feed, the date its name declares, and its content, so the same bytes are the same delivery.
"""

import hashlib
from datetime import datetime
from importlib import import_module
from pathlib import Path

from pipelines.core.catalog import Feed
from pipelines.core.crypto import SealedReader, SealedWriter
from pipelines.core.files import DRAFT, commit, draft
from pipelines.core.handles import ALWAYS, TEST, Delivery, Window
from pipelines.core.receipts import read_receipts, utc_text
from pipelines.core.settings import Settings
from pipelines.intake.source import Source
from pipelines.intake.transports import Arrival


def pull_feed(settings: Settings, feed: Feed, source: Source, again: bool, within: Window = ALWAYS) -> list[Delivery]:
    """Land what is new and give every delivery that has no receipt yet; with `again`, everything that the sender still has."""
    receipts = read_receipts(settings, feed.name)
    known = set() if again else {(r["name"], r["received_at"]) for r in receipts}
    transport = import_module(f"pipelines.intake.transports.{source.transport or feed.transport.kind}")
    landed = {}
    for arrival in transport.arrivals(feed, source, lambda name, modified: (name, utc_text(modified)) in known):
        if not _inside(arrival.as_of, within):
            continue
        delivery = land(settings, feed, arrival)
        landed[delivery.id] = delivery
    done = set() if again else {r["delivery_id"] for r in receipts}
    if not again:  # what an earlier run landed and did not bring to a receipt
        landed |= {path.name: open_delivery(settings, feed.name, path.name) for path in landing(settings, feed.name)}
    return sorted((d for d in landed.values() if d.id not in done and _inside(d.as_of, within)), key=lambda d: (d.as_of, d.id))


def _inside(moment: datetime, within: Window) -> bool:
    """Whether a delivery's date lies in the window, both ends included."""
    first, last = within
    return (first is None or moment.date() >= first) and (last is None or moment.date() <= last)


def landing(settings: Settings, feed: str) -> list[Path]:
    """The landed files of a feed."""
    return [path for path in sorted(settings.path("landing", feed).glob("*")) if not path.name.startswith(DRAFT)]


def open_delivery(settings: Settings, feed: str, delivery_id: str) -> Delivery:
    """A landed delivery by its id. Raises SystemFault where the file was altered."""
    path = settings.path("landing", feed, delivery_id)
    with SealedReader(settings, path) as file:
        meta, size = file.meta, file.size
    as_of, received_at = (datetime.fromisoformat(meta[key]) for key in ("as_of", "received_at"))
    return Delivery(feed, delivery_id, meta["name"], as_of, received_at, size, path)


def land(settings: Settings, feed: Feed, arrival: Arrival) -> Delivery:
    """Seal the bytes in the landing folder. Of a file over the feed's size only the beginning is kept: it will be refused."""
    size, digest = 0, hashlib.sha256()
    meta = {"name": arrival.name, "as_of": utc_text(arrival.as_of), "received_at": utc_text(arrival.modified)}
    with draft(settings.path("landing", feed.name)) as path:
        with SealedWriter(settings, path, f"landing:{feed.name}", meta) as sealed, arrival.open() as blocks:
            for block in blocks:
                size += len(block)
                digest.update(block)
                sealed.write(block)
                if size > feed.bounds.max_bytes:
                    break
        declared = arrival.as_of.date().isoformat() if arrival.as_of != arrival.modified else "undated"
        mark = "test-" if arrival.name.startswith(TEST) else ""  # the same bytes may come as a test first
        delivery_id = f"{mark}{declared}-{digest.hexdigest()[:16]}"
        commit(path, settings.path("landing", feed.name, delivery_id))
    return open_delivery(settings, feed.name, delivery_id)
