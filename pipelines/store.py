"""Receives tagged records; hands on a stored delivery: Parquet at paths that follow from its id, and last its receipt; refuses a delivery
with more bad rows than its feed may have, and an account that does not reconcile. Of a test nothing is stored but the receipt.

The receipt is the commit: nobody reads a delivery without one. Everything is written under hidden names and renamed, so a run that is
killed leaves nothing that is half there, and running it again gives the same bytes.
"""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from pipelines.core.catalog import Feed, feed_named
from pipelines.core.crypto import SealedReader, SealedWriter
from pipelines.core.errors import DataRefused
from pipelines.core.files import commit, draft, place_of
from pipelines.core.handles import Delivery, Stored, Tagged
from pipelines.core.receipts import Account
from pipelines.core.schema import Table, load_table
from pipelines.core.settings import Settings
from pipelines.issue import issue
from pipelines.settle import Repeats, Settlement, hashes, settle

# Statistics repeat the least and the greatest value in the open, so only dates have them.
PARQUET = {
    "compression": "zstd",
    "compression_level": 1,
    "write_statistics": ["occurred_on", "reported_on", "quarter_start", "month_start"],
    "store_schema": False,
}
DIGESTS = ("record_uid", "narrative_digest", "narrative", "source_row")  # values that hardly repeat: a dictionary would be a second copy
FORBIDDEN = ("E-DENIED", "E-ROWLEVEL", "E-UNLISTED")  # refused because it must not be here: the landed bytes go at once
NARRATIVES = pa.schema([("record_uid", pa.string()), ("source_row", pa.int64()), ("narrative", pa.string())])


def store(settings: Settings, tagged: Tagged) -> Stored:
    """Write one delivery; of a test its receipt alone. Raises DataRefused (E-BADSHARE, E-VOLUME) when its rows, all read, show that it
    must not be used.
    """
    delivery, account = tagged.delivery, tagged.account
    table = load_table(settings.schemas, tagged.feed.table)
    kinds = [tagged.feed.table, *(["hits", "narratives"] if len(table.stored) < len(table.columns) else [])]
    places = {kind: place_of(settings, kind, delivery.feed, delivery.id) for kind in kinds}
    with ExitStack() as drafts:
        staged = {kind: drafts.enter_context(draft(path.parent)) for kind, path in places.items()}
        repeated = _stage(settings, tagged, table, staged)
        if tagged.feed.record.row_key or account.unreadable or len(repeated):
            settlement = _settle(settings, tagged, table, staged[tagged.feed.table], repeated)
            staged = {kind: _rewrite(settings, drafts, kind, path, delivery, account, settlement) for kind, path in staged.items()}
        _judge(account, tagged.feed)
        if delivery.test:
            tested = issue(settings, delivery, tagged.feed, account, {}, None)
            delivery.path.unlink(missing_ok=True)  # nobody needs its bytes any more
            return tested
        for kind, path in staged.items():
            commit(path, places[kind])
        _keep_quarantine(settings, tagged)  # last, so that a replay that is killed has lost nothing
    files = {kind: str(path.relative_to(settings.home)) for kind, path in places.items()}
    return issue(settings, delivery, tagged.feed, account, files, None)


def refuse(settings: Settings, delivery: Delivery, account: Account, reason: DataRefused) -> Stored:
    """Write the receipt of a refused delivery, and take away what an earlier run may have stored of it."""
    feed = feed_named(settings.schemas, delivery.feed)
    for kind in (feed.table, "hits", "narratives", "quarantine"):
        place_of(settings, kind, delivery.feed, delivery.id).unlink(missing_ok=True)
    stored = issue(settings, delivery, feed, account, {}, reason)
    if reason.code in FORBIDDEN or delivery.test:
        delivery.path.unlink(missing_ok=True)
    return stored


