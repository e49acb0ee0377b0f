"""A JSON API over HTTPS. Receives its address, token and CA; hands on one delivery per entry of its list, as one JSON object per line.

Refuses a certificate that the CA did not sign, a redirect, and a delivery that has fewer items than the list declares.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from datetime import UTC, datetime
from typing import Any

import httpx
import msgspec

from pipelines.core.catalog import Feed, Https
from pipelines.core.errors import SourceUnavailable, SystemFault
from pipelines.intake.source import Source
from pipelines.intake.transports import Arrival

TRIES = 6
LONGEST_WAIT_S = 30.0
TIMEOUT_S = 30.0


def arrivals(feed: Feed, source: Source, have: Callable[[str, datetime], bool]) -> Iterator[Arrival]:
    """The API's deliveries that `have(name, modified)` does not know, oldest first.

    Raises SourceUnavailable when the server keeps failing, SystemFault when it refuses the token or its certificate is not trusted.
    """
    transport = feed.transport
    assert isinstance(transport, Https)
    if not source.address.startswith("https://"):
        raise SystemFault(f"{feed.name}: expected an https:// address in STAS_SOURCE_{feed.name.upper()} or the connection {feed.name}.")
    with _client(source) as client:
        listed = _get(client, feed, transport.deliveries, {})["deliveries"]
    for entry in sorted(listed, key=lambda entry: (entry["as_of"], entry["name"])):
        modified = datetime.fromisoformat(entry["modified"]).astimezone(UTC)
        as_of = datetime.fromisoformat(entry["as_of"]).replace(tzinfo=UTC)
        if not have(entry["name"], modified):
            yield Arrival(entry["name"], as_of, modified, None, _opener(feed, source, entry["name"], int(entry["items"])))


def _opener(feed: Feed, source: Source, name: str, items: int) -> Callable[[], AbstractContextManager[Iterator[bytes]]]:
    @contextmanager
    def open_pages() -> Iterator[Iterator[bytes]]:
        with _client(source) as client:
            yield _pages(client, feed, name, items)

    return open_pages


def _pages(client: httpx.Client, feed: Feed, name: str, items: int) -> Iterator[bytes]:
    transport = feed.transport
    assert isinstance(transport, Https)
    encode, found, cursor = msgspec.json.Encoder(order="sorted").encode_lines, 0, None
    while True:
        query = {"delivery": name, "limit": str(transport.page_size), **({"cursor": cursor} if cursor else {})}
        page = _get(client, feed, transport.path, query)
        found += len(page["items"])
        yield encode(page["items"])
        cursor = page.get("next_cursor")
        if not cursor:
            break
    if found != items:
        raise SourceUnavailable(f"{feed.name}: delivery {name} declares {items} items, {found} came. It is asked for again at the next run.")


def _client(source: Source) -> httpx.Client:
    import ssl

    context = ssl.create_default_context(cafile=source.ca)
    headers = {"Authorization": f"Bearer {source.token}"} if source.token else {}
    return httpx.Client(base_url=source.address, headers=headers, verify=context, timeout=TIMEOUT_S, follow_redirects=False, trust_env=False)


def _get(client: httpx.Client, feed: Feed, path: str, query: dict[str, str]) -> Any:
    """One page, tried again when the server is busy, fails or breaks off (Retry-After, else doubling waits)."""
    wait, failure = 0.5, ""
    for attempt in range(TRIES):
        try:
            answer = client.get(path, params=query)
            if answer.status_code == 200:
                return answer.json()
            if answer.status_code in (401, 403):
                raise SystemFault(f"{feed.name}: the server refused the token (HTTP {answer.status_code}). Renew STAS_TOKEN_{feed.name.upper()}.")
            if answer.status_code != 429 and answer.status_code < 500:
                raise SystemFault(f"{feed.name}: the server answered HTTP {answer.status_code} for {path}. Check the address with the sender.")
            failure, wait = f"HTTP {answer.status_code}", _retry_after(answer, wait)
        except (httpx.TransportError, ValueError) as error:
            if "CERTIFICATE_VERIFY_FAILED" in str(error):
                raise SystemFault(f"{feed.name}: the server's certificate is not signed by the configured CA. Nothing was sent.") from None
            failure = type(error).__name__
        if attempt < TRIES - 1:
            time.sleep(min(wait, LONGEST_WAIT_S))
            wait *= 2
    raise SourceUnavailable(f"{feed.name}: no answer for {path} after {TRIES} tries ({failure}). A later run continues.")


def _retry_after(answer: httpx.Response, otherwise: float) -> float:
    try:
        return float(answer.headers["Retry-After"])
    except (KeyError, ValueError):
        return otherwise
