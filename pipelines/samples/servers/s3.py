"""The S3 server of the simulated centers: moto's, over TLS, which checks signatures and permissions. Receives the tree and the feeds; hands on
a bucket per feed with an access key that may read that bucket alone. What lies in the tree is put into the buckets when they are listed.
"""

import json
import logging
import threading
from collections.abc import Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import moto.settings
from moto.core.authorization import ActionAuthenticatorMixin
from moto.core.models import DEFAULT_ACCOUNT_ID
from moto.iam.models import iam_backends
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, MotoRequestHandler, create_backend_app
from moto.s3.models import s3_backends
from werkzeug.serving import make_server

from pipelines.core.catalog import S3, Feed
from pipelines.samples.servers import variables
from pipelines.samples.servers.tls import HOST

REGION = "us-west-2"


def serve(root: Path, certificates: tuple[Path, Path, Path], feeds: Sequence[Feed]) -> dict[str, str]:
    """Start the server in a thread of this process; return what each feed has to know."""
    ca, certificate, key = certificates
    logging.getLogger("werkzeug").setLevel(logging.WARNING)
    app = _Publishing(DomainDispatcherApplication(create_backend_app), [_Bucket(root / feed.name, feed) for feed in feeds])
    server = make_server(HOST, 0, app, threaded=True, request_handler=_Handler, ssl_context=(str(certificate), str(key)))
    environment: dict[str, str] = {}
    for feed in feeds:
        access, secret = _reader(feed.name)
        address = f"https://{HOST}:{server.server_port}/{_bucket(feed)}"
        environment |= variables(feed, SOURCE=address, ACCESS=access, SECRET=secret, CA=str(ca))
    moto.settings.INITIAL_NO_AUTH_ACTION_COUNT = 0  # from now on every request is checked
    ActionAuthenticatorMixin.request_count = 0
    threading.Thread(target=server.serve_forever, daemon=True).start()
    return environment


def _bucket(feed: Feed) -> str:
    return feed.name.replace("_", "-")


def _reader(name: str) -> tuple[str, str]:
    """A user who may list and read the bucket of a feed: access key and secret."""
    users, bucket = iam_backends[DEFAULT_ACCOUNT_ID]["aws"], name.replace("_", "-")
    users.create_user(REGION, name)
    allowed = {"Effect": "Allow", "Action": ["s3:ListBucket", "s3:GetObject"], "Resource": [f"arn:aws:s3:::{bucket}", f"arn:aws:s3:::{bucket}/*"]}
    users.put_user_policy(name, "read", json.dumps({"Version": "2012-10-17", "Statement": [allowed]}))
    key = users.create_access_key(name)
    return key.access_key_id, key.secret_access_key


class _Handler(MotoRequestHandler):
    """Keeps connections open between requests."""

    protocol_version = "HTTP/1.1"


class _Bucket:
    """A bucket that follows a folder: objects appear, change and vanish with its files, and are as old as those."""

    def __init__(self, folder: Path, feed: Feed) -> None:
        assert isinstance(feed.transport, S3)
        folder.mkdir(parents=True, exist_ok=True)
        self._folder, self._prefix, self._name = folder, feed.transport.prefix, _bucket(feed)
        self._put: dict[str, tuple[int, int]] = {}
        self._backend = s3_backends[DEFAULT_ACCOUNT_ID]["aws"]
        self._backend.create_bucket(self._name, REGION)

    def publish(self) -> None:
        """Make the bucket what the folder is."""
        there = {path.name: path for path in self._folder.iterdir() if path.is_file()}
        for name in sorted(self._put.keys() - there.keys()):
            self._backend.delete_object(self._name, self._prefix + name)
            del self._put[name]
        for name, path in sorted(there.items()):
            found = path.stat()
            state = (found.st_mtime_ns, found.st_size)
            if self._put.get(name) != state:
                object_ = self._backend.put_object(self._name, self._prefix + name, path.read_bytes())
                object_.last_modified = datetime.fromtimestamp(found.st_mtime, UTC).replace(tzinfo=None)
                self._put[name] = state


class _Publishing:
    """A WSGI application that brings the buckets up to date before a list is asked for."""

    def __init__(self, app: Callable[..., Iterable[bytes]], buckets: list[_Bucket]) -> None:
        self._app, self._buckets, self._lock = app, buckets, threading.Lock()

    def __call__(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if "list-type=2" in environ.get("QUERY_STRING", ""):
            with self._lock:
                for bucket in self._buckets:
                    bucket.publish()
        return self._app(environ, start_response)
