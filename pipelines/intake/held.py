"""Receives a delivery's quarantine; hands on the records of the rows that can be read now, after a feed file or a code list was mended.

Rows go through the feed's query once more, as they were sent. What could not be read at all stays held: no feed file mends that.
"""

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.core.catalog import feed_named
from pipelines.core.crypto import SealedReader
from pipelines.core.duck import scratch
from pipelines.core.errors import UsageError
from pipelines.core.files import place_of
from pipelines.core.handles import Delivery, Normalized
from pipelines.core.receipts import Account
from pipelines.core.settings import Settings
from pipelines.intake.compile import identifier
from pipelines.intake.formats import BATCH
from pipelines.intake.moments import literal
from pipelines.intake.normalize import Assembler


def held_rows(settings: Settings, feed: str, delivery_id: str) -> pa.Table:
    """The rows of a delivery's quarantine: row, content, reasons, readable, owner, expires. Raises UsageError where there is none."""
    import pyarrow.parquet as pq

    path = place_of(settings, "quarantine", feed, delivery_id)
    if not path.is_file():
        raise UsageError(f"Nothing of {feed}/{delivery_id} is in quarantine. `stas quarantine list` shows what is.")
    with SealedReader(settings, path) as file:
        table: pa.Table = pq.read_table(file, use_threads=False, pre_buffer=False)
    return table


def normalize_held(settings: Settings, delivery: Delivery, account: Account) -> Normalized:
    """Read the held rows again. The account is given the rows that stay held; their numbers are those of the sender's file."""
    feed = feed_named(settings.schemas, delivery.feed)
    held = held_rows(settings, feed.name, delivery.id)
    for row, reasons in zip(*(held.filter(pc.invert(held["readable"]))[name].to_pylist() for name in ("row", "reasons")), strict=True):
        for reason in reasons:
            account.quarantine(row, reason, "")

    def raw() -> pa.Table:
        still = pa.array(sorted(account.quarantined), pa.int64())
        return held.filter(pc.is_in(held["row"], value_set=still)).select(["row", "content"])

    return Normalized(delivery, feed, account, raw, _stream(settings, delivery, account, held.filter(held["readable"])))


def _stream(settings: Settings, delivery: Delivery, account: Account, held: pa.Table) -> Iterator[pa.RecordBatch]:
    feed = feed_named(settings.schemas, delivery.feed)
    assembler = Assembler(settings, delivery, feed, account)
    columns = ", ".join(f"json_extract_string(content, {literal(chr(36) + '.' + identifier(name))}) AS {identifier(name)}" for name in feed.consumed)
    con = scratch(settings)
    try:
        con.register("held", held)
        relation = f'(SELECT "row" AS _row, NULL::VARCHAR AS _broken, {columns} FROM held)'
        for batch in con.sql(assembler.query.over(relation, "_row")).to_arrow_reader(BATCH):
            yield assembler.records(batch)
    finally:
        con.close()
