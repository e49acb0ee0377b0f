"""Receives what people and the system decided; hands on a log in which nothing can be changed or left out unseen.

Each line carries the SHA-256 of the line before it (a hash chain, as in RFC 9162's spirit without its trees). Times are UTC.
"""

import fcntl
import hashlib
import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from pipelines.core.settings import Settings

START = "0" * 64


def log_path(settings: Settings) -> Path:
    """Where the log lies."""
    return settings.path("audit", "log.jsonl")


def record(settings: Settings, action: str, actor: str, subject: str, **details: Any) -> None:
    """Append one entry and sync it. Two processes cannot write at once."""
    path = log_path(settings)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        lines = file.read().splitlines()
        entry = {"at": datetime.now(UTC).isoformat(timespec="seconds"), "action": action, "actor": actor, "subject": subject, **details}
        entry["previous"] = hashlib.sha256(lines[-1]).hexdigest() if lines else START
        file.write(json.dumps(entry, sort_keys=True, ensure_ascii=False).encode() + b"\n")
        file.flush()
        os.fsync(file.fileno())


def entries(settings: Settings) -> list[dict[str, Any]]:
    """All entries, oldest first."""
    path = log_path(settings)
    return [json.loads(line) for line in path.read_bytes().splitlines()] if path.exists() else []


def first_broken_line(settings: Settings) -> int | None:
    """The number of the first line that does not follow from the one before it, or None for a whole log."""
    path = log_path(settings)
    previous = START
    for number, line in enumerate(path.read_bytes().splitlines() if path.exists() else [], 1):
        if json.loads(line)["previous"] != previous:
            return number
        previous = hashlib.sha256(line).hexdigest()
    return None
