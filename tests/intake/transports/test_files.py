"""Files over real HTTPS: what is unchanged is not fetched again, a broken transfer goes on, a changed file is left, a digest is checked."""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from pipelines import flow
from pipelines.core.errors import PullIncomplete
from pipelines.core.settings import Settings
from pipelines.intake.transports import attempts

pytestmark = pytest.mark.slow

FEED = "stac_incidents"
A, B = (f"stac_incidents_2026-10-{day}.ndjson.gz" for day in ("05", "12"))
SIZE = 3_000_000
Asgi = Callable[..., Any]


@dataclass
class Watched:
    """A service that notes what is asked and answered, and may spoil the list, or forget that there are ranges."""

    app: Asgi
    spoil: Callable[[list[dict[str, Any]]], list[dict[str, Any]]] | None = None
    ranges: bool = True
    wrong_part: bool = False
    asked: list[tuple[str, str, int]] = field(default_factory=list)

    async def __call__(self, scope: dict[str, Any], receive: Asgi, send: Asgi) -> None:
        kept: list[bytes] = []
        listing = scope["path"].endswith("/index") and self.spoil is not None
        if not self.ranges:
            scope = {**scope, "headers": [h for h in scope["headers"] if h[0] != b"range"]}

        async def watch(message: dict[str, Any]) -> None:
            if message["type"] == "http.response.start":
                self.asked.append((scope["method"], scope["path"].rpartition("/")[2], message["status"]))
                if self.wrong_part:
                    headers = [(k, b"bytes 5-" if k == b"content-range" else v) for k, v in message["headers"]]
                    message = {**message, "headers": headers}
            if listing:
                kept.append(message.get("body", b""))
            else:
                await send(message)

        await self.app(scope, receive, watch)
        if listing and self.spoil:
            body = json.dumps({"deliveries": self.spoil(json.loads(b"".join(kept))["deliveries"])}).encode()
            await send({"type": "http.response.start", "status": 200, "headers": [(b"content-length", str(len(body)).encode())]})
            await send({"type": "http.response.body", "body": body})


@pytest.fixture
def watched(web: Any) -> Callable[..., Any]:
    """Serve the feed under watch: gives the server and the list that it notes to."""

    def serve(**options: Any) -> tuple[Any, Watched]:
        made = Watched(app=None, **options)  # type: ignore[arg-type]

        def wrap(app: Asgi) -> Watched:
            made.app = app
            return made

        return web(FEED, wrap), made

    return serve


def landed(settings: Settings) -> list[Path]:
    return [path for path in settings.path("landing").rglob("*") if path.is_file()]


def test_an_unchanged_file_is_not_fetched_again(settings: Settings, watched: Any, put: Any, root: Path, content: Any) -> None:
    put(FEED, A, SIZE), put(FEED, B, 0), put(FEED, f"{B}.part")
    server, service = watched()
    with server as source:
        found = flow.pull(settings, FEED, source)
        assert {d.name: content(d) for d in found} == {name: (root / FEED / name).read_bytes() for name in (A, B)}
        for delivery in found:
            flow.admit(settings, delivery)
        service.asked.clear()
        assert flow.pull(settings, FEED, source) == []
        assert service.asked == [("GET", "index", 200)]
        os.utime(root / FEED / A)  # touched: the list says that it is newer, the ETag that it is the same
        assert flow.pull(settings, FEED, source) == []
        assert service.asked[1:] == [("GET", "index", 200), ("GET", A, 304)]
        (root / FEED / A).write_bytes(b"corrected")
        [delivery] = flow.pull(settings, FEED, source)
        assert (delivery.name, content(delivery)) == (A, b"corrected")


@pytest.mark.parametrize("ranges", [True, False])
def test_a_transfer_goes_on_where_the_line_broke(settings: Settings, watched: Any, put: Any, content: Any, line: Any, ranges: bool) -> None:
    file = put(FEED, A, SIZE)
    server, service = watched(ranges=ranges)
    with server as source:
        line.budgets = [1_500_000, 2_000_000 if not ranges else 700_000]
        [delivery] = flow.pull(settings, FEED, line.to(source))
    assert content(delivery) == file.read_bytes()
    assert line.budgets == [] and ((206 in {status for _, _, status in service.asked}) is ranges)
    assert (line.brought < 1.2 * SIZE) is ranges


def test_another_part_than_was_asked_for_is_not_taken(settings: Settings, watched: Any, put: Any, line: Any) -> None:
    put(FEED, A, SIZE)
    server, _ = watched(wrong_part=True)
    with server as source:
        line.budgets = [None, 1_500_000]  # the first answer is that the server is busy
        with pytest.raises(PullIncomplete, match="another part"):
            flow.pull(settings, FEED, line.to(source))
    assert not landed(settings)