def _stage(settings: Settings, tagged: Tagged, table: Table, staged: dict[str, Path]) -> npt.NDArray[np.uint64]:
    """Write the batches as they come; return the hashes of pseudonyms that occur more than once."""
    schema = table.arrow()
    if tagged.feed.record.row_key:
        schema = schema.append(pa.field("_row_uid", pa.string()))
    repeats = Repeats()
    with ExitStack() as files:
        writers = {kind: files.enter_context(_writer(settings, kind, path, tagged.delivery, schema)) for kind, path in staged.items()}
        for records, hits in tagged.batches:
            tagged.account.records += records.num_rows
            _count_filled(tagged, table, records)
            repeats.add(records["record_uid"])
            writers[tagged.feed.table].write_batch(records.select(schema.names))
            if "hits" in writers:
                writers["hits"].write_table(hits)
                texts = pa.Table.from_batches([records]).select(NARRATIVES.names).cast(NARRATIVES)
                writers["narratives"].write_table(texts.filter(pc.is_valid(texts["narrative"])))
    return repeats.found()


def _count_filled(tagged: Tagged, table: Table, records: pa.RecordBatch) -> None:
    """Enter how many records hold a value, by the columns that the feed fills and that may be empty."""
    account = tagged.account
    account.staged += records.num_rows
    for column in table.stored:
        if column.name not in tagged.feed.map or not (column.null or column.absent or column.type == "codes"):
            continue
        values = records[column.name]
        if column.type == "codes":
            empty = pc.sum(pc.equal(pc.list_value_length(values), 0)).as_py() or 0
        else:
            absent = values.dictionary.index(pa.scalar(column.absent, pa.string())).as_py() if column.absent and column.type == "code" else -1
            empty = 0 if absent < 0 else pc.sum(pc.equal(values.indices, absent)).as_py() or 0
        account.filled[column.name] += len(values) - values.null_count - empty


def _writer(settings: Settings, kind: str, path: Path, delivery: Delivery, schema: pa.Schema) -> pq.ParquetWriter:
    if kind == "narratives":
        sealed = SealedWriter(settings, path, f"narratives:{delivery.feed}:{delivery.id}", stable=True)
        return _ClosingWriter(sealed, NARRATIVES, **PARQUET)
    if kind == "hits":
        schema = load_table(settings.schemas, "hits").arrow()
    return pq.ParquetWriter(path, schema, use_dictionary=[name for name in schema.names if name not in DIGESTS], **PARQUET)


class _ClosingWriter(pq.ParquetWriter):  # type: ignore[misc]  # pyarrow has no types
    """A Parquet writer that closes the sealed file it writes to, which seals the last chunk."""

    def __init__(self, file: SealedWriter, schema: pa.Schema, **options: Any) -> None:
        self._sealed = file
        super().__init__(file, schema, **options)

    def close(self) -> None:
        super().close()
        self._sealed.close()


def _settle(settings: Settings, tagged: Tagged, table: Table, path: Path, repeated: npt.NDArray[np.uint64]) -> Settlement:
    """Judge the rows whose pseudonyms repeat, and enter the outcome in the account."""
    file = pq.ParquetFile(path)
    again = [b.filter(pa.array(np.isin(hashes(b["record_uid"]), repeated))) for b in file.iter_batches()] if len(repeated) else []
    candidates = pa.Table.from_batches(again, file.schema_arrow)
    settlement = settle(settings, tagged.feed, table, candidates)
    uids = dict(zip(*(candidates[name].to_pylist() for name in ("source_row", "record_uid")), strict=True))
    tagged.account.duplicates.update(settlement.duplicates)
    for row in sorted(settlement.conflicts):
        tagged.account.quarantine(row, "R-CONFLICT", ", ".join(tagged.feed.record.uses), uids[row])
    gone = len(settlement.duplicates) + len(settlement.conflicts) + len(settlement.absorbed)
    tagged.account.records += settlement.merged.num_rows - gone
    return settlement


