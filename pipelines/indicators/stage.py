"""Receives gated records; hands on the records and the indicators found in their texts; changes no record."""

from collections.abc import Iterator

import pyarrow as pa

from pipelines.core.handles import Gated, Tagged, TaggedBatch
from pipelines.core.schema import load_table
from pipelines.core.settings import Settings

TAGGED = "narrative"


def tag(settings: Settings, gated: Gated) -> Tagged:
    """Tag the narrative of each record; a table without one has no hits."""
    has_text = any(column.name == TAGGED for column in load_table(settings.schemas, gated.feed.table).columns)
    return Tagged(gated.delivery, gated.feed, gated.account, gated.raw, _stream(settings, gated, has_text))


def _stream(settings: Settings, gated: Gated, has_text: bool) -> Iterator[TaggedBatch]:
    schema = load_table(settings.schemas, "hits").arrow()
    if not has_text:
        for batch in gated.batches:
            yield TaggedBatch(batch, schema.empty_table())
        return
    from pipelines.indicators.tag import Tagger

    tagger = Tagger.load(settings.schemas)
    for batch in gated.batches:
        found = tagger.tag(batch[TAGGED])
        docs = found["doc"]
        keys = {name: pa.chunked_array([batch[name]]).take(docs) for name in ("record_uid", "feed", "delivery_id", "source_row")}
        columns = {field.name: keys[field.name] if field.name in keys else found[field.name] for field in schema}
        yield TaggedBatch(batch, pa.table(columns).cast(schema))
