"""The flow without Airflow on the simulated centers: counts, the page, four eyes, and an audit log in which nothing can be changed."""

import csv
import dataclasses
import hashlib
import html
import json
import re
from pathlib import Path

import duckdb
import pytest

from pipelines import audit, flow
from pipelines.core.errors import SystemFault, UsageError
from pipelines.core.handles import Draft
from pipelines.core.receipts import read_receipts
from pipelines.core.settings import Settings
from pipelines.runner import run_feeds
from pipelines.samples import LAST_WEEK, write_deliveries

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A home in which every simulated delivery was admitted and counted."""
    settings = Settings(tmp_path_factory.mktemp("flow") / "home", bytes(range(32)), approvers=("approver", "second"))
    write_deliveries(settings.path("inbox"), weeks=3)
    run_feeds(settings, [], settings.path("inbox"), again=False, quiet=True)
    return settings


@pytest.fixture
def draft(home: Settings) -> Draft:
    return flow.compile_assessment(home, flow.current(home), LAST_WEEK, "programs", "analyst")


def test_the_simulated_deliveries_are_the_same_bytes_each_time(tmp_path: Path) -> None:
    first, second = (write_deliveries(tmp_path / name, weeks=3) for name in ("a", "b"))
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in second]
    assert [p.stat().st_mtime for p in first] == [p.stat().st_mtime for p in second]


def test_every_delivery_is_accounted_for(home: Settings) -> None:
    receipts = read_receipts(home)
    assert len(receipts) == 38 and {r["status"] for r in receipts} == {"accepted"}
    assert len({r["feed"] for r in receipts}) == 14
    for receipt in receipts:
        counts = receipt["counts"]
        assert counts["received"] == sum(counts[k] for k in ("accepted", "quarantined", "duplicate", "refused")) > 0
    tips = [r for r in receipts if r["feed"] == "stac_tips"]
    assert all(r["counts"]["duplicate"] >= 1 and r["counts"]["quarantined"] >= 1 for r in tips)
    assert sum(sum(r["findings"].values()) for r in tips) > 20


def test_a_second_run_finds_nothing_new(home: Settings) -> None:
    assert run_feeds(home, [], home.path("inbox"), again=False, quiet=True)["deliveries"] == []


def test_no_text_reaches_the_database_or_canonical_files(home: Settings) -> None:
    con = duckdb.connect(str(home.path("warehouse", "analyst.duckdb")), read_only=True)
    columns = {name for (name,) in con.execute("SELECT DISTINCT column_name FROM information_schema.columns").fetchall()}
    con.close()
    assert "narrative" not in columns and "narrative_digest" in columns
    for path in home.path("canonical").rglob("*.parquet"):
        assert b"passport" not in path.read_bytes()


def test_the_bundle_is_whole_and_its_page_says_what_the_tables_say(home: Settings, draft: Draft) -> None:
    manifest = json.loads((draft.path / "manifest.json").read_text(encoding="utf-8"))
    for name, digest in manifest["files"].items():
        assert hashlib.sha256((draft.path / name).read_bytes()).hexdigest() == digest
    with (draft.path / "data" / "cells.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert rows and all(row["n"] == "" or int(row["n"]) == 0 or int(row["n"]) >= 11 for row in rows)
    page = (draft.path / "index.html").read_text(encoding="utf-8")
    text = html.unescape(re.sub(r"<[^>]+>", " ", page))
    total = next(row["n"] for row in rows if row["table"] == "tips_by_week" and row["week"] == str(LAST_WEEK) and row["level"] == "state")
    for words in ("2026-W44", home.marking, total, "held back", "does not say"):
        assert words.lower() in text.lower(), words
    assert not re.search(r"(?:src|href)=\"https?://", page)


def test_the_same_compilation_gives_the_same_bytes(home: Settings, draft: Draft) -> None:
    def files() -> dict[str, str]:
        return {str(p.relative_to(draft.path)): hashlib.sha256(p.read_bytes()).hexdigest() for p in draft.path.rglob("*") if p.is_file()}

    before = files()
    again = flow.compile_assessment(home, flow.current(home), LAST_WEEK, "programs", "analyst")
    assert again.id == draft.id
    # DuckDB writes a random identifier into each of its files, which the manifest then repeats as a hash.
    assert {name for name, digest in files().items() if before[name] != digest} <= {"release.duckdb", "manifest.json"}


def test_four_eyes_and_once_only(home: Settings, draft: Draft) -> None:
    with pytest.raises(UsageError, match="author cannot approve"):
        flow.publish(home, dataclasses.replace(draft, author="approver"), "approver")
    with pytest.raises(UsageError, match="may approve"):
        flow.publish(home, draft, "viewer")
    bundle = flow.publish(home, draft, "approver")
    assert (bundle.path / "index.html").is_file() and not draft.path.exists()
    with pytest.raises(UsageError):
        flow.publish(home, draft, "approver")
    following = flow.compile_assessment(home, flow.current(home), LAST_WEEK, "programs", "analyst")
    assert following.id != draft.id


def test_what_was_changed_after_it_was_read_is_not_published(home: Settings, draft: Draft) -> None:
    page = draft.path / "index.html"
    page.write_text(page.read_text(encoding="utf-8").replace("2026", "2025"), encoding="utf-8")
    with pytest.raises(SystemFault, match="not what was approved"):
        flow.publish(home, draft, "approver")
    assert not home.path("releases", draft.id).exists()


def test_a_rejected_draft_is_set_aside_and_recorded(home: Settings) -> None:
    draft = flow.compile_assessment(home, flow.current(home), LAST_WEEK, "programs", "analyst")
    flow.reject(home, draft, "second", "Wrong week.")
    assert home.path("rejected", draft.id, "index.html").is_file()
    with pytest.raises(UsageError, match="no draft"):
        flow.drafted(home, draft.id)
    assert audit.entries(home)[-1]["reason"] == "Wrong week."


def test_a_changed_or_missing_line_of_the_audit_log_is_seen(settings: Settings) -> None:
    for number in range(4):
        audit.record(settings, "compiled", "analyst", f"draft {number}")
    assert audit.first_broken_line(settings) is None
    path = audit.log_path(settings)
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    for number, changed in ((3, [lines[0], lines[1].replace("draft 1", "draft 9"), *lines[2:]]), (2, [lines[0], *lines[2:]])):
        path.write_text("".join(changed), encoding="utf-8")
        assert audit.first_broken_line(settings) == number