def _rewrite(
    settings: Settings,
    drafts: ExitStack,
    kind: str,
    path: Path,
    delivery: Delivery,
    account: Account,
    settlement: Settlement,
) -> Path:
    """Write a staged file anew without the settled rows, with the merged ones, and with row numbers that count unreadable rows in."""
    final = drafts.enter_context(draft(path.parent))
    gone = pa.array(sorted(settlement.duplicates | settlement.conflicts | settlement.absorbed), pa.int64())
    merged = settlement.merged if kind not in ("hits", "narratives") else None
    unreadable = np.array(sorted(account.unreadable), dtype=np.int64)
    source: Any = SealedReader(settings, path) if kind == "narratives" else path
    file = pq.ParquetFile(source)
    schema = pa.schema([f for f in file.schema_arrow if f.name != "_row_uid"])
    with _writer(settings, kind, final, delivery, schema) as writer:
        for part in _parts(file, merged, gone):
            rows = part["source_row"].to_numpy()
            shifted = rows + np.searchsorted(unreadable - np.arange(len(unreadable)), rows, side="right")
            index = part.schema.get_field_index("source_row")
            writer.write_table(part.set_column(index, part.schema.field(index), pa.array(shifted)).select(schema.names))
    if kind == "narratives":
        source.close()
    return final


def _parts(file: pq.ParquetFile, merged: pa.Table | None, gone: pa.Array) -> Iterator[pa.Table]:
    """The staged rows that stay, by row group, with the merged ones at the place of their first row."""
    done = 0
    for number in range(file.num_row_groups):
        part = file.read_row_group(number, use_threads=False)
        last = pc.max(part["source_row"]).as_py()
        part = part.filter(pc.invert(pc.is_in(part["source_row"], value_set=gone)))
        if merged is not None and last is not None:
            upto = pc.sum(pc.less_equal(merged["source_row"], last)).as_py() or 0
            if upto > done:
                part = pa.concat_tables([part, merged.slice(done, upto - done)]).sort_by("source_row")
                done = upto
        yield part


def _judge(account: Account, feed: Feed) -> None:
    """Refuse a file of which too much is bad or too little is there."""
    counts = account.counts()
    bad, received, (least, most) = counts["quarantined"], counts["received"], feed.bounds.rows
    if not least <= received <= most and not (account.zero and received == 0):
        message = f"Expected {least} to {most} rows, found {received}."
        raise DataRefused("E-VOLUME", message, "Check that the export is complete.")
    if bad > feed.bounds.bad_share * received:
        message = f"Expected at most {feed.bounds.bad_share:.0%} bad rows, found {bad} of {received}."
        raise DataRefused("E-BADSHARE", message, "Mend the rows that this receipt lists, and send the file again.")


def _keep_quarantine(settings: Settings, tagged: Tagged) -> None:
    """Seal the rows that were held back as the sender wrote them, with the reasons, the owner who decides, and the day they expire."""
    path, account = place_of(settings, "quarantine", tagged.delivery.feed, tagged.delivery.id), tagged.account
    if not account.quarantined and not account.unreadable:
        path.unlink(missing_ok=True)
        return
    reasons = {account.file_row(row): [f"{code} {where}".strip() for code, where in found] for row, found in account.quarantined.items()}
    reasons |= {row: [code] for row, code in account.unreadable.items()}
    unread = set(account.unreadable) | {account.file_row(row) for row, found in account.quarantined.items() if any(not where for _, where in found)}
    rows = tagged.raw()
    expires = tagged.delivery.as_of.date() + timedelta(days=settings.narrative_days)
    numbers = rows["row"].to_pylist()
    rows = rows.append_column("reasons", pa.array([reasons[row] for row in numbers], pa.list_(pa.string())))
    rows = rows.append_column("readable", pa.array([row not in unread for row in numbers], pa.bool_()))
    rows = rows.append_column("owner", pa.array([tagged.feed.owner] * len(rows), pa.string()))
    rows = rows.append_column("expires", pa.array([expires] * len(rows), pa.date32()))
    with draft(path.parent) as written:
        sealed = SealedWriter(settings, written, f"quarantine:{tagged.delivery.feed}:{tagged.delivery.id}", stable=True)
        with _ClosingWriter(sealed, rows.schema, **PARQUET) as writer:
            writer.write_table(rows)
        commit(written, path)
