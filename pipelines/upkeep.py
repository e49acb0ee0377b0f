"""Receives the clock; hands on what was purged; purges nothing that has no receipt."""

from datetime import UTC, datetime, timedelta
from hashlib import file_digest
from pathlib import Path

from pipelines.audit import record
from pipelines.core.files import sweep, write_json
from pipelines.core.receipts import read_receipts, utc_text
from pipelines.core.settings import Settings


def purge_expired(settings: Settings, now: datetime) -> dict[str, int]:
    """Remove raw deliveries after their grace, narratives and quarantined rows after their days; return how many files of each kind.

    What is removed is certified first, in audit/certificates, so that nothing goes without a certificate; the audit log names and hashes it.
    """
    expired: dict[str, list[Path]] = {kind: [] for kind in ("landing", "narratives", "quarantine")}
    keep = _keep(settings)
    for receipt in read_receipts(settings):
        for kind, path in _sealed(settings, receipt["feed"], receipt["delivery_id"]).items():
            if path.is_file() and now - datetime.fromtimestamp(path.stat().st_mtime, UTC) > keep[kind]:
                expired[kind].append(path)
    certified = _certify(settings, now, expired) if any(expired.values()) else {}
    for path in (path for paths in expired.values() for path in paths):
        path.unlink()
    counts = {kind: len(paths) for kind, paths in expired.items()} | {"leftovers": sweep(settings.home)}
    if any(counts.values()):
        record(settings, "purged", "upkeep", "retention", **counts, **certified)
    return counts


def _sealed(settings: Settings, feed: str, one: str) -> dict[str, Path]:
    """The files of a delivery that may be kept for a time only."""
    return {
        "landing": settings.path("landing", feed, one),
        "narratives": settings.path("narratives", f"feed={feed}", f"{one}.parquet"),
        "quarantine": settings.path("quarantine", feed, f"{one}.parquet"),
    }


def _keep(settings: Settings) -> dict[str, timedelta]:
    days = timedelta(days=settings.narrative_days)
    return {"landing": timedelta(hours=settings.landing_grace_hours), "narratives": days, "quarantine": days}


def _certify(settings: Settings, now: datetime, expired: dict[str, list[Path]]) -> dict[str, str]:
    """Write a purge certificate: what kind, under which rule, how many files, and the SHA-256 of each as it was sealed; return name and hash."""
    kinds = {
        kind: {
            "rule": f"kept for {_keep(settings)[kind].total_seconds() / 3600:.0f} hours after it was written",
            "files": len(paths),
            "sha256": {str(path.relative_to(settings.home)): _digest(path) for path in sorted(paths)},
        }
        for kind, paths in expired.items()
        if paths
    }
    path = settings.path("audit", "certificates", f"purge-{now.astimezone(UTC):%Y%m%dT%H%M%S.%fZ}.json")
    write_json(path, {"at": utc_text(now), "purged": kinds})
    return {"certificate": path.name, "certificate_sha256": _digest(path)}


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()
