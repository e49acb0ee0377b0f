"""Receives a landed delivery; hands on its records in the canonical vocabulary, batch by batch; refuses a file of the wrong structure.

One DuckDB query per feed does the work (see compile.py). A row that cannot be read in some column is quarantined with the reason and the
sender's column, never the value.
"""

import re
from collections.abc import Iterator
from functools import partial
from importlib import import_module

import duckdb
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.core.catalog import Feed, feed_named
from pipelines.core.duck import scratch
from pipelines.core.errors import DataRefused
from pipelines.core.handles import TEST, Delivery, Normalized
from pipelines.core.pseudonyms import pseudonyms
from pipelines.core.receipts import Account
from pipelines.core.schema import load_table
from pipelines.core.settings import Settings
from pipelines.intake.compile import NUMBER, compile_feed, identifier
from pipelines.intake.formats import HOPELESS, REPEATED, Rows, read_rows
from pipelines.intake.totals import refuse_row_level

# The message of DuckDB's reader quotes the line; it must not go further.
UNREADABLE = DataRefused("E-SYNTAX", "The file cannot be read as the format that the feed promises.", "Export the file again.")
ZERO = re.compile(r"_zero\.[^/]+$")  # the name by which a sender says that there was nothing to report


def normalize(settings: Settings, delivery: Delivery) -> Normalized:
    """Read a delivery. Batches have the table's columns (free text as it came) and `_row_uid`. They raise DataRefused as they are drawn."""
    feed, account = feed_named(settings.schemas, delivery.feed), Account()
    account.zero = ZERO.search(delivery.name) is not None
    raw = partial(_read_again, settings, delivery, account)
    return Normalized(delivery, feed, account, raw, _stream(settings, delivery, feed, account))


def open_rows(con: duckdb.DuckDBPyConnection, settings: Settings, delivery: Delivery, account: Account) -> Rows:
    """The sender's rows, by the module of the feed's format."""
    feed = feed_named(settings.schemas, delivery.feed)
    rows: Rows = import_module(f"pipelines.intake.formats.{feed.format.kind}").open_rows(con, settings, delivery, feed, account)
    return rows


def _stream(settings: Settings, delivery: Delivery, feed: Feed, account: Account) -> Iterator[pa.RecordBatch]:
    _refuse_from_outside(delivery, feed)
    con = scratch(settings)
    try:
        rows = open_rows(con, settings, delivery, account)
        refuse_row_level(con, settings, feed, rows, account)
        assembler = Assembler(settings, delivery, feed, account)
        number = "_row" if rows.numbered else NUMBER
        for batch in read_rows(con, rows, lambda relation: assembler.query.over(relation, number)):
            account.received += batch.num_rows
            yield assembler.records(batch)
            if len(account.quarantined) > max(HOPELESS, account.received / 2):
                message = f"{len(account.quarantined)} of the first {account.received} rows are bad."
                raise DataRefused("E-BADSHARE", message, "Check the template and the quotes, and send the file again.")
        rows.finish(account)
        account.received += len(account.unreadable)
    except duckdb.InvalidInputException:
        raise UNREADABLE from None
    finally:
        con.close()
    if account.received == 0 and not account.zero:
        raise DataRefused("E-EMPTY", "The file holds a header and no record.", "Check that the export is complete.")


def _refuse_from_outside(delivery: Delivery, feed: Feed) -> None:
    """Refuse what its name or its size shows to be something else, before it is opened."""
    if not re.fullmatch(feed.transport.match, delivery.name.removeprefix(TEST)):
        raise DataRefused("E-NAME", f"Expected a name like {feed.transport.match}.", "Name the file as the template says.")
    if delivery.size > feed.bounds.max_bytes:
        raise DataRefused(
            "E-SIZE",
            f"Expected at most {feed.bounds.max_bytes} bytes, found {delivery.size}.",
            "Send smaller files, one per week.",
        )


