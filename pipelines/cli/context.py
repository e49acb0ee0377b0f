"""`stas context`: the context rules alone, on a file of spans."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.cli.output import light

KEYS: dict[str, type | tuple[type, ...]] = {"id": (str, int), "text": str, "start": int, "end": int}


def context(
    source: Annotated[Path, typer.Argument(help="JSON lines: id, text, start, end in code points; lang may stand there and is not needed.")],
    target: Annotated[Path, typer.Argument(help="JSON lines: id, polarity, certainty, temporality, experiencer.")],
) -> None:
    """Say of each span whether it is affirmed, certain, current and about the person reported on. Exit code 1 if a line could not be read."""
    from pipelines.core.errors import UsageError
    from pipelines.core.files import draft_of
    from pipelines.indicators.context import Reading, load_rules
    from pipelines.indicators.text import folded

    if not source.is_file():
        raise UsageError(f"{source} is not a file; give one of JSON lines with {', '.join(KEYS)}.")
    rules = load_rules(light().schemas)
    refused = 0
    with source.open(encoding="utf-8", errors="replace") as lines, draft_of(target) as draft, draft.open("w", encoding="utf-8") as out:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            given, fault = _read(line)
            if fault:
                refused += 1
                found: dict[str, Any] = {"error": f"line {number}: {fault}"}
            else:
                found = Reading(rules, folded(given["text"])).context(given["start"], given["end"])._asdict()
            out.write(json.dumps({"id": given.get("id"), **found}, ensure_ascii=False) + "\n")
    if refused:
        typer.echo(f"stas: {refused} lines could not be read; each has its reason in {target}", err=True)
        raise typer.Exit(1)


def _read(line: str) -> tuple[dict[str, Any], str]:
    """The record of a line, and what is wrong with it; nothing if it is as expected. The reason repeats no value."""
    try:
        given = json.loads(line)
    except ValueError:
        return {}, "expected one JSON object a line"
    if not isinstance(given, dict):
        return {}, "expected one JSON object a line"
    wrong = [key for key, kind in KEYS.items() if not isinstance(given.get(key), kind) or isinstance(given.get(key), bool)]
    if wrong:
        return {"id": given.get("id")}, f"expected texts as `id` and `text`, whole numbers as `start` and `end`; not so: {', '.join(wrong)}"
    if not 0 <= given["start"] < given["end"] <= len(given["text"]):
        return given, "expected 0 <= start < end <= the length of the text, in code points"
    return given, ""
