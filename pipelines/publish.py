"""Receives a draft and a decision; hands on the published bundle; refuses a draft that changed, an author who approves, a second time."""

import json

from pipelines.audit import record
from pipelines.bundle import find_draft, hashes
from pipelines.core.duck import connect
from pipelines.core.errors import SystemFault, UsageError
from pipelines.core.handles import Bundle, Draft
from pipelines.core.settings import Settings
from pipelines.disclosure.ledger import enter


def publish_draft(settings: Settings, draft: Draft, approver: str) -> Bundle:
    """Rename the draft to releases/<id> and enter its numbers in the ledger. Raises UsageError for a decision nobody may take."""
    _may_decide(settings, draft, approver)
    current = find_draft(settings, draft.id)
    if current.digest != draft.digest or json.loads((draft.path / "manifest.json").read_bytes())["files"] != hashes(draft.path):
        raise SystemFault(f"{draft.id}: the draft is not what was approved. Compile the assessment again.")
    target = settings.path("releases", draft.id)
    record(settings, "approved", approver, draft.id, digest=draft.digest)
    enter(settings, _released(settings, draft))
    target.parent.mkdir(parents=True, exist_ok=True)
    draft.path.rename(target)
    record(settings, "published", approver, draft.id, digest=draft.digest)
    return Bundle(target, draft.id, draft.audience, draft.digest)


def reject_draft(settings: Settings, draft: Draft, reviewer: str, reason: str) -> None:
    """Set the draft aside under rejected/ and record who refused it and why."""
    target = settings.path("rejected", draft.id)
    target.parent.mkdir(parents=True, exist_ok=True)
    draft.path.rename(target)
    record(settings, "rejected", reviewer, draft.id, digest=draft.digest, reason=reason)


def _may_decide(settings: Settings, draft: Draft, approver: str) -> None:
    if approver == draft.author:
        raise UsageError(f"{draft.id}: its author cannot approve it. A second person has to.")
    if approver not in settings.approvers:
        raise UsageError(f"{draft.id}: only {', '.join(settings.approvers)} may approve. Set STAS_APPROVERS to change that.")
    if settings.path("releases", draft.id).exists():
        raise UsageError(f"{draft.id} is published already.")


def _released(settings: Settings, draft: Draft) -> dict[str, dict[str, dict[str, list[dict[str, object]]]]]:
    """The bundle's numbers as the ledger keeps them."""
    con = connect(settings, str(draft.path / "release.duckdb"), read_only=True)
    try:
        released: dict[str, dict[str, dict[str, list[dict[str, object]]]]] = {}
        for kind, keys in (("cells", ("level", "center", "form", "n", "n_low")), ("held_back", ("level", "reason"))):
            rows = con.execute(f'SELECT "table", week::VARCHAR, {", ".join(keys)} FROM {kind} WHERE week IS NOT NULL ORDER BY ALL').fetchall()
            for table, week, *values in rows:
                entry = released.setdefault(table, {}).setdefault(week, {"cells": [], "held": []})
                entry["cells" if kind == "cells" else "held"].append(dict(zip(keys, values, strict=True)))
        return released
    finally:
        con.close()
