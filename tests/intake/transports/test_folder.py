"""A folder as the sender fills it: files that are still written, lock files, names that lead elsewhere."""

import os
from pathlib import Path
from typing import Any

import pytest

from pipelines import flow
from pipelines.core.catalog import feed_named
from pipelines.core.errors import FileUnsettled, PullIncomplete
from pipelines.core.settings import ROOT, Settings
from pipelines.intake.source import Source
from pipelines.intake.transports import Known, folder

FEED = "ncric_incidents"
A, B = "sf_2026-10-05.csv", "sf_2026-10-12.csv"


def test_finished_files_come_oldest_first_and_once(settings: Settings, put: Any, root: Path, content: Any) -> None:
    files = [put(FEED, A, 3_000_000), put(FEED, B)]
    for name in (f"{B}.part", f"{B}.PARTIAL", f"{B}.filepart", f"~${B}", f".{B}", f"{B}~"):
        put(FEED, name)
    (root / FEED / "sub").mkdir()
    source = Source(str(root / FEED), transport="folder")
    found = flow.pull(settings, FEED, source)
    assert [(d.name, content(d)) for d in found] == [(path.name, path.read_bytes()) for path in files]
    stamps = [d.path.stat().st_mtime_ns for d in found]
    assert [d.path.stat().st_mtime_ns for d in flow.pull(settings, FEED, source)] == stamps
    assert flow.pull(settings, FEED, Source(str(root / "none"), transport="folder")) == found  # what waits does not wait for the sender


def test_a_file_that_is_still_written_is_left_and_the_others_come(settings: Settings, put: Any, root: Path, content: Any, growing: Any) -> None:
    one, other = put(FEED, A, 30_000_000), put(FEED, B)
    source = Source(str(root / FEED), transport="folder")
    with growing(one), pytest.raises(PullIncomplete, match=f"{A} changed") as fault:
        flow.pull(settings, FEED, source)
    assert [flow.landed(settings, FEED, one).name for one in fault.value.landed] == [B]
    assert [content(d) for d in flow.pull(settings, FEED, source)] == [one.read_bytes(), other.read_bytes()]


def test_a_file_that_is_taken_away_while_it_is_read_is_seen(put: Any, root: Path) -> None:
    path = put(FEED, A, 3_000_000)
    [arrival] = folder.arrivals(feed_named(ROOT / "schemas", FEED), Source(str(root / FEED)), Known())
    with pytest.raises(FileUnsettled, match="changed"), arrival.open() as blocks:
        next(blocks)
        path.unlink()
    with pytest.raises(FileUnsettled, match="cannot be opened"), arrival.open():
        pass


def test_hostile_names_are_refused_with_a_receipt_and_nothing_of_them_is_read(settings: Settings, put: Any, root: Path, admit_all: Any) -> None:
    put(FEED, A)
    for name in (b"..\\x.csv", b"a\nb.csv", b"\xff\xfe.csv", b"\x1b[2Jx.csv"):
        with open(os.path.join(os.fsencode(root / FEED), name), "wb") as file:  # noqa: PTH118, PTH123  bytes, which Path does not take
            file.write(b"Placeholdername")
    source = Source(str(root / FEED), transport="folder")
    receipts = admit_all(FEED, source)
    refused = [r for r in receipts if r["name"].startswith("unsafe name ")]
    assert len(receipts) == 5 and len(refused) == 4
    assert {r["error"]["code"] for r in refused} == {"E-NAME"} and len({r["delivery_id"] for r in refused}) == 4
    assert not any(b"Placeholdername" in path.read_bytes() for path in settings.home.rglob("*") if path.is_file())
    assert flow.pull(settings, FEED, source) == []
