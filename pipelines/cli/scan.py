"""`stas scan`: the gate alone, over any texts."""

from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.cli.output import Json, show_value

LINES = 5_000  # at once: bounds the memory

In = Annotated[Path, typer.Argument(exists=True, dir_okay=False, help='NDJSON: {"id", "text"} a line.')]
Out = Annotated[Path, typer.Argument(dir_okay=False, help='NDJSON: {"id", "text", "spans": [{start, end, type}], "held"} a line.')]


def scan(source: In, target: Out, as_json: Json = False) -> None:
    """Mask texts: places in code points of the text as it came; `text` is null where `held` says why it cannot be masked safely."""
    import msgspec

    from pipelines.core.files import draft_of

    counts = {"texts": 0, "held": 0, "spans": 0}
    with source.open("rb") as lines, draft_of(target) as draft, draft.open("wb") as file:
        while part := list(islice(lines, LINES)):
            for row in _scanned([line for line in part if line.strip()]):
                file.write(msgspec.json.encode(row) + b"\n")
                counts["texts"] += 1
                counts["held"] += row["held"] is not None
                counts["spans"] += len(row["spans"])
    show_value(counts, as_json)


def _scanned(lines: list[bytes]) -> list[dict[str, Any]]:
    """One row per line; a line that is no object with a text is held as R-JSON."""
    import msgspec
    import pyarrow as pa

    from pipelines.gate.mask import mask

    given: list[tuple[Any, str | None]] = []
    for line in lines:
        try:
            record = msgspec.json.decode(line)
            given.append((record["id"], record["text"] if isinstance(record["text"], str) else None))
        except (msgspec.DecodeError, UnicodeDecodeError, KeyError, TypeError):
            given.append((None, None))
    masked = mask(pa.array([text for _, text in given], pa.string()))
    rows = [
        {"id": key, "text": clean, "spans": [], "held": held if text is not None else "R-JSON"}
        for (key, text), clean, held in zip(given, masked.texts.to_pylist(), masked.held.to_pylist(), strict=True)
    ]
    for span in masked.spans.to_pylist():
        rows[span.pop("doc")]["spans"].append(span)
    return rows