def test_a_line_that_stands_still_is_given_up_and_taken_up_again(
    settings: Settings, web: Any, put: Any, content: Any, line: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(attempts, "TIMEOUT_S", 3.0)
    file = put(FEED, A, SIZE)
    with web(FEED) as source:
        line.hold, line.budgets = True, [1_500_000]
        [delivery] = flow.pull(settings, FEED, line.to(source))
    assert content(delivery) == file.read_bytes()


def test_a_file_that_breaks_off_again_and_again_is_left(settings: Settings, web: Any, put: Any, content: Any, line: Any) -> None:
    big, small = put(FEED, A, SIZE), put(FEED, B)
    with web(FEED) as source:
        line.budgets = [50_000] * attempts.TRIES
        with pytest.raises(PullIncomplete, match=f"{A}: gave up") as fault:
            flow.pull(settings, FEED, line.to(source))
        assert [flow.landed(settings, FEED, one).name for one in fault.value.landed] == [B]
        assert [content(d) for d in flow.pull(settings, FEED, line.to(source))] == [big.read_bytes(), small.read_bytes()]


def test_a_file_that_grows_while_it_is_read_is_left_for_the_next_run(settings: Settings, web: Any, put: Any, content: Any, growing: Any) -> None:
    one, other = put(FEED, A, SIZE), put(FEED, B)
    with web(FEED) as source:
        with growing(one), pytest.raises(PullIncomplete, match=A):
            flow.pull(settings, FEED, source)
        assert len(landed(settings)) == 1
        assert [content(d) for d in flow.pull(settings, FEED, source)] == [one.read_bytes(), other.read_bytes()]


@pytest.mark.parametrize(
    ("key", "value", "message"),
    [("sha256", "0" * 64, "SHA-256"), ("size", 999, "more came"), ("size", 1001, "taken away"), ("name", f"0{A}", "taken away")],
)
def test_a_file_that_is_not_what_the_list_declares_is_left(
    settings: Settings, watched: Any, put: Any, content: Any, key: str, value: Any, message: str
) -> None:
    put(FEED, A), put(FEED, B)
    server, service = watched(spoil=lambda listed: [{**listed[0], key: value}, *listed[1:]])
    with server as source:
        with pytest.raises(PullIncomplete, match=message) as fault:
            flow.pull(settings, FEED, source)
        assert [flow.landed(settings, FEED, one).name for one in fault.value.landed] == [B]
        service.spoil = None
        assert [d.name for d in flow.pull(settings, FEED, source)] == [A, B]


def test_hostile_names_ask_the_server_nothing_and_are_refused(settings: Settings, watched: Any, put: Any, admit_all: Any) -> None:
    put(FEED, A)
    names = ["../x.ndjson.gz", "a/b.ndjson.gz", "x\0.ndjson.gz", "x" * 300 + ".ndjson.gz", "..", "", "https://example.org/x"]
    server, service = watched(spoil=lambda listed: [{**listed[0], "name": name} for name in names] + listed)
    with server as source:
        receipts = admit_all(FEED, source)
        assert flow.pull(settings, FEED, source) == []
    assert sorted(r["name"].startswith("unsafe name ") for r in receipts) == [False] + [True] * len(names)
    assert {r["error"]["code"] for r in receipts if r["name"].startswith("unsafe")} == {"E-NAME"}
    assert {name for _, name, _ in service.asked} == {"index", A}
    assert [p for p in settings.home.rglob("*") if p.name.startswith("x")] == []


def test_many_broken_transfers_in_a_row_are_a_source_that_is_down(settings: Settings, web: Any, put: Any, line: Any) -> None:
    for day in range(1, 10):
        put(FEED, f"stac_incidents_2026-10-0{day}.ndjson.gz", 200_000)
    with web(FEED) as source:
        line.budgets = [20_000] * 999
        with pytest.raises(PullIncomplete, match=r"^stac_incidents: 3 left"):
            flow.pull(settings, FEED, line.to(source))
        line.budgets.clear()
        assert len(flow.pull(settings, FEED, source)) == 9


def test_a_server_that_is_started_anew_costs_nothing(settings: Settings, web: Any, put: Any, content: Any, line: Any) -> None:
    files = [put(FEED, A)]
    with web(FEED) as source:
        ours = line.to(source)
        assert len(flow.pull(settings, FEED, ours)) == 1
    files.append(put(FEED, B))
    with pytest.raises(PullIncomplete, match="later run") as fault:  # what has landed can be admitted all the same
        flow.pull(settings, FEED, ours)
    assert len(fault.value.landed) == 1
    with web(FEED) as source:
        line.to(source)
        assert [content(d) for d in flow.pull(settings, FEED, ours)] == [path.read_bytes() for path in files]
