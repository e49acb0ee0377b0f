"""Receives a landed delivery; hands on its records in the canonical vocabulary, batch by batch; refuses a file of the wrong structure.

One DuckDB query per feed does the work (see compile.py). A row that cannot be read in some column is quarantined with the reason and the
sender's column, never the value.
"""

import re
from collections.abc import Iterator
from functools import partial
from importlib import import_module

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.core.catalog import feed_named
from pipelines.core.crypto import SealedFileSystem
from pipelines.core.duck import connect
from pipelines.core.errors import DataRefused
from pipelines.core.handles import Delivery, Normalized
from pipelines.core.receipts import Account
from pipelines.core.settings import Settings
from pipelines.intake.compile import Query, compile_feed
from pipelines.intake.formats import Rows

BATCH = 122_880  # rows: DuckDB's row group, and ours in Parquet


def normalize(settings: Settings, delivery: Delivery, account: Account) -> Normalized:
    """Open a delivery. Batches have the table's columns (free text as it came) and `_row_uid`. Raises DataRefused."""
    feed = feed_named(settings.schemas, delivery.feed)
    if not re.fullmatch(feed.transport.match, delivery.name):
        raise DataRefused(
            "E-NAME", f"Expected a name like {feed.transport.match}.", "Name the file as the template says."
        )
    if delivery.size > feed.bounds.max_bytes:
        raise DataRefused(
            "E-SIZE",
            f"Expected at most {feed.bounds.max_bytes} bytes, found {delivery.size}.",
            "Send smaller files, one per week.",
        )
    con = open_connection(settings, delivery)
    try:
        rows = open_rows(con, settings, delivery, account)
    except BaseException:
        con.close()
        raise
    raw = partial(_read_again, settings, delivery, account)
    return Normalized(delivery, feed, account, raw, _stream(con, compile_feed(settings, feed), rows, account))


def open_connection(settings: Settings, delivery: Delivery) -> duckdb.DuckDBPyConnection:
    """A connection that reads sealed files and knows, as variables, the delivery's id and the padded keys of the pseudonyms."""
    con = connect(settings)
    con.register_filesystem(SealedFileSystem(settings))
    key = settings.subkey("record_uid").ljust(64, b"\0")
    con.execute("SET VARIABLE delivery_id = ?", [delivery.id])
    con.execute("SET VARIABLE ipad = ?", [bytes(b ^ 0x36 for b in key)])
    con.execute("SET VARIABLE opad = ?", [bytes(b ^ 0x5C for b in key)])
    return con


def open_rows(con: duckdb.DuckDBPyConnection, settings: Settings, delivery: Delivery, account: Account) -> Rows:
    """The sender's rows, by the module of the feed's format."""
    feed = feed_named(settings.schemas, delivery.feed)
    rows: Rows = import_module(f"pipelines.intake.formats.{feed.format.kind}").open_rows(
        con, settings, delivery, feed, account
    )
    return rows


def _stream(con: duckdb.DuckDBPyConnection, query: Query, rows: Rows, account: Account) -> Iterator[pa.RecordBatch]:
    try:
        for batch in con.sql(query.over(rows.relation)).to_arrow_reader(BATCH):
            account.received += batch.num_rows
            yield _take_faulty_out(batch, query, account)
        rows.finish(account)
        account.received += len(account.unreadable)
    except duckdb.InvalidInputException:
        # The message of the CSV reader quotes the line; it must not go further.
        raise DataRefused(
            "E-SYNTAX", "The file cannot be read as the format that the feed promises.", "Export the file again."
        ) from None
    finally:
        con.close()
    if account.received == 0:
        raise DataRefused("E-EMPTY", "The file holds a header and no record.", "Check that the export is complete.")


def _take_faulty_out(batch: pa.RecordBatch, query: Query, account: Account) -> pa.RecordBatch:
    """Quarantine the rows that have a fault, and drop the columns that told."""
    faulty = pc.or_(pc.not_equal(batch["_faults"], 0), pc.is_valid(batch["_broken"]))
    if pc.any(faulty).as_py():
        bad = batch.filter(faulty).select(["source_row", "record_uid", "_faults", "_broken"])
        for row, uid, bits, broken in zip(*(c.to_pylist() for c in bad.columns), strict=True):
            for i, (reason, where) in enumerate(query.faults if broken is None else ()):
                if bits >> i & 1:
                    account.quarantine(row, reason, where, uid)
            if broken is not None:
                account.quarantine(row, broken, "", None)
        batch = batch.filter(pc.invert(faulty))
    return batch.drop_columns(["_faults", "_broken"])


def _read_again(settings: Settings, delivery: Delivery, account: Account) -> pa.Table:
    """The account's quarantined rows as the sender wrote them: `row` of the file and `content`, a JSON object or the unreadable line."""
    con = open_connection(settings, delivery)
    try:
        rows = open_rows(con, settings, delivery, Account())
        con.register("held", pa.table({"n": pa.array(sorted(account.quarantined), pa.int64())}))
        numbered = f"SELECT row_number() OVER () AS n, to_json(r)::VARCHAR AS content FROM {rows.relation} AS r"
        held = con.sql(
            f"SELECT n, content FROM ({numbered}) WHERE n IN (SELECT n FROM held) ORDER BY n"
        ).to_arrow_table()
        numbers = [account.file_row(n) for n in held["n"].to_pylist()]
        readable = pa.table({"row": pa.array(numbers, pa.int64()), "content": held["content"]})
        lines = con.sql(
            "SELECT line - 1 AS row, any_value(csv_line) AS content FROM reject_errors GROUP BY 1 ORDER BY 1"
        ).to_arrow_table()
        return pa.concat_tables([readable, lines.cast(readable.schema)]).sort_by("row")
    finally:
        con.close()
