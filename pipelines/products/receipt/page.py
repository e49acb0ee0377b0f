"""Receives a receipt; hands on the page that its sender reads: what arrived, what was right, what was held back and what to do; no value."""

import json
from functools import cache
from pathlib import Path
from typing import Any

from pipelines.core.catalog import Feed
from pipelines.core.receipts import SHOWN_ROWS
from pipelines.core.schema import load_codes
from pipelines.core.settings import Settings

Receipt = dict[str, Any]


def page_of(receipt: Path) -> Path:
    """Where the page of a receipt lies: beside its JSON."""
    return receipt.with_suffix(".html")


def render(settings: Settings, feed: Feed, receipt: Receipt, former: Receipt | None) -> str:
    """The page. `former` is the feed's counted delivery before this one. It needs no other file and calls no other host."""
    reasons = load_codes(settings.schemas, "reasons")
    rules = _rules(settings.expectations / f"{feed.table}.json")
    held = [
        {
            **reason,
            "label": reasons[reason["reason"]]["label"],
            "rule": reason["where"].replace("_", " ") if reason["reason"] == "R-CHECK" else "",
            "todo": rules.get(reason["where"]) or reasons[reason["reason"]]["todo"],
            "more": reason["rows"] - len(reason["row_numbers"]),
        }
        for reason in receipt["reasons"]
    ]
    error = receipt["error"]
    page: str = _template().render(
        feed=feed,
        receipt=receipt,
        counts=receipt["counts"],
        former=former,
        verdict=_verdict(receipt),
        error_label=reasons[error["code"]]["label"] if error else "",
        held=[entry for entry in held if entry["reason"] != "D-EXACT"],
        duplicates=[entry for entry in held if entry["reason"] == "D-EXACT"],
        issues=[{**issue, "label": reasons[issue["code"]]["label"], "detail": detail_of(issue)} for issue in receipt["issues"]],
        read=[name for name in feed.consumed if name in receipt["columns"]],
        masked=sum(receipt["findings"].values()),
        shown=SHOWN_ROWS,
        marking=settings.marking,
    )
    return page


def detail_of(issue: dict[str, Any]) -> str:
    """What an issue says beside its code: columns and counts."""
    counts = [f"{key} {issue[key]}" for key in ("level", "segments", "reports", "rows") if key in issue]
    filled = [f"{issue['filled']:.0%} filled"] if "filled" in issue else []
    return ", ".join([*([issue["column"]] if "column" in issue else []), *counts, *filled])


def _verdict(receipt: Receipt) -> tuple[str, str]:
    """The verdict's kind and its words."""
    counts, bad = receipt["counts"], receipt["error"] is not None
    if receipt["status"] == "test":
        what = "would be refused" if bad else f"would be accepted, {counts['quarantined']} rows held back"
        return ("refused" if bad else "test"), f"Test: the file was checked in full and {what}. Nothing of it was stored or counted."
    if bad:
        again = f" It was sent again: {receipt['replaced_by']} counts in its place." if receipt["replaced_by"] else ""
        return "refused", f"Refused: nothing of this file is counted.{again}"
    if receipt["replaced_by"]:
        return "superseded", f"Superseded: the file was sent again, and {receipt['replaced_by']} counts in its place."
    if receipt["replaces"]:
        return "accepted", f"Accepted: it replaces {', '.join(receipt['replaces'])} and is counted once."
    return "accepted", "Accepted." if not counts["quarantined"] else "Accepted, but for the rows below."


@cache
def _rules(suite: Path) -> dict[str, str]:
    """What to do where a rule of the contract does not hold, by the rule's name."""
    if not suite.exists():
        return {}
    return {e["meta"]["rule"]: e["meta"].get("todo", "") for e in json.loads(suite.read_text(encoding="utf-8"))["expectations"]}


@cache
def _template() -> Any:
    import jinja2

    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    environment = jinja2.Environment(loader=loader, autoescape=True, undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    return environment.get_template("page.html.j2")
