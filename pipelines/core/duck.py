"""Receives settings; hands on DuckDB connections that cannot reach the network, load an extension or use more memory than a task may."""

from functools import lru_cache

import duckdb

from pipelines.core.crypto import SealedFileSystem
from pipelines.core.settings import Settings


def connect(settings: Settings, path: str = ":memory:", read_only: bool = False, spill: str = "") -> duckdb.DuckDBPyConnection:
    """A connection in UTC whose results keep the order of their input. `path` is a database file; by default there is none.

    What does not fit into memory is an error unless there is a folder to `spill` to, since spilled pages rest in the open.
    """
    config: dict[str, str | bool | int | float | list[str]] = {
        "threads": settings.threads,
        "memory_limit": f"{settings.memory_mb}MiB",
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
        "preserve_insertion_order": True,
    }
    if not read_only:
        config["temp_directory"] = spill
    con = duckdb.connect(path, read_only=read_only, config=config)
    con.execute("SET TimeZone = 'UTC'")
    return con


def scratch(settings: Settings) -> duckdb.DuckDBPyConnection:
    """A connection without a file that reads sealed files. What it registers, and its TEMP tables, are its own.

    To open a database costs 30 ms of CPU, a further connection to it nothing: a process that takes in many deliveries has one.
    """
    con = _memory(settings).cursor()
    con.execute("SET TimeZone = 'UTC'")
    return con


@lru_cache(maxsize=4)
def _memory(settings: Settings) -> duckdb.DuckDBPyConnection:
    con = connect(settings)
    con.register_filesystem(SealedFileSystem(settings))
    return con
