"""The state center's API over real HTTPS: pages, a busy server, a wrong token, a certificate nobody vouches for, half a delivery."""

import json
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from pipelines import flow
from pipelines.core.errors import PullIncomplete, SourceUnavailable, SystemFault
from pipelines.core.settings import Settings
from pipelines.intake.transports import attempts, https
from pipelines.samples.servers.tls import make_certificates

pytestmark = pytest.mark.slow

FEED = "stac_tips"
A, B = "tips_2026-10-05.ndjson", "tips_2026-10-12.ndjson"
ITEMS = 120
Asgi = Callable[..., Any]


@dataclass
class Bad:
    """A service that misbehaves on /tips: `answers` come first, as (status, headers, body); then pages, spoilt."""

    app: Asgi
    answers: list[tuple[int, dict[str, str], bytes]] = field(default_factory=list)
    spoil: Callable[[dict[str, Any]], dict[str, Any]] | None = None
    seen: int = 0

    async def __call__(self, scope: dict[str, Any], receive: Asgi, send: Asgi) -> None:
        if scope["type"] != "http" or scope["path"] != "/tips":
            return await self.app(scope, receive, send)
        self.seen += 1
        if self.answers:
            return await self._answer(send, *self.answers.pop(0))
        if self.spoil is None:
            return await self.app(scope, receive, send)
        page: list[bytes] = []

        async def keep(message: dict[str, Any]) -> None:
            page.append(message.get("body", b""))

        await self.app(scope, receive, keep)
        body = json.dumps(self.spoil(json.loads(b"".join(page)))).encode()
        return await self._answer(send, 200, {}, body)

    async def _answer(self, send: Asgi, status: int, headers: dict[str, str], body: bytes) -> None:
        raw = [(name.encode(), value.encode()) for name, value in {**headers, "content-length": str(len(body))}.items()]
        await send({"type": "http.response.start", "status": status, "headers": raw})
        await send({"type": "http.response.body", "body": body})


BUSY = (429, {"retry-after": "0"}, b"")


@pytest.fixture
def tips(root: Path, tip: Any, to_ndjson: Any) -> dict[str, bytes]:
    """Two deliveries of the API, as they should land."""
    (root / FEED).mkdir()
    made = {}
    for name, first in ((A, 1), (B, 1000)):
        items = [tip(first + i) for i in range(ITEMS)]
        (root / FEED / name).write_bytes(to_ndjson(items))
        made[name] = to_ndjson([dict(sorted(item.items())) for item in items])
    return made


def read_all(found: list[Any], content: Any) -> dict[str, list[Any]]:
    return {d.name: [json.loads(line) for line in content(d).splitlines()] for d in found}


def parsed(tips: dict[str, bytes]) -> dict[str, list[Any]]:
    return {name: [json.loads(line) for line in lines.splitlines()] for name, lines in tips.items()}


def landed(settings: Settings) -> list[Path]:
    return [path for path in settings.path("landing").rglob("*") if path.is_file()]


def test_all_pages_arrive_although_the_server_is_busy_and_breaks_off(settings: Settings, web: Any, tips: Any, content: Any, line: Any) -> None:
    half = b'{"items": [{"id": "ST-1"'
    answers = [BUSY, (503, {}, b""), (200, {}, half), (500, {"retry-after": "soon"}, b"")]
    with web(FEED, lambda app: Bad(app, answers)) as source:
        line.budgets = [20_000, 30_000]
        found = flow.pull(settings, FEED, line.to(source))
        assert answers == [] and line.budgets == []
        assert read_all(found, content) == parsed(tips)
        assert flow.pull(settings, FEED, source) == found


@pytest.mark.parametrize("status", [429, 503])
def test_a_server_that_stays_busy_is_a_fault_that_a_later_run_mends(settings: Settings, web: Any, tips: Any, content: Any, status: int) -> None:
    services: list[Bad] = []

    def storm(app: Asgi) -> Bad:
        services.append(Bad(app, [(status, {"retry-after": "0"}, b"")] * 999))
        return services[0]

    with web(FEED, storm) as source:
        with pytest.raises(SourceUnavailable, match=f"HTTP {status}"):
            flow.pull(settings, FEED, source)
        assert services[0].seen == attempts.TRIES  # the second delivery is not even tried
        services[0].answers.clear()
        assert read_all(flow.pull(settings, FEED, source), content) == parsed(tips)


