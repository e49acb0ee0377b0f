"""The HTTPS server of the simulated centers: an API with cursor pages, and plain files with ETag and Range; bearer tokens, and a bad day
now and then. Receives the tree and the feeds; hands on each feed's service below /<feed>, with a token of its own.
"""

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import uvicorn
from fastapi import Depends, FastAPI, HTTPException, Request, Response
from fastapi.responses import FileResponse

from pipelines.core.catalog import Feed, Https
from pipelines.samples.servers import variables
from pipelines.samples.servers.tls import HOST


def server(root: Path, certificates: tuple[Path, Path, Path], feeds: Sequence[Feed], port: int) -> tuple[uvicorn.Server, dict[str, str]]:
    """The server, ready to run, and what each feed has to know."""
    ca, certificate, key = certificates
    app = FastAPI(openapi_url=None)
    environment: dict[str, str] = {}
    for feed in feeds:
        token = secrets.token_urlsafe(32)
        app.mount(f"/{feed.name}", make_app(root / feed.name, feed, token))
        environment |= variables(feed, SOURCE=f"https://{HOST}:{port}/{feed.name}", TOKEN=token, CA=str(ca))
    config = uvicorn.Config(app, ssl_certfile=certificate, ssl_keyfile=key, log_level="warning", lifespan="off")
    return uvicorn.Server(config), environment


def make_app(folder: Path, feed: Feed, token: str) -> FastAPI:
    """The service of one feed, of the style that its file names."""
    transport = feed.transport
    assert isinstance(transport, Https)
    folder.mkdir(parents=True, exist_ok=True)

    def allow(request: Request) -> None:
        given = request.headers.get("authorization", "")
        if not secrets.compare_digest(given.encode(), f"Bearer {token}".encode()):
            raise HTTPException(401)

    app = FastAPI(openapi_url=None, dependencies=[Depends(allow)])
    (_api if transport.style == "api" else _files)(app, folder, transport, _bad_day())
    return app


def _bad_day() -> Callable[[str], None]:
    """The first request for a thing fails, now and then: clients have to try again."""
    met: set[str] = set()

    def check(what: str) -> None:
        if what not in met:
            met.add(what)
            if len(met) % 4 == 1:
                raise HTTPException(429 if len(met) % 8 == 1 else 503, headers={"Retry-After": "0"})

    return check


def _api(app: FastAPI, folder: Path, transport: Https, bad_day: Callable[[str], None]) -> None:
    """NDJSON files as an API: the list, and GET <path>?delivery=&limit=&cursor=."""

    @app.get(transport.deliveries)
    def deliveries() -> dict[str, Any]:
        return {"deliveries": [{**_listed(path), "items": path.read_bytes().count(b"\n")} for path in _shown(folder)]}

    @app.get(transport.path)
    def page(delivery: str, limit: int = 200, cursor: str = "0") -> dict[str, Any]:
        path = _find(folder, delivery)
        if cursor != "0":
            bad_day(delivery)
        items = path.read_text(encoding="utf-8").splitlines()
        start = int(cursor)
        following = str(start + limit) if start + limit < len(items) else None
        return {"items": [json.loads(item) for item in items[start : start + limit]], "next_cursor": following, "modified": _modified(path)}


def _files(app: FastAPI, folder: Path, transport: Https, bad_day: Callable[[str], None]) -> None:
    """Files as they are: the list, and GET <path>/<name>, whole, in part, or only if it changed (RFC 9110, sections 13 and 14)."""

    @app.get(transport.deliveries)
    def deliveries() -> dict[str, Any]:
        listed = []
        for path in _shown(folder):
            found = path.stat()
            listed.append({**_listed(path), "size": found.st_size, "sha256": _sha256(path, found.st_mtime_ns, found.st_size)})
        return {"deliveries": listed}

    @app.api_route(transport.path + "/{name}", methods=["GET", "HEAD"], response_class=FileResponse)
    def download(name: str, request: Request) -> Response:
        path = _find(folder, name)
        bad_day(name)
        found = path.stat()
        etag = f'"{_sha256(path, found.st_mtime_ns, found.st_size)[:32]}"'
        if request.headers.get("if-none-match") == etag:
            return Response(status_code=304, headers={"ETag": etag})
        return FileResponse(path, headers={"ETag": etag}, media_type="application/octet-stream")


def _shown(folder: Path) -> list[Path]:
    return sorted(path for path in folder.iterdir() if path.is_file() and not path.name.startswith("."))


def _listed(path: Path) -> dict[str, Any]:
    return {"name": path.name, "modified": _modified(path)}


def _modified(path: Path) -> str:
    return datetime.fromtimestamp(path.stat().st_mtime, UTC).isoformat()


def _find(folder: Path, name: str) -> Path:
    path = folder / name
    if path.parent != folder or not path.is_file():
        raise HTTPException(404)
    return path


@lru_cache(maxsize=4096)
def _sha256(path: Path, modified_ns: int, size: int) -> str:
    """The digest of a file, which is read again when its time or size changed."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
