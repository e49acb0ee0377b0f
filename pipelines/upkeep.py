"""Receives the clock; hands on what was purged and which feeds are silent; purges nothing that has no receipt."""

from datetime import UTC, datetime, timedelta

from pipelines.audit import record
from pipelines.core.catalog import load_feeds
from pipelines.core.files import sweep
from pipelines.core.receipts import read_receipts
from pipelines.core.settings import Settings

GRACE = {"weekly": timedelta(days=10), "monthly": timedelta(days=45), "quarterly": timedelta(days=140)}  # the cadence and some time


def purge_expired(settings: Settings, now: datetime) -> dict[str, int]:
    """Remove raw deliveries after their grace, narratives and quarantined rows after their days; note the counts in the audit log."""
    counts = {"landing": 0, "narratives": 0, "quarantine": 0, "leftovers": sweep(settings.home)}
    for receipt in read_receipts(settings):
        feed, one = receipt["feed"], receipt["delivery_id"]
        limits = {
            "landing": (settings.path("landing", feed, one), timedelta(hours=settings.landing_grace_hours)),
            "narratives": (settings.path("narratives", f"feed={feed}", f"{one}.parquet"), timedelta(days=settings.narrative_days)),
            "quarantine": (settings.path("quarantine", feed, f"{one}.parquet"), timedelta(days=settings.narrative_days)),
        }
        for kind, (path, keep) in limits.items():
            if path.is_file() and now - datetime.fromtimestamp(path.stat().st_mtime, UTC) > keep:
                path.unlink()
                counts[kind] += 1
    if any(counts.values()):
        record(settings, "purged", "upkeep", "retention", **counts)
    return counts


def silent(settings: Settings, now: datetime) -> list[str]:
    """Live feeds whose last accepted delivery arrived longer ago than their cadence allows, or that never sent one."""
    last: dict[str, datetime] = {}
    for receipt in read_receipts(settings):
        if receipt["status"] == "accepted":
            arrived = datetime.fromisoformat(receipt["received_at"])
            last[receipt["feed"]] = max(arrived, last.get(receipt["feed"], arrived))
    live = {name: feed for name, feed in load_feeds(settings.schemas).items() if feed.status == "live"}
    return [name for name, feed in live.items() if name not in last or now - last[name] > GRACE[feed.cadence]]