@pytest.mark.parametrize("asked", ["3600", "Wed, 21 Oct 2099 07:28:00 GMT"])
def test_a_server_that_asks_for_an_hour_is_left_alone(settings: Settings, web: Any, tips: Any, asked: str) -> None:
    services: list[Bad] = []

    def busy(app: Asgi) -> Bad:
        services.append(Bad(app, [(429, {"retry-after": asked}, b"")]))
        return services[0]

    with web(FEED, busy) as source, pytest.raises(SourceUnavailable, match="left alone"):
        flow.pull(settings, FEED, source)
    assert services[0].seen == 1


def shortened(page: dict[str, Any]) -> dict[str, Any]:
    return {**page, "items": page["items"][:-1]}


def endless(page: dict[str, Any]) -> dict[str, Any]:
    return {**page, "items": [], "next_cursor": "50"}


def changed(page: dict[str, Any]) -> dict[str, Any]:
    return {**page, "modified": "2026-11-01T00:00:00Z"}


@pytest.mark.parametrize(("spoil", "message"), [(shortened, "declares 120 items, 117 came"), (endless, "do not end"), (changed, "changed while")])
def test_a_delivery_that_is_not_what_was_declared_is_left(settings: Settings, web: Any, tips: Any, content: Any, spoil: Any, message: str) -> None:
    services: list[Bad] = []

    def spoilt(app: Asgi) -> Bad:
        services.append(Bad(app, spoil=lambda page: spoil(page) if page["items"][0]["id"] < "ST-001000" else page))
        return services[0]

    with web(FEED, spoilt) as source:
        with pytest.raises(PullIncomplete, match=message) as fault:
            flow.pull(settings, FEED, source)
        assert [flow.landed(settings, FEED, one).name for one in fault.value.landed] == [B]
        assert len(landed(settings)) == 1
        services[0].spoil = None
        assert read_all(flow.pull(settings, FEED, source), content) == parsed(tips)


def test_an_answer_that_does_not_end_is_not_taken_in(settings: Settings, web: Any, tips: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(https, "LONGEST_ANSWER", 10_000)
    with web(FEED) as source, pytest.raises(SystemFault, match="over 10000 bytes"):
        flow.pull(settings, FEED, source)


@pytest.mark.parametrize("body", [b"[]", b'{"items": 3}', b'{"items": ["x"]}'])
def test_an_answer_of_another_shape_stops_loudly(settings: Settings, web: Any, tips: Any, body: bytes) -> None:
    with web(FEED, lambda app: Bad(app, [(200, {}, body)])) as source, pytest.raises(SystemFault, match="agreed") as fault:
        flow.pull(settings, FEED, source)
    assert not isinstance(fault.value, SourceUnavailable) and not landed(settings)


def test_a_token_that_expires_half_way_costs_what_has_landed_nothing(settings: Settings, web: Any, tips: Any, content: Any) -> None:
    with web(FEED, lambda app: Expiring(app, after=1 + 3 + 2)) as source, pytest.raises(SystemFault, match="Renew STAS_TOKEN_STAC_TIPS"):
        flow.pull(settings, FEED, source)
    assert len(landed(settings)) == 1
    with web(FEED) as source:
        assert read_all(flow.pull(settings, FEED, source), content) == parsed(tips)


@dataclass
class Expiring:
    """A service whose token is good for so many requests."""

    app: Asgi
    after: int

    async def __call__(self, scope: dict[str, Any], receive: Asgi, send: Asgi) -> None:
        self.after -= 1
        if self.after < 0:
            scope = {**scope, "headers": [h for h in scope["headers"] if h[0] != b"authorization"]}
        await self.app(scope, receive, send)


def test_wrong_token_wrong_ca_plain_http_and_a_redirect_stop_loudly(settings: Settings, web: Any, tips: Any, tmp_path: Path) -> None:
    other, _, _ = make_certificates(tmp_path / "other")
    with web(FEED) as source:
        for bad, message in (
            (replace(source, token="wrong-token"), "refused the token"),
            (replace(source, ca=str(other)), "not signed"),
            (replace(source, ca=str(tmp_path / "none")), "STAS_CA_STAC_TIPS"),
            (replace(source, address=source.address.replace("https", "http")), "https://"),
        ):
            with pytest.raises(SystemFault, match=message) as fault:
                flow.pull(settings, FEED, bad)
            assert "wrong-token" not in f"{fault.value!r}{fault.value.__cause__!r}" and not isinstance(fault.value, SourceUnavailable)
    elsewhere = (302, {"location": "https://example.org/"}, b"")
    with web(FEED, lambda app: Bad(app, [elsewhere])) as source, pytest.raises(SystemFault, match="HTTP 302"):
        flow.pull(settings, FEED, source)
    assert not landed(settings)
