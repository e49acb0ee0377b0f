"""Receives a feed and its source; hands on deliveries sealed in the landing folder, oldest first; refuses nothing.

A delivery's id follows from the feed, the date its name declares, and its content, so the same bytes are the same delivery.
"""

import errno
import hashlib
from contextlib import closing
from datetime import datetime
from importlib import import_module
from pathlib import Path
from typing import Any

from pipelines.core.catalog import Feed
from pipelines.core.crypto import SealedReader, SealedWriter
from pipelines.core.errors import BrokeOff, DiskFull, FileUnsettled, PullIncomplete, SourceUnavailable
from pipelines.core.files import DRAFT, commit, draft
from pipelines.core.handles import ALWAYS, TEST, Delivery, Window
from pipelines.core.receipts import read_receipts, utc_text
from pipelines.core.settings import Settings
from pipelines.intake.source import Source
from pipelines.intake.transports import Arrival, Known, Unchanged

PATIENCE = 3
FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)


def pull_feed(settings: Settings, feed: Feed, source: Source, again: bool, within: Window = ALWAYS) -> list[Delivery]:
    """Land what is new and give every delivery that has no receipt yet; with `again`, everything that the sender still has. `within` leaves
    alone what is not of these dates.

    A file that cannot be had costs the others nothing: they land, then PullIncomplete says what is left and names what did land.
    """
    receipts = read_receipts(settings, feed.name)
    done = set() if again else {r["delivery_id"] for r in receipts}
    # What an earlier run landed need not be fetched again, and waits if it has no receipt.
    here = [] if again else [open_delivery(settings, feed.name, path.name) for path in landing(settings, feed.name)]
    known = Known() if again else _known(receipts, here)
    landed = {delivery.id: delivery for delivery in here if delivery.id not in done}
    left = _fetch(settings, feed, source, known, landed, within)
    deliveries = sorted((d for d in landed.values() if d.id not in done and _inside(d.as_of, within)), key=lambda d: (d.as_of, d.id))
    if left:
        raise PullIncomplete(f"{feed.name}: {len(left)} left at the sender's. {' '.join(left)}", tuple(d.id for d in deliveries))
    return deliveries


def _known(receipts: list[dict[str, Any]], here: list[Delivery]) -> Known:
    known = Known()
    for receipt in sorted(receipts, key=lambda r: (r["received_at"], r["delivery_id"])):
        known.sizes[receipt["name"], datetime.fromisoformat(receipt["received_at"])] = receipt["size"]
        known.versions[receipt["name"]] = receipt["version"]
    for delivery in sorted(here, key=lambda d: (d.received_at, d.id)):
        known.sizes[delivery.name, delivery.received_at] = delivery.size
        known.versions[delivery.name] = delivery.version
    return known


def _fetch(settings: Settings, feed: Feed, source: Source, known: Known, landed: dict[str, Delivery], within: Window) -> list[str]:
    """Land what arrives, noting it in `landed`; return why something was left. Raises SourceUnavailable where nothing could be had at all."""
    left: list[str] = []
    broken = 0  # transfers that broke off one after the other
    transport = import_module(f"pipelines.intake.transports.{source.transport or feed.transport.kind}")
    try:
        with closing(transport.arrivals(feed, source, known)) as arrivals:
            for arrival in arrivals:
                if not _inside(arrival.as_of, within):
                    continue
                try:
                    delivery = land(settings, feed, arrival)
                    landed[delivery.id], broken = delivery, 0
                except FileUnsettled as fault:
                    left.append(str(fault))
                    broken = broken + 1 if isinstance(fault, BrokeOff) else 0
                    if broken == PATIENCE:
                        break
                except Unchanged:
                    continue
    except SourceUnavailable as fault:
        if not landed and not left:
            raise
        left.append(str(fault))
    return left


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
    return Delivery(feed, delivery_id, meta["name"], as_of, received_at, size, path, meta["version"])


def land(settings: Settings, feed: Feed, arrival: Arrival) -> Delivery:
    """Seal the bytes in the landing folder. Of a file over the feed's size only the beginning is kept: it will be refused.

    Raises DiskFull: nothing of the file is kept, and the next run fetches it again.
    """
    try:
        return _land(settings, feed, arrival)
    except OSError as error:
        if error.errno not in FULL:
            raise
        raise DiskFull(f"{feed.name}: the disk of the landing folder is full; {arrival.name} was not kept. Free space and run again.") from None


def _land(settings: Settings, feed: Feed, arrival: Arrival) -> Delivery:
    size, digest = 0, hashlib.sha256()
    meta = {"name": arrival.name, "as_of": utc_text(arrival.as_of), "received_at": utc_text(arrival.modified)}
    with draft(settings.path("landing", feed.name)) as path:
        with arrival.open() as blocks, SealedWriter(settings, path, f"landing:{feed.name}", {**meta, "version": arrival.version()}) as sealed:
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
