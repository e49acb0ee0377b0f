"""Receives a home; hands on findings: where something that could identify a person rests in it; shares no code with the gate it checks.

Three checks: the stored texts are a fixed point of rules of its own, every word in them stands in the closed vocabulary, and no byte on
disk holds a canary, a value that was planted upstream. A finding says file, kind and place, never the value.
"""

from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.core.crypto import SealedReader
from pipelines.core.settings import Settings
from pipelines.gate.verify.disk import Finding, scan
from pipelines.gate.verify.text import load_vocabulary, remains, unknown_words

__all__ = ["Finding", "verify_store"]


def verify_store(settings: Settings, canaries: Sequence[str] = ()) -> list[Finding]:
    """Look at everything under the home but `inbox`, which belongs to the senders.

    Raises UsageError for a canary that chance could write, SystemFault for a sealed file that was altered.
    """
    return [*_texts(settings), *scan(settings, canaries)]


def _texts(settings: Settings) -> Iterator[Finding]:
    """What the stored texts hold that they should not; the place is the row of the sender's file."""
    known = load_vocabulary(settings.schemas)
    for path in sorted(settings.path("narratives").rglob("[!.]*.parquet")):
        with SealedReader(settings, path) as sealed:
            for batch in pq.ParquetFile(sealed).iter_batches(use_threads=False):
                yield from _batch(batch, str(path.relative_to(settings.home)), known)


def _batch(batch: pa.RecordBatch, name: str, known: pa.Array) -> Iterator[Finding]:
    rows = batch["source_row"].to_pylist()
    for row, text in zip(rows, batch["narrative"].to_pylist(), strict=True):
        for kind in remains(text):
            yield Finding(name, kind, f"row {row}")
    for position in unknown_words(batch["narrative"], known):
        yield Finding(name, "UNKNOWN-WORD", f"row {rows[position]}")
