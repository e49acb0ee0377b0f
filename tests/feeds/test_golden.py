"""Each feed's own sample gives exactly the rows and the issues that stand beside it: tests/feeds/<name>/, small and readable."""

import json
from collections.abc import Callable
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from pipelines.core.catalog import load_feeds
from pipelines.core.settings import ROOT, Settings
from tests.feeds.truth import NOT_COMPARED, pseudonym

HERE = Path(__file__).parent
FEEDS = load_feeds(ROOT / "schemas")
WRITTEN = ("expected_rows.json", "expected_issues.json")


def test_every_feed_has_a_sample() -> None:
    assert {path.name for path in HERE.iterdir() if path.is_dir() and path.name != "__pycache__"} == set(FEEDS)
    assert len(FEEDS) == 14 and {feed.status for feed in FEEDS.values()} == {"live"}


@pytest.mark.parametrize("name", FEEDS)
def test_a_sample_gives_its_rows_and_issues(name: str, admit: Callable[..., dict[str, Any]], settings: Settings) -> None:
    (sample,) = [path for path in (HERE / name).iterdir() if path.name not in WRITTEN]
    rows, issues = (json.loads((HERE / name / written).read_text(encoding="utf-8")) for written in WRITTEN)
    receipt = admit(name, sample.read_bytes(), name=sample.name, as_of=datetime(2026, 11, 2, tzinfo=UTC))
    assert receipt["error"] is None
    assert receipt["counts"]["received"] == issues["received"]
    found = {r["reason"]: r["row_numbers"] for r in receipt["reasons"]}
    assert found == issues["reasons"]
    assert sorted(issue["code"] for issue in receipt["issues"]) == issues["issues"]
    records = pq.read_table(settings.path(receipt["files"][FEEDS[name].table])).to_pylist()
    assert [record["source_row"] for record in records] == [row["row"] for row in rows]
    for record, row in zip(records, rows, strict=True):
        assert record["record_uid"] == pseudonym(settings, name, row["key"])
        kept = {key: _plain(value) for key, value in record.items() if key not in NOT_COMPARED}
        assert kept == {key: value for key, value in row.items() if key not in ("row", "key")}


def _plain(value: Any) -> Any:
    return str(value) if isinstance(value, date) else value
