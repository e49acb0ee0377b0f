"""Fixtures that every test may use."""

import csv
import io
import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines import flow
from pipelines.core.catalog import feed_named
from pipelines.core.settings import Settings
from pipelines.intake.pull import land
from pipelines.intake.transports import Arrival

ROOT = Path(__file__).resolve().parents[1]
KEY = bytes(range(32))
AS_OF = datetime(2026, 8, 22, tzinfo=UTC)

Receipt = dict[str, Any]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder of real deliveries and development sets; tests that read it are skipped where it is absent."""
    path = Path(os.environ.get("STAS_SHARED_DATA") or ROOT.parent / "shared" / "data")
    if not path.is_dir():
        pytest.skip("needs the shared data folder: set STAS_SHARED_DATA to it")
    return path


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """Settings of an empty home under a fixed key."""
    home = tmp_path / "home"
    home.mkdir()
    return Settings(home=home, key=KEY)


NAMES = {"jric_incidents": "x.csv", "ncric_incidents": "x_{}.csv", "stac_tips": "tips_{}.ndjson"}


def admit_as(
    settings: Settings, feed: str, content: bytes, name: str, as_of: datetime = AS_OF, arrived: datetime = datetime(2026, 9, 1, tzinfo=UTC)
) -> Receipt:
    """Land bytes as a delivery of a feed, admit it, and give its receipt, which has to reconcile."""

    @contextmanager
    def open_blocks() -> Iterator[Iterator[bytes]]:
        yield iter([content[i : i + 1_000_003] for i in range(0, len(content), 1_000_003)])

    arrival = Arrival(name, as_of, arrived, len(content), open_blocks)
    stored = flow.admit(settings, land(settings, feed_named(settings.schemas, feed), arrival))
    receipt: Receipt = json.loads(stored.receipt.read_text(encoding="utf-8"))
    counts = receipt["counts"]
    assert counts["received"] == sum(counts[k] for k in ("accepted", "quarantined", "duplicate", "refused"))
    return receipt


@pytest.fixture
def admit(settings: Settings) -> Callable[..., Receipt]:
    """Land bytes as a delivery of a feed, admit it, and give its receipt."""

    def admit_bytes(feed: str, content: bytes, name: str = "", as_of: datetime = AS_OF) -> Receipt:
        return admit_as(settings, feed, content, name or NAMES[feed].format(as_of.date()), as_of)

    return admit_bytes


LA_HEADER = (
    "DR_NO,Date Rptd,DATE OCC,TIME OCC,AREA,AREA NAME,Rpt Dist No,Part 1-2,Crm Cd,Crm Cd Desc,Mocodes,Vict Age,Vict Sex,Vict Descent,Premis Cd,"
    "Premis Desc,Weapon Used Cd,Weapon Desc,Status,Status Desc,Crm Cd 1,Crm Cd 2,Crm Cd 3,Crm Cd 4,LOCATION,Cross Street,LAT,LON"
)
LA_COLUMNS = LA_HEADER.split(",")


@pytest.fixture
def la_rows() -> Callable[..., list[dict[str, str]]]:
    """Rows of the Los Angeles template, as many as asked for, all good."""

    def rows(number: int, **values: str) -> list[dict[str, str]]:
        good = {
            "Date Rptd": "03/05/2026 00:00",
            "DATE OCC": "03/04/2026 12:00:00 AM",
            "Crm Cd": "822",
            "Crm Cd Desc": "HUMAN TRAFFICKING - COMMERCIAL SEX ACTS",
            "Status": "IC",
            "Vict Age": "0",
            "Premis Cd": "503",
            "LAT": "0",
            "LON": "0",
        }
        return [dict.fromkeys(LA_COLUMNS, "") | good | {"DR_NO": f"{260000001 + i}"} | values for i in range(number)]

    return rows


@pytest.fixture
def to_csv() -> Callable[..., bytes]:
    """Rows as CSV bytes."""

    def write(rows: list[dict[str, str]], columns: list[str] | None = None, newline: str = "\n") -> bytes:
        text = io.StringIO()
        writer = csv.DictWriter(text, columns or list(rows[0]), lineterminator=newline, extrasaction="ignore")
        writer.writeheader()
        writer.writerows(rows)
        return text.getvalue().encode()

    return write


@pytest.fixture
def tip() -> Callable[..., dict[str, Any]]:
    """A tip of the state center's template, good unless a value says otherwise."""

    def make(number: int = 1, **values: Any) -> dict[str, Any]:
        return {
            "id": f"ST-{number:06d}",
            "action": "new",
            "received": "2026-08-19T20:15:00Z",
            "updated": None,
            "occurred": {"date": "2026-08-17", "precision": "exact"},
            "place": {"county": "Fresno"},
            "form": "labor",
            "venue": "restaurant",
            "means": ["debt_bondage", "withholds_documents"],
            "person": {"age_band": "25-59", "minor": "no"},
            "source": {"type": "public", "reliability": "C", "credibility": "3"},
            "channel": "phone",
            "class": "tip",
            "urgency": "routine",
            "language": "en",
            "text": "The workers sleep in the back of the restaurant. The owner keeps their passports.",
        } | values

    return make


@pytest.fixture
def to_ndjson() -> Callable[..., bytes]:
    """Objects as NDJSON bytes."""
    return lambda items: "".join(json.dumps(item, ensure_ascii=False) + "\n" for item in items).encode()
