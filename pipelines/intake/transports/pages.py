"""The deliveries of a JSON API. Receives a server and an entry of its list; hands on the entry's items, one JSON object per line, keys sorted.

Refuses a delivery whose pages change under way, go in circles, or hold more or fewer items than the list declares.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from typing import Any

import msgspec

from pipelines.core.catalog import Https
from pipelines.core.errors import FileUnsettled
from pipelines.intake.transports import Opener
from pipelines.intake.transports.https import Entry, Server


class _Page(msgspec.Struct):
    """Some items of a delivery. `modified` is that of the delivery; a server need not say it."""

    items: list[dict[str, Any]]
    next_cursor: str | None = None
    modified: datetime | None = None


def opener_of_pages(server: Server, entry: Entry) -> Opener:
    """Opens a delivery of an API."""

    @contextmanager
    def open_pages() -> Iterator[Iterator[bytes]]:
        yield _pages(server, entry)

    return open_pages


def _pages(server: Server, entry: Entry) -> Iterator[bytes]:
    transport = server.feed.transport
    assert isinstance(transport, Https)
    what, encode = f"{server.feed.name}: {entry.name}", msgspec.json.Encoder(order="sorted").encode_lines
    found, cursor, met = 0, None, set()
    while True:
        query = {"delivery": entry.name, "limit": str(transport.page_size), **({"cursor": cursor} if cursor else {})}
        page = server.get(transport.path, query, _Page)
        if page.modified not in (None, entry.modified):
            raise FileUnsettled(f"{what} changed while it was read. It is left for the next run.")
        found += len(page.items)
        yield encode(page.items)
        cursor = page.next_cursor
        if cursor in met or found > entry.items:
            raise FileUnsettled(f"{what} declares {entry.items} items, but its pages do not end. It is left for the next run.")
        if not cursor:
            break
        met.add(cursor)
    if found != entry.items:
        raise FileUnsettled(f"{what} declares {entry.items} items, {found} came. It is left for the next run.")
