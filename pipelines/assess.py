"""Receives a release; hands on a draft: the bundle that a second analyst reads and approves; adds no number of its own.

index.html, data/<table>.csv and .parquet, release.duckdb, and manifest.json with the SHA-256 of every file. Approval is bound to the
manifest, so what is published is byte for byte what was read.
"""

import shutil
from datetime import date
from pathlib import Path

from pipelines.audit import entries, record
from pipelines.bundle import find_draft, hashes
from pipelines.core.duck import connect
from pipelines.core.files import draft_folder_of, write_json
from pipelines.core.handles import Draft, Release
from pipelines.core.settings import Settings
from pipelines.products.weekly.page import render

TABLES = ("cells", "held_back", "coverage", "quality", "measures")


def assess(settings: Settings, release: Release, author: str) -> Draft:
    """Compile the bundle into drafts/<id>. The id counts up after every decision on the week."""
    draft_id = _next_id(settings, release.week, release.audience)
    with draft_folder_of(settings.path("drafts", draft_id)) as folder:  # an undecided draft of the same week is replaced
        (folder / "data").mkdir()
        shutil.copyfile(release.path, folder / "release.duckdb")
        _write_tables(settings, release.path, folder / "data")
        (folder / "index.html").write_text(render(settings, release, draft_id, author), encoding="utf-8")
        about = {"id": draft_id, "week": str(release.week), "audience": release.audience, "author": author, "snapshot": release.snapshot}
        write_json(folder / "manifest.json", {**about, "files": hashes(folder)})
    found = find_draft(settings, draft_id)
    record(settings, "compiled", author, draft_id, digest=found.digest)
    return found


def _next_id(settings: Settings, week: date, audience: str) -> str:
    year, number, _ = week.isocalendar()
    stem = f"{year}-W{number:02d}"
    decided = {
        entry["subject"]
        for entry in entries(settings)
        if entry["action"] in ("published", "rejected") and entry["subject"].startswith(f"{stem}-r") and entry["subject"].endswith(f"/{audience}")
    }
    return f"{stem}-r{len(decided) + 1}/{audience}"


def _write_tables(settings: Settings, release: Path, folder: Path) -> None:
    con = connect(settings, str(release), read_only=True)
    try:
        for table in TABLES:
            con.execute(f"COPY (SELECT * FROM {table} ORDER BY ALL) TO '{folder / table}.csv' (HEADER)")
            con.execute(f"COPY (SELECT * FROM {table} ORDER BY ALL) TO '{folder / table}.parquet' (FORMAT parquet, COMPRESSION zstd)")
    finally:
        con.close()
