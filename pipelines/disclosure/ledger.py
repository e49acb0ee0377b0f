"""Receives what is published; hands on what was published before; refuses to let a published week be told differently.

A week that was released once stays as it was: from two versions of a week a reader could subtract the few reports that came between.
"""

import json
from typing import Any

from pipelines.core.files import write_json
from pipelines.core.settings import Settings

Week = dict[str, Any]  # {"cells": [...], "held": [...]}


def read_ledger(settings: Settings) -> dict[str, dict[str, Week]]:
    """Table -> week (ISO date of its Monday) -> what was released of it, to whatever audience."""
    path = settings.path("releases", "ledger.json")
    found: dict[str, dict[str, Week]] = json.loads(path.read_text(encoding="utf-8")) if path.exists() else {}
    return found


def enter(settings: Settings, released: dict[str, dict[str, Week]]) -> None:
    """Add the weeks of a publication; weeks that are there already stay."""
    ledger = read_ledger(settings)
    for table, weeks in released.items():
        ledger[table] = {**weeks, **ledger.get(table, {})}
    write_json(settings.path("releases", "ledger.json"), ledger)
