"""Reading bytes with one format alone: a feed that maps nothing, and the rows as the format gives them."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime
from importlib import import_module
from typing import Any

import pytest

from pipelines.core.catalog import Feed
from pipelines.core.duck import scratch
from pipelines.core.receipts import Account
from pipelines.core.settings import Settings
from pipelines.intake.formats import read_rows
from pipelines.intake.pull import land
from pipelines.intake.transports import Arrival

Read = Callable[..., tuple[list[dict[str, Any]], Account]]


def feed_of(format_: dict[str, Any], columns: list[str], ignore: dict[str, str] | None = None, most: int = 2_000_000_000) -> Feed:
    """A feed that reads the columns and maps none; its record's key is the first."""
    return Feed.model_validate(
        {
            "name": "sample",
            "title": "Sample",
            "center": "CCIC",
            "table": "incidents",
            "status": "trial",
            "cadence": "weekly",
            "source_class": "law_enforcement",
            "owner": "Intake desk",
            "contact": "intake@example.org",
            "transport": {"kind": "folder", "match": ".*"},
            "format": format_,
            "change": {"mode": "append"},
            "record": {"key": "NULL", "uses": columns},
            "bounds": {"rows": (0, 10_000_000), "earliest": date(2010, 1, 1), "max_bytes": most},
            "ignore": ignore or {},
            "map": {},
        }
    )


@pytest.fixture
def read(settings: Settings) -> Read:
    """Land bytes, open them with a format, and give the rows and the account. Raises what the format raises."""

    def read_bytes(format_: dict[str, Any], columns: list[str], content: bytes, **more: Any) -> tuple[list[dict[str, Any]], Account]:
        feed = feed_of(format_, columns, **more)
        moment = datetime(2026, 8, 22, tzinfo=UTC)

        @contextmanager
        def blocks() -> Iterator[Iterator[bytes]]:
            yield iter([content[i : i + 1_000_003] for i in range(0, len(content), 1_000_003)])

        delivery = land(settings, feed, Arrival("sample", moment, moment, len(content), blocks))
        account = Account()
        con = scratch(settings)
        try:
            opened = import_module(f"pipelines.intake.formats.{feed.format.kind}").open_rows(con, settings, delivery, feed, account)
            batches = list(read_rows(con, opened, lambda relation: f"SELECT * FROM {relation}"))
            rows = [row for batch in batches for row in batch.to_pylist()]
            account.received = len(rows)
            for row in rows:
                if row["_broken"]:
                    account.quarantine(row.get("_row", 0), row["_broken"], "")
            opened.finish(account)
        finally:
            con.close()
        return rows, account

    return read_bytes
