"""Receives bytes to keep; hands on files that are either whole or absent; refuses nothing.

Every file is written beside its place under a hidden name, synced, and renamed: a run that is killed leaves no partial file under a
name that anybody reads. `sweep` removes what a killed run left.
"""

import json
import os
import secrets
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines.core.settings import Settings

DRAFT = ".draft-"


def place_of(settings: Settings, kind: str, feed: str, delivery_id: str) -> Path:
    """Where a delivery rests, by kind: landing, receipts (its JSON), quarantine, narratives, or a canonical table."""
    match kind:
        case "landing":
            return settings.path(kind, feed, delivery_id)
        case "receipts":
            return settings.path(kind, feed, f"{delivery_id}.json")
        case "quarantine":
            return settings.path(kind, feed, f"{delivery_id}.parquet")
        case "narratives":
            return settings.path(kind, f"feed={feed}", f"{delivery_id}.parquet")
        case _:
            return settings.path("canonical", kind, f"feed={feed}", f"{delivery_id}.parquet")


@contextmanager
def draft(folder: Path) -> Iterator[Path]:
    """Give a hidden path in a folder to write to. It is for the caller to `commit` it under a name; what was not committed is removed."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{DRAFT}{os.getpid()}-{secrets.token_hex(8)}"
    try:
        yield path
    finally:
        path.unlink(missing_ok=True)


@contextmanager
def draft_of(path: Path) -> Iterator[Path]:
    """Give a hidden path to write to; on success it becomes `path`, on any error it is removed."""
    with draft(path.parent) as written:
        yield written
        commit(written, path)


@contextmanager
def draft_folder_of(path: Path) -> Iterator[Path]:
    """Give a hidden folder to fill; on success it becomes `path`, in place of what was there; on any error it is removed."""
    folder = path.with_name(f"{DRAFT}{path.name}-{secrets.token_hex(8)}")
    folder.mkdir(parents=True)
    try:
        yield folder
        shutil.rmtree(path, ignore_errors=True)
        folder.rename(path)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def commit(draft: Path, path: Path) -> None:
    """Sync the draft and its folder, and give it its name."""
    with draft.open("rb+") as file:
        os.fsync(file.fileno())
    draft.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)


def write_json(path: Path, value: Any) -> None:
    """Write JSON with sorted keys, so that the same value gives the same bytes."""
    write_text(path, json.dumps(value, indent=1, sort_keys=True, ensure_ascii=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write text as a whole or not at all."""
    with draft_of(path) as draft:
        draft.write_text(text, encoding="utf-8")


def sweep(home: Path, older_than_s: float = 6 * 3600) -> int:
    """Remove drafts that no running task can still be writing; return how many."""
    stale = [p for p in home.rglob(f"{DRAFT}*") if p.is_file() and time.time() - p.stat().st_mtime > older_than_s]
    for path in stale:
        path.unlink(missing_ok=True)
    return len(stale)
