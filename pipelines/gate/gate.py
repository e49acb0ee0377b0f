"""Receives validated records; hands on records whose free text is masked; holds back every text that cannot be masked safely.

Free text is known by its risk in schemas/tables: a column of risk `text` leaves here masked or not at all.
"""

import hmac
from collections import Counter
from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.core.handles import Gated, Validated
from pipelines.core.receipts import Account
from pipelines.core.schema import load_table
from pipelines.core.settings import Settings

CHUNK = 10_000  # texts at once: bounds the memory of the offset maps
MIN_WORDS = 20  # a shorter text may be a common phrase; its equality links nothing


def gate(settings: Settings, validated: Validated) -> Gated:
    """Mask every column of free text; count what was found by kind; quarantine the rows whose text is held."""
    table = load_table(settings.schemas, validated.feed.table)
    texts = [column.name for column in table.columns if column.risk == "text"]
    batches = validated.batches if not texts else _stream(settings, validated, texts)
    return Gated(validated.delivery, validated.feed, validated.account, validated.raw, batches)


def _stream(settings: Settings, validated: Validated, texts: list[str]) -> Iterator[pa.RecordBatch]:
    for batch in validated.batches:
        for start in range(0, batch.num_rows, CHUNK):
            part = batch.slice(start, CHUNK)
            for name in texts:
                part = _mask_column(part, name, validated.account)
            yield _with_digest(settings, part)


def _mask_column(batch: pa.RecordBatch, name: str, account: Account) -> pa.RecordBatch:
    from pipelines.gate.mask import mask

    masked = mask(batch[name])
    batch = _replace(batch, name, masked.texts)
    for kind, spans in Counter(masked.spans["type"].to_pylist()).items():
        account.findings[kind] += spans
    held = pc.is_valid(masked.held)
    if pc.any(held).as_py():
        bad = batch.filter(held)
        for row, uid, code in zip(
            bad["source_row"].to_pylist(),
            bad["record_uid"].to_pylist(),
            masked.held.filter(held).to_pylist(),
            strict=True,
        ):
            account.quarantine(row, code, name, uid)
        batch = batch.filter(pc.invert(held))
    return batch


def _with_digest(settings: Settings, batch: pa.RecordBatch) -> pa.RecordBatch:
    """Fill `narrative_digest`: equal masked texts can then be linked, and the texts need not be stored for it."""
    if "narrative_digest" not in batch.schema.names:
        return batch
    key = settings.subkey("narrative_digest")

    def digest(text: str | None) -> str | None:
        if text is None or len(words := text.casefold().split()) < MIN_WORDS:
            return None
        return hmac.digest(key, " ".join(words).encode(), "sha256").hex()[:32]

    return _replace(batch, "narrative_digest", pa.array([digest(t) for t in batch["narrative"].to_pylist()], pa.string()))


def _replace(batch: pa.RecordBatch, name: str, values: pa.Array) -> pa.RecordBatch:
    return batch.set_column(batch.schema.get_field_index(name), name, values)