class Assembler:
    """Makes canonical batches of what the query gives: pseudonyms for keys, constants, and faulty rows taken out."""

    def __init__(self, settings: Settings, delivery: Delivery, feed: Feed, account: Account) -> None:
        self.settings, self.feed, self.account = settings, feed, account
        self.query = compile_feed(settings, feed)
        self._schema = load_table(settings.schemas, feed.table).arrow(stored_only=False)
        self._key = settings.subkey(f"record_uid:{feed.name}")
        self._constants = {**self.query.constants, "delivery_id": delivery.id}

    def records(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch's good rows: the table's columns, and `_row_uid`, the pseudonym of the row where a record may stand in several."""
        uids = pseudonyms(self._key, batch["_key"])
        columns = {name: _constant(self._schema.field(name).type, value, len(batch)) for name, value in self._constants.items()}
        columns["record_uid"] = uids
        made = [columns[field.name] if field.name in columns else batch[field.name].cast(field.type) for field in self._schema]
        schema = self._schema.append(pa.field("_row_uid", pa.string()))
        records = pa.RecordBatch.from_arrays([*made, pseudonyms(self._key, batch["_row_key"])], schema=schema)
        faulty = pc.or_(pc.not_equal(batch["_faults"], 0), pc.is_valid(batch["_broken"]))
        if not pc.any(faulty).as_py():
            return records
        bad = [c.filter(faulty).to_pylist() for c in (batch["source_row"], uids, batch["_faults"], batch["_broken"])]
        for row, uid, bits, broken in zip(*bad, strict=True):
            if broken == REPEATED:
                self.account.duplicates.add(row)
                continue
            if broken is not None:
                self.account.quarantine(row, broken, "")
                continue
            for i, (reason, where) in enumerate(self.query.faults):
                if bits >> i & 1:
                    self.account.quarantine(row, reason, where, uid)
        return records.filter(pc.invert(faulty))


def _constant(kind: pa.DataType, value: str | None, length: int) -> pa.Array:
    """A column that holds one value, at the cost of one."""
    if pa.types.is_list(kind):
        return pa.ListArray.from_arrays(pa.array([0] * (length + 1), pa.int32()), pa.array([], pa.string()))
    if value is None or not pa.types.is_dictionary(kind):
        return pa.repeat(pa.scalar(value, kind), length)
    return pa.DictionaryArray.from_arrays(pa.array(np.zeros(length, np.int32)), pa.array([value]))


def _read_again(settings: Settings, delivery: Delivery, account: Account) -> pa.Table:
    """The account's quarantined rows as the sender wrote them: `row` of the file and `content`, a JSON object or the unreadable line.

    The columns that the feed reads and no others: those it ignores may be addresses, and reading them could find other rows unreadable.
    """
    con = scratch(settings)
    try:
        rows = open_rows(con, settings, delivery, Account())
        # No row has the number 0: it is there so that the file is read to its end, which is when DuckDB knows the unreadable lines.
        con.register("held", pa.table({"n": pa.array([0, *sorted(account.quarantined)], pa.int64())}))
        read = [identifier(name) for name in feed_named(settings.schemas, delivery.feed).consumed]
        number, raw = ("_row", "_raw") if rows.numbered else (NUMBER, "NULL")
        written = f"to_json(struct_pack({', '.join(f'{name} := {name}' for name in read)}))::VARCHAR"

        def query(relation: str) -> str:
            numbered = f"SELECT {number} AS n, {raw} AS raw, {', '.join(read)} FROM {relation}"
            return f"SELECT n, coalesce(raw, {written}) AS content FROM ({numbered}) WHERE n IN (SELECT n FROM held) ORDER BY n"

        content = pa.schema([("n", pa.int64()), ("content", pa.string())])
        held = pa.Table.from_batches([batch.cast(content) for batch in read_rows(con, rows, query)], content)
        numbers = [account.file_row(n) for n in held["n"].to_pylist()]
        readable = pa.table({"row": pa.array(numbers, pa.int64()), "content": held["content"]})
        if rows.numbered:
            return readable
        lines = con.sql("SELECT line - 1 AS row, any_value(csv_line) AS content FROM reject_errors GROUP BY 1 ORDER BY 1").to_arrow_table()
        return pa.concat_tables([readable, lines.cast(readable.schema)]).sort_by("row")
    finally:
        con.close()
