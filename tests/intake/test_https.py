"""The state center's API over real HTTPS: pages, a busy server, a wrong token, a certificate nobody vouches for, half a delivery."""

import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
import uvicorn

from pipelines import flow
from pipelines.core.errors import SourceUnavailable, SystemFault
from pipelines.core.settings import Settings
from pipelines.intake.source import Source
from pipelines.intake.transports import https
from pipelines.samples import write_deliveries
from pipelines.samples.server import HOST, make_app, make_certificates

TOKEN = "a-token-for-tests"
Asgi = Callable[..., Any]


@contextmanager
def serving(app: Asgi, folder: Path) -> Iterator[Source]:
    """An app over TLS on a free port of the loopback interface."""
    ca, certificate, key = make_certificates(folder)
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        config = uvicorn.Config(app, ssl_certfile=certificate, ssl_keyfile=key, log_level="critical", lifespan="off")
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
        thread.start()
        try:
            yield Source(f"https://{HOST}:{listener.getsockname()[1]}", TOKEN, str(ca))
        finally:
            server.should_exit = True
            thread.join()


@dataclass
class Bad:
    """An app in front of the API that misbehaves on /tips: `busy` answers first, then whatever `spoil` makes of the path's query."""

    app: Asgi
    busy: int = 0
    status: int = 429
    seen: int = 0

    async def __call__(self, scope: dict[str, Any], receive: Asgi, send: Asgi) -> None:
        if scope["type"] == "http" and scope["path"] == "/tips" and self.seen < self.busy:
            self.seen += 1
            await send({"type": "http.response.start", "status": self.status, "headers": [(b"retry-after", b"0")]})
            await send({"type": "http.response.body", "body": b""})
            return
        await self.app(scope, receive, send)


@pytest.fixture
def inbox(tmp_path: Path) -> Path:
    write_deliveries(tmp_path / "inbox", weeks=2)
    return tmp_path / "inbox" / "stac_tips"


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(https, "LONGEST_WAIT_S", 0.01)


def test_all_pages_arrive_although_the_server_is_busy(settings: Settings, inbox: Path, tmp_path: Path) -> None:
    with serving(Bad(make_app(inbox, TOKEN), busy=4), tmp_path / "tls") as source:
        deliveries = flow.pull(settings, "stac_tips", source)
        assert [d.name for d in deliveries] == sorted(p.name for p in inbox.glob("*.ndjson"))
        for delivery in deliveries:
            lines = (inbox / delivery.name).read_bytes().count(b"\n")
            assert flow.admit(settings, delivery).counts["received"] == lines
        assert flow.pull(settings, "stac_tips", source) == []


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_stays_busy_is_a_fault_that_a_later_run_mends(settings: Settings, inbox: Path, tmp_path: Path, status: int) -> None:
    bad = Bad(make_app(inbox, TOKEN), busy=999, status=status)
    with serving(bad, tmp_path / "tls") as source:
        with pytest.raises(SourceUnavailable, match=f"HTTP {status}"):
            flow.pull(settings, "stac_tips", source)
        assert bad.seen == https.TRIES
        bad.busy = 0
        assert len(flow.pull(settings, "stac_tips", source)) == 2


def test_half_a_delivery_is_not_landed(settings: Settings, inbox: Path, tmp_path: Path) -> None:
    app = make_app(inbox, TOKEN)

    @app.middleware("http")
    async def cut(request: Any, call_next: Asgi) -> Any:
        from fastapi.responses import JSONResponse

        if request.url.path == "/tips":
            return JSONResponse({"items": [{"id": "ST-1"}], "next_cursor": None})
        return await call_next(request)

    with serving(app, tmp_path / "tls") as source, pytest.raises(SourceUnavailable, match="declares"):
        flow.pull(settings, "stac_tips", source)
    assert not [p for p in settings.path("landing").rglob("*") if p.is_file()]


def test_wrong_token_wrong_ca_and_plain_http_stop_loudly(settings: Settings, inbox: Path, tmp_path: Path) -> None:
    other, _, _ = make_certificates(tmp_path / "other")
    with serving(make_app(inbox, TOKEN), tmp_path / "tls") as source:
        with pytest.raises(SystemFault, match="refused the token") as refused:
            flow.pull(settings, "stac_tips", replace(source, token="wrong-token"))
        assert "wrong-token" not in str(refused.value)
        with pytest.raises(SystemFault, match="not signed"):
            flow.pull(settings, "stac_tips", replace(source, ca=str(other)))
        with pytest.raises(SystemFault, match="https://"):
            flow.pull(settings, "stac_tips", replace(source, address=source.address.replace("https", "http")))
    assert TOKEN not in repr(source)
