"""Receives a bundle's id or folder; hands on the draft with its digest, and the hashes of its files; refuses an id that there is none of."""

import hashlib
import json
from datetime import date
from pathlib import Path
from typing import Any

from pipelines.core.errors import UsageError
from pipelines.core.handles import Draft
from pipelines.core.settings import Settings


def find_draft(settings: Settings, draft_id: str) -> Draft:
    """A draft by its id. Raises UsageError where there is none."""
    folder = settings.path("drafts", draft_id)
    manifest = folder / "manifest.json"
    if not manifest.is_file():
        raise UsageError(f"There is no draft {draft_id}. It may have been decided already: see the audit log.")
    content = manifest.read_bytes()
    about: dict[str, Any] = json.loads(content)
    digest = hashlib.sha256(content).hexdigest()
    return Draft(folder, draft_id, about["audience"], date.fromisoformat(about["week"]), about["author"], digest)


def hashes(folder: Path) -> dict[str, str]:
    """SHA-256 of every file of a bundle but the manifest, by path."""
    files = sorted(p for p in folder.rglob("*") if p.is_file() and p.name != "manifest.json")
    return {str(p.relative_to(folder)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}
