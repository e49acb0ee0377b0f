"""Writes the ground truth of simulated deliveries as Parquet: what has to become of every row that was sent, and which weeks were silent."""

from collections.abc import Iterable
from datetime import date
from pathlib import Path

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.samples.sent import Sent, back

ROWS = pa.schema(
    [
        ("feed", pa.string()),
        ("delivery", pa.string()),
        ("row", pa.int64()),
        ("key", pa.string()),
        ("outcome", pa.string()),  # accepted, duplicate, quarantined, refused
        ("reason", pa.string()),
        ("record", pa.string()),  # canonical values as JSON, null where the row gives none
        ("intents", pa.list_(pa.string())),
        ("planted", pa.list_(pa.string())),
        ("event", pa.string()),
    ]
)
SILENT = pa.schema([("feed", pa.string()), ("week", pa.date32()), ("said", pa.string())])


def write_truth(folder: Path, deliveries: Iterable[Sent], mondays: list[date]) -> None:
    """Write rows.parquet (a row per row that was sent) and weeks.parquet (weeks that a feed left out, or of which it said zero)."""
    from pipelines.samples.centers import CALENDARS

    folder.mkdir(parents=True, exist_ok=True)
    with pq.ParquetWriter(folder / "rows.parquet", ROWS, compression="zstd") as writer:
        for sent in deliveries:
            writer.write_table(pa.Table.from_pylist([_row(sent, at) for at in range(len(sent.lines))], schema=ROWS))
    found = []
    for feed, calendar in sorted(CALENDARS.items()):
        for monday in mondays:
            said = "nothing" if back(monday) in calendar.silent else "zero" if back(monday) in calendar.zero else ""
            if said:
                found.append({"feed": feed, "week": monday, "said": said})
    pq.write_table(pa.Table.from_pylist(found, schema=SILENT), folder / "weeks.parquet", compression="zstd")


def _row(sent: Sent, at: int) -> dict[str, object]:
    line = sent.lines[at]
    kept = line.outcome == "accepted" and not sent.code
    return {
        "feed": sent.feed,
        "delivery": sent.name,
        "row": sent.rows[at],
        "key": line.key,
        "outcome": "refused" if sent.code else line.outcome,
        "reason": sent.code or line.reason or None,
        "record": msgspec.json.encode(line.record).decode() if kept else None,
        "intents": list(line.intents),
        "planted": list(line.planted),
        "event": line.event or None,
    }
