"""Receives the clock; hands on what was purged; purges nothing that has no receipt."""

from datetime import UTC, datetime, timedelta

from pipelines.audit import record
from pipelines.core.files import sweep
from pipelines.core.receipts import read_receipts
from pipelines.core.settings import Settings


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
