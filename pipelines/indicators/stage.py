"""Receives gated records; hands on the records and the indicators found in their texts; changes no record."""

from collections.abc import Iterable, Iterator
from pathlib import Path

import pyarrow as pa

from pipelines.core.handles import Gated, Tagged, TaggedBatch
from pipelines.core.schema import load_table
from pipelines.core.settings import Settings

TAGGED = "narrative"
KEYS = ("record_uid", "feed", "delivery_id", "source_row")


def tag(settings: Settings, gated: Gated) -> Tagged:
    """Tag the narrative of each record; a table without one has no hits."""
    has_text = any(column.name == TAGGED for column in load_table(settings.schemas, gated.feed.table).columns)
    return Tagged(gated.delivery, gated.feed, gated.account, gated.raw, _stream(settings, gated, has_text))


def tag_batches(schemas: Path, batches: Iterable[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The hits of record batches with a narrative and its keys, batch by batch (schemas/tables/hits.toml).

    What a distributed engine maps over its partitions, such as Spark's `mapInArrow`: the rows do not depend on how the records are cut.
    """
    from pipelines.indicators.tag import Tagger

    tagger = Tagger.load(schemas)
    schema = load_table(schemas, "hits").arrow()
    for batch in batches:
        found = tagger.tag(batch[TAGGED])
        keys = {name: pa.chunked_array([batch[name]]).take(found["doc"]) for name in KEYS}
        columns = [keys[field.name] if field.name in keys else found[field.name] for field in schema]
        yield pa.RecordBatch.from_arrays(
            [column.cast(field.type).combine_chunks() for column, field in zip(columns, schema, strict=True)], schema=schema
        )


def _stream(settings: Settings, gated: Gated, has_text: bool) -> Iterator[TaggedBatch]:
    empty = load_table(settings.schemas, "hits").arrow().empty_table()
    for batch in gated.batches:
        hits = pa.Table.from_batches(tag_batches(settings.schemas, [batch])) if has_text else empty
        yield TaggedBatch(batch, hits)
