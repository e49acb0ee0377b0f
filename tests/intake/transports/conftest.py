"""Real servers on the loopback interface, a line between them and us that breaks on demand, and deliveries to fetch."""

import asyncio
import gc
import json
import os
import random
import socket
import sys
import threading
import time
import warnings
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from dataclasses import replace
from pathlib import Path
from typing import Any

import asyncssh
import pytest
import uvicorn

from pipelines import flow
from pipelines.core.catalog import feed_named
from pipelines.core.crypto import SealedReader
from pipelines.core.handles import Delivery
from pipelines.core.settings import ROOT, Settings
from pipelines.intake.source import Source
from pipelines.intake.transports import attempts
from pipelines.samples.servers import https, read_ready, sftp
from pipelines.samples.servers.tls import HOST, make_certificates
from pipelines.service import process

TOKEN = "a-token-for-tests"


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(attempts, "FIRST_WAIT_S", 0.01)
    monkeypatch.setattr(attempts, "TIMEOUT_S", 20.0)  # a busy machine is no fault


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The tree that the servers show: <root>/<feed>/<files>."""
    (tmp_path / "root").mkdir()
    return tmp_path / "root"


@pytest.fixture
def put(root: Path) -> Callable[..., Path]:
    """Write a delivery of so many random bytes to the tree."""

    def write(feed: str, name: str, size: int = 1000) -> Path:
        path = root / feed / name
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(random.Random(f"{feed}{name}{size}").randbytes(size))
        return path

    return write


@pytest.fixture
def content(settings: Settings) -> Callable[[Delivery], bytes]:
    """What landed of a delivery."""

    def read(delivery: Delivery) -> bytes:
        with SealedReader(settings, delivery.path) as file:
            return file.read()

    return read


class Line:
    """A TCP line to a server. Each connection brings `budgets[i]` bytes to us and then breaks (None: never), or stands still if `hold`."""

    def __init__(self) -> None:
        self.budgets: list[int | None] = []
        self.hold = False
        self.brought = 0
        self.upstream = 0
        self._open: list[socket.socket] = []
        self._listener = socket.create_server((HOST, 0))
        self.port: int = self._listener.getsockname()[1]
        self._threads = ThreadPoolExecutor(32)
        self._threads.submit(self._accept)

    def to(self, source: Source) -> Source:
        """The same source, by this line."""
        self.upstream = source.url.port or 0
        return replace(source, address=source.address.replace(f":{self.upstream}", f":{self.port}"))

    def _accept(self) -> None:
        with suppress(OSError):
            while True:
                ours, _ = self._listener.accept()
                self._open.append(ours)
                budget = self.budgets.pop(0) if self.budgets else None
                try:
                    theirs = socket.create_connection((HOST, self.upstream))
                except OSError:
                    ours.close()
                    continue
                self._open.append(theirs)
                for end in (ours, theirs):
                    end.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                self._threads.submit(self._carry, ours, theirs, None)
                self._threads.submit(self._carry, theirs, ours, budget)

    def _carry(self, source: socket.socket, target: socket.socket, budget: int | None) -> None:
        with suppress(OSError):
            while data := source.recv(16_384):
                if budget is not None:
                    data, budget = data[:budget], budget - len(data)
                target.sendall(data)
                self.brought += len(data)
                if budget is not None and budget <= 0:
                    for end in () if self.hold else (source, target):
                        end.shutdown(socket.SHUT_RDWR)
                    return
            target.shutdown(socket.SHUT_WR)

    def close(self) -> None:
        with suppress(OSError):
            self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for end in self._open:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self._threads.shutdown()


@pytest.fixture
def line() -> Iterator[Line]:
    made = Line()
    yield made
    made.close()


@pytest.fixture(scope="session")
def certificates(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path, Path]:
    return make_certificates(tmp_path_factory.mktemp("tls"))


@pytest.fixture
def web(root: Path, certificates: tuple[Path, Path, Path]) -> Callable[..., Any]:
    """Serve a feed over HTTPS; `wrap` may put something between the server and its service."""
    ca, certificate, key = certificates

    @contextmanager
    def serving(feed: str, wrap: Callable[[Any], Any] = lambda app: app) -> Iterator[Source]:
        app = wrap(https.make_app(root / feed, feed_named(ROOT / "schemas", feed), TOKEN))
        with socket.socket() as listener:
            listener.bind((HOST, 0))
            listener.listen()  # from now on, and not only when the thread gets there
            config = uvicorn.Config(app, ssl_certfile=certificate, ssl_keyfile=key, log_level="critical", lifespan="off", loop="asyncio")
            server = uvicorn.Server(config)
            thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]})
            thread.start()
            try:
                yield Source(f"https://{HOST}:{listener.getsockname()[1]}", TOKEN, str(ca))
            finally:
                server.should_exit = server.force_exit = True
                thread.join()
                with warnings.catch_warnings():  # connections of the server's that a test cut are not closed politely
                    warnings.simplefilter("ignore", ResourceWarning)
                    gc.collect()

    return serving


@pytest.fixture(scope="session")
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """An event loop in a thread of its own."""
    made = asyncio.new_event_loop()
    thread = threading.Thread(target=made.run_forever)
    thread.start()
    yield made
    made.call_soon_threadsafe(made.stop)
    thread.join()
    made.close()


@pytest.fixture
def ssh(root: Path, tmp_path: Path, loop: asyncio.AbstractEventLoop) -> Callable[..., Any]:
    """Serve a feed over SFTP, always under the same keys, so that a server can be started anew."""
    host_key, key = (asyncssh.generate_private_key("ssh-ed25519") for _ in range(2))
    keyfile = tmp_path / "ours.key"
    keyfile.write_bytes(key.export_private_key())

    @contextmanager
    def serving(feed: str) -> Iterator[Source]:
        found = feed_named(ROOT / "schemas", feed)
        listening = sftp.listen(root, tmp_path, [found], host_key, {feed: key.convert_to_public()})
        acceptor = asyncio.run_coroutine_threadsafe(listening, loop).result(10)
        try:
            hostkey = host_key.export_public_key().decode()
            yield Source(f"sftp://{feed}@{HOST}:{acceptor.get_port()}", keyfile=str(keyfile), hostkey=hostkey)
        finally:
            loop.call_soon_threadsafe(acceptor.close)
            asyncio.run_coroutine_threadsafe(acceptor.wait_closed(), loop).result(10)

    return serving


@contextmanager
def _growing(path: Path) -> Iterator[None]:
    stop = threading.Event()

    def write() -> None:
        with path.open("ab") as file:
            while not stop.wait(0.001):
                file.write(b"more\n" * 1000)
                file.flush()

    thread = threading.Thread(target=write)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


@pytest.fixture
def growing() -> Callable[[Path], Any]:
    """A sender who goes on writing to a file."""
    return _growing


@pytest.fixture
def admit_all(settings: Settings) -> Callable[[str, Source], list[dict[str, Any]]]:
    """Pull and admit what there is; give the receipts."""

    def run(feed: str, source: Source) -> list[dict[str, Any]]:
        return [json.loads(flow.admit(settings, one).receipt.read_text(encoding="utf-8")) for one in flow.pull(settings, feed, source)]

    return run


@contextmanager
def _servers(root: Path, *feeds: str, weeks: int = 0) -> Iterator[dict[str, str]]:
    """Serve what lies in the tree, or with `weeks` what `stas sample --serve` writes there."""
    place = root / ".servers"
    place.mkdir(mode=0o700, exist_ok=True)
    ready = place / "ready.env"
    command = [sys.executable, "-m", "pipelines.samples.servers", "--root", str(root), "--ready-file", str(ready), *feeds]
    if weeks:
        command = [str(Path(sys.executable).with_name("stas")), "sample", str(root), "--weeks", str(weeks), "--serve"]
    group = process.start(command, place / "log", ROOT, os.environ)
    try:
        deadline = time.monotonic() + 90
        while not ready.exists() and process.members((group,)) and time.monotonic() < deadline:
            time.sleep(0.05)
        assert ready.exists(), (place / "log").read_text()
        yield read_ready(ready)
    finally:
        process.end((group,), "", 5)


@pytest.fixture(scope="session")
def servers() -> Callable[..., Any]:
    """The simulated centers' servers in a process of their own; gives the environment that the feeds need."""
    return _servers
