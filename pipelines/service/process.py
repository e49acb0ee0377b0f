"""Receives a command; hands on a process group of its own that outlives whoever started it, and ends it whole; refuses nothing."""

import os
import signal
import subprocess
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

import psutil


def start(command: list[str], log: Path, cwd: Path, environment: Mapping[str, str]) -> int:
    """Start a command in a session of its own, its output appended to `log`; return its process group. Its files are the owner's alone."""
    with log.open("ab") as output:
        process = subprocess.Popen(
            command,
            cwd=cwd,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            umask=0o077,
        )
    process.returncode = 0  # it is not ours to wait for: Python would warn that it still runs
    return process.pid


def members(groups: tuple[int, ...], environment: str = "") -> list[psutil.Process]:
    """Living processes of the groups, all that descends from them, and whatever was started with the `NAME=value` given."""
    name, _, value = environment.partition("=")
    found: set[psutil.Process] = set()
    for process in psutil.process_iter():
        with suppress(psutil.Error, ProcessLookupError, PermissionError):
            if process.pid == os.getpid() or process.status() == psutil.STATUS_ZOMBIE:
                continue
            if os.getpgid(process.pid) in groups:
                found |= {process, *process.children(recursive=True)}
            elif name and process.environ().get(name) == value:
                found.add(process)
    return sorted(found, key=lambda process: process.pid)


def end(groups: tuple[int, ...], environment: str, patience_s: float) -> None:
    """Ask all members to end, and kill after `patience_s` seconds those that have not."""
    ours = set(members(groups, environment))
    for number in (signal.SIGTERM, signal.SIGKILL):
        ours |= set(members(groups, environment))  # what began meanwhile
        for process in ours:
            with suppress(psutil.Error):
                process.send_signal(number)
        deadline = time.monotonic() + patience_s
        while any(_lives(process) for process in ours) and time.monotonic() < deadline:
            time.sleep(0.2)


def _lives(process: psutil.Process) -> bool:
    with suppress(psutil.Error):
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    return False
