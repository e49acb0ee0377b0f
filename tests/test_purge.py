"""What may no longer be kept is removed with a certificate; what the gate masked is counted for the privacy officer and the sender."""

import hashlib
import json
import os
from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines import audit, flow
from pipelines.core.settings import Settings
from pipelines.upkeep import purge_expired
from pipelines.warehouse import run_query

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
KINDS = ("landing", "narratives", "quarantine")
Make = Callable[..., Any]


@pytest.fixture
def sealed(settings: Settings, admit: Make, tip: Make, to_ndjson: Make) -> dict[str, Path]:
    """A delivery with masked identifiers and a row that is held back: its sealed files by kind, written 40 days ago."""
    texts = ["Call 415-555-0123 or write to caller@example.org.", "She has to pay him. Write to other@example.org."]
    items = [tip(n, text=f"The owner keeps their passports in a drawer. {text} They cannot leave.") for n, text in enumerate(texts)]
    admit("stac_tips", to_ndjson([*items, *(tip(n) for n in range(5, 20)), tip(99, venue="none of the list")]))
    files = {kind: next(p for p in settings.path(kind).rglob("*") if p.is_file()) for kind in KINDS}
    for path in files.values():
        os.utime(path, ((NOW - timedelta(days=40)).timestamp(),) * 2)
    return files


def test_what_is_purged_is_certified(settings: Settings, sealed: dict[str, Path]) -> None:
    digests = {str(p.relative_to(settings.home)): hashlib.sha256(p.read_bytes()).hexdigest() for p in sealed.values()}
    assert purge_expired(settings, NOW) == dict.fromkeys(KINDS, 1) | {"leftovers": 0}
    assert not any(path.exists() for path in sealed.values())
    (path,) = settings.path("audit", "certificates").glob("*.json")
    certificate = json.loads(path.read_text(encoding="utf-8"))
    assert certificate["at"] == "2026-11-20T09:30:00Z"
    assert {name: digest for kind in certificate["purged"].values() for name, digest in kind["sha256"].items()} == digests
    assert {kind: (entry["files"], entry["rule"].split()[2]) for kind, entry in certificate["purged"].items()} == {
        "landing": (1, "72"),
        "narratives": (1, "720"),
        "quarantine": (1, "720"),
    }
    entry = audit.entries(settings)[-1]
    assert (entry["action"], entry["certificate"]) == ("purged", path.name)
    assert entry["certificate_sha256"] == hashlib.sha256(path.read_bytes()).hexdigest()
    assert audit.first_broken_line(settings) is None


def test_nothing_to_purge_makes_no_certificate(settings: Settings, sealed: dict[str, Path]) -> None:
    for path in sealed.values():
        os.utime(path, (NOW.timestamp(), NOW.timestamp()))
    assert set(purge_expired(settings, NOW).values()) == {0}
    assert all(path.exists() for path in sealed.values())
    assert not settings.path("audit").exists()


def test_each_kind_has_its_own_time(settings: Settings, sealed: dict[str, Path]) -> None:
    for path in sealed.values():
        os.utime(path, ((NOW - timedelta(days=4)).timestamp(),) * 2)
    assert purge_expired(settings, NOW) == {"landing": 1, "narratives": 0, "quarantine": 0, "leftovers": 0}
    (certificate,) = settings.path("audit", "certificates").glob("*.json")
    assert set(json.loads(certificate.read_text(encoding="utf-8"))["purged"]) == {"landing"}


def test_findings_are_counted_by_feed_week_column_and_kind(
    settings: Settings, sealed: dict[str, Path], admit: Make, la_rows: Make, to_csv: Make
) -> None:
    admit("jric_incidents", to_csv(la_rows(3)))
    flow.build(settings)
    columns, rows = run_query(settings, "SELECT * FROM findings")
    assert columns == ["feed", "week", "column", "kind", "n"]
    counted = {row[3]: row[4] for row in rows}
    assert {row[:3] for row in rows} == {("stac_tips", date(2026, 8, 17), "narrative")}  # drawn up on 22 August, a Saturday
    assert (counted["EMAIL"], counted["PHONE"]) == (2, 1)
