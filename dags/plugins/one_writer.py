"""Receives the API server's requests; hands them on, those that may write one after the other where Airflow's metadata lie in SQLite.

Airflow 3.3 writes its log of actions on the server's event loop. While another request of the same server holds SQLite's only write lock, that
waits, and the other, which needs the loop to commit, waits for it: both stand still until the lock's timeout, and one ends as a 500.
"""

import asyncio
from typing import Any, ClassVar

from airflow.configuration import conf
from airflow.plugins_manager import AirflowPlugin

READING = frozenset({"GET", "HEAD", "OPTIONS"})


class OneWriter:
    """An ASGI middleware. A request that may write begins when the one before it has ended, its commit included."""

    def __init__(self, app: Any) -> None:
        self._app, self._turn = app, asyncio.Lock()

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """Let a request through when it is its turn."""
        if scope["type"] != "http" or scope["method"] in READING:
            await self._app(scope, receive, send)
            return
        async with self._turn:
            await self._app(scope, receive, send)


class OneWriterPlugin(AirflowPlugin):
    """Tells Airflow of the middleware. Other databases have many writers."""

    name = "one_writer"
    fastapi_root_middlewares: ClassVar[list[dict[str, Any]]] = (
        [{"middleware": OneWriter, "name": "one writer"}] if conf.get("database", "sql_alchemy_conn").startswith("sqlite") else []
    )
