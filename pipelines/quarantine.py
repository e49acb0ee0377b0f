"""Receives what is held back; hands on what there is of it, by whose decision and until when, and what a replay builds on; refuses a
delivery that is no longer counted.

Every look into held rows, every replay and every removal is entered in the audit log.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime, timedelta
from itertools import chain
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.audit import record
from pipelines.core.catalog import load_feeds
from pipelines.core.crypto import SealedReader
from pipelines.core.errors import UsageError
from pipelines.core.files import place_of
from pipelines.core.handles import Delivery, Tagged, TaggedBatch
from pipelines.core.receipts import Account, read_receipts, standings
from pipelines.core.schema import load_table
from pipelines.core.settings import Settings

Held = dict[str, Any]


def list_held(settings: Settings, today: date, feed: str = "*") -> list[Held]:
    """One entry per counted delivery with held rows: how many, why, their age in days, who decides, and when they expire. No content."""
    feeds = load_feeds(settings.schemas)
    receipts = read_receipts(settings, feed)
    standing = standings(receipts, feeds)
    found = []
    for r in receipts:
        name, one = r["feed"], r["delivery_id"]
        if not place_of(settings, "quarantine", name, one).is_file():
            continue
        since = datetime.fromisoformat(r["as_of"]).date()
        reasons = {f"{x['reason']} {x['where']}".strip(): x["rows"] for x in r["reasons"] if not x["reason"].startswith("D-")}
        found.append(
            {
                "feed": name,
                "delivery_id": one,
                "standing": standing[name, one].state,
                "rows": r["counts"]["quarantined"],
                "reasons": reasons,
                "age_days": (today - since).days,
                "owner": feeds[name].owner,
                "expires": since + timedelta(days=settings.narrative_days),
            }
        )
    return found


def expire(settings: Settings, today: date, actor: str, only: tuple[str, str] | None = None, reason: str = "") -> list[Held]:
    """Remove the held rows whose day has come, or those of one delivery by its owner's decision; their receipts keep the counts."""
    gone = [held for held in list_held(settings, today) if (held["feed"], held["delivery_id"]) == only or (only is None and held["expires"] <= today)]
    if only and not gone:
        raise UsageError(f"Nothing of {'/'.join(only)} is in quarantine. `stas quarantine list` shows what is.")
    for held in gone:
        place_of(settings, "quarantine", held["feed"], held["delivery_id"]).unlink(missing_ok=True)
        subject = f"{held['feed']}/{held['delivery_id']}"
        record(settings, "quarantine expired", actor, subject, rows=held["rows"], reason=reason or "its day has come")
    return gone


def note(settings: Settings, action: str, actor: str, feed: str, delivery_id: str, **details: Any) -> None:
    """Enter a look or a replay in the audit log: who, what, how many rows; never a value."""
    record(settings, action, actor, f"{feed}/{delivery_id}", **details)


def reopen(settings: Settings, feed: str, delivery_id: str) -> tuple[Delivery, Account, dict[str, Any]]:
    """A delivery as its receipt tells it, an account that goes on from there, and the receipt. Raises UsageError where it counts no more."""
    receipts = read_receipts(settings, feed)
    receipt = next((r for r in receipts if r["delivery_id"] == delivery_id), None)
    if receipt is None:
        raise UsageError(f"There is no receipt of {feed}/{delivery_id}. `stas quarantine list` shows what is held.")
    state, by = standings(receipts, load_feeds(settings.schemas))[feed, delivery_id]
    if state != "counted":
        raise UsageError(f"{feed}/{delivery_id} is not counted any more ({state}{f' by {by}' if by else ''}), so its rows are not either.")
    as_of, received_at = (datetime.fromisoformat(receipt[key]) for key in ("as_of", "received_at"))
    landing = place_of(settings, "landing", feed, delivery_id)
    delivery = Delivery(feed, delivery_id, receipt["name"], as_of, received_at, receipt["size"], landing, receipt["version"])
    shown = [n for x in receipt["reasons"] if x["reason"] == "D-EXACT" for n in x["row_numbers"]]
    account = Account(received=receipt["counts"]["received"], columns=receipt["columns"], issues=receipt["issues"])
    account.repeated_before = shown + [0] * (receipt["counts"]["duplicate"] - len(shown))
    account.findings.update(receipt["findings"])
    return delivery, account, receipt


@contextmanager
def same_age(settings: Settings, feed: str, delivery_id: str) -> Iterator[None]:
    """What is kept for so many days is not kept longer because it is written anew."""
    kept = [place_of(settings, kind, feed, delivery_id) for kind in ("quarantine", "narratives")]
    written = kept[0].stat().st_mtime if kept[0].is_file() else None
    yield
    for path in kept:
        if written is not None and path.is_file():
            os.utime(path, (written, written))


def beside_stored(settings: Settings, tagged: Tagged, again: list[int]) -> Tagged:
    """The records that a delivery gave before, then the ones that it gives now, so that the whole of it is stored anew. `again` are the rows
    that are read now: a replay that was killed may have stored them.
    """
    return replace(tagged, batches=chain(_stored(settings, tagged, again), tagged.batches))


def _stored(settings: Settings, tagged: Tagged, again: list[int]) -> Iterator[TaggedBatch]:
    table, delivery = load_table(settings.schemas, tagged.feed.table), tagged.delivery
    path = place_of(settings, tagged.feed.table, delivery.feed, delivery.id)
    schema = table.arrow(stored_only=False)
    texts = _texts(settings, delivery) if len(table.stored) < len(table.columns) else None
    hits = None if texts is None else pq.read_table(place_of(settings, "hits", delivery.feed, delivery.id))
    # Where rows are merged into records, those that a killed run has stored merge once more; elsewhere they are left out.
    stored_twice = pa.array(again if tagged.feed.record.row_key is None else [], pa.int64())
    for stored in pq.ParquetFile(path).iter_batches():
        batch = stored.filter(pc.invert(pc.is_in(stored["source_row"], value_set=stored_twice)))
        rows = batch["source_row"]
        columns = {name: batch[name] for name in batch.schema.names}
        if texts is not None:
            columns["narrative"] = texts["narrative"].take(pc.index_in(rows, value_set=texts["source_row"].combine_chunks())).combine_chunks()
        arrays = [_cast(columns[field.name], field.type) for field in schema]
        # A row's own pseudonym is not stored; any that no other row has will do, since what repeats was taken out before.
        own = pc.binary_join_element_wise(batch["record_uid"], rows.cast(pa.string()), "/")
        records = pa.RecordBatch.from_arrays([*arrays, own], schema=schema.append(pa.field("_row_uid", pa.string())))
        here = hits.filter(pc.is_in(hits["source_row"], value_set=rows)) if hits is not None else pa.table({})
        yield TaggedBatch(records, here.cast(load_table(settings.schemas, "hits").arrow()) if hits is not None else here)


def _texts(settings: Settings, delivery: Delivery) -> pa.Table:
    """The masked texts of a delivery, as long as they are kept."""
    path = place_of(settings, "narratives", delivery.feed, delivery.id)
    if not path.is_file():
        return pa.table({"source_row": pa.array([], pa.int64()), "narrative": pa.array([], pa.string())})
    with SealedReader(settings, path) as file:
        return pq.read_table(file, columns=["source_row", "narrative"], use_threads=False, pre_buffer=False)


def _cast(values: pa.Array, kind: pa.DataType) -> pa.Array:
    return values.dictionary_encode().cast(kind) if pa.types.is_dictionary(kind) and not pa.types.is_dictionary(values.type) else values.cast(kind)
