"""`stas tag` and `stas retag`: the tagger alone, and all retained narratives again under a changed taxonomy."""

import json
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.cli.output import Json, light, show_value
from pipelines.core.settings import load_settings

AT_ONCE = 1_000  # lines
GIVEN = ("indicator", "start", "end", "polarity", "certainty", "temporality", "experiencer", "cue", "language", "taxonomy")


def tag(
    source: Annotated[Path, typer.Argument(metavar="IN.jsonl", help='Lines {"id", "text"}.')],
    target: Annotated[Path, typer.Argument(metavar="OUT.jsonl", help='Lines {"id", "hits"}, in the same order.')],
) -> None:
    """Find indicators in gated texts. A line that is no {"id", "text"} gives {"id", "error"}, and exit code 1."""
    from pipelines.core.errors import UsageError
    from pipelines.core.files import draft_of

    if not source.is_file():
        raise UsageError(f"{source.name}: there is no such file.")
    bad = 0
    with source.open(encoding="utf-8", errors="replace") as lines, draft_of(target) as written, written.open("w", encoding="utf-8") as out:
        while some := list(islice(lines, AT_ONCE)):
            for answer in _answers(some):
                bad += "error" in answer
                out.write(json.dumps(answer, ensure_ascii=False) + "\n")
    if bad:
        typer.echo(f"stas: {bad} lines were not tagged; they say why", err=True)
        raise typer.Exit(1)


def _answers(lines: list[str]) -> Iterator[dict[str, Any]]:
    """One answer per line, in order."""
    import pyarrow as pa

    from pipelines.indicators.tag import Tagger

    items = [_read(line) for line in lines]
    texts = [item["text"] if "error" not in item else None for item in items]
    hits: dict[int, list[dict[str, Any]]] = {}
    for hit in Tagger.load(light().schemas).tag(pa.array(texts, pa.string())).to_pylist():
        hits.setdefault(hit["doc"], []).append({name: hit[name] for name in GIVEN})
    for number, item in enumerate(items):
        yield {"id": item["id"], "error": item["error"]} if "error" in item else {"id": item["id"], "hits": hits.get(number, [])}


def _read(line: str) -> dict[str, Any]:
    """A line's id and text, or its id and what is wrong with it."""
    try:
        item = json.loads(line)
    except ValueError:
        return {"id": None, "error": "expected one JSON object a line"}
    if not isinstance(item, dict) or not isinstance(item.get("text"), str):
        return {"id": item.get("id") if isinstance(item, dict) else None, "error": 'expected an object with "id" and a string "text"'}
    return {"id": item.get("id"), "text": item["text"]}


def retag(as_json: Json = False) -> None:
    """Tag the retained narratives again, keep the old hits under their version, and show how each series changes."""
    from pipelines.retag import retag as again

    show_value(again(load_settings()), as_json)
