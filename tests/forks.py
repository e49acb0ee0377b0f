"""A process that has imported what runs need and forks a child for each: runs that are killed and started again pay for imports once.

It reads one JSON object per line and answers with one number per line:
    {"start": ["module", "argument", ...], "environment": {...}}    the child's process id (and group); it calls the module's `main`
    {"poll": pid}                                                   its exit code, or null while it runs
"""

import hashlib
import json
import os
import sys
import time
import traceback
from importlib import import_module
from pathlib import Path
from subprocess import PIPE, Popen
from types import TracebackType
from typing import Any

from pipelines.core.files import DRAFT
from pipelines.core.settings import ROOT

NEEDED = ("pandas", "duckdb", "pyarrow.parquet", "pipelines.flow", "pipelines.runner", "pipelines.cli", "pipelines.store", "pipelines.warehouse")


SAID = "The owner keeps the workers' passports. Call 415-555-0133 or write to worker@example.org."


class Forks:
    """The process, seen from a test."""

    def __enter__(self) -> "Forks":
        environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)}
        self._process = Popen([sys.executable, "-m", "tests.forks"], cwd=ROOT, env=environment, stdin=PIPE, stdout=PIPE, text=True)
        return self

    def __exit__(self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.close()
        self._process.stdout.close()
        self._process.wait(30)

    def start(self, *arguments: str, **environment: str) -> int:
        """Fork a child that calls the `main` of the module named first; return its process id."""
        return int(self._ask({"start": arguments, "environment": environment}))

    def poll(self, pid: int) -> int | None:
        """The exit code of a child (minus the signal that ended it), or None while it runs."""
        code: int | None = self._ask({"poll": pid})
        return code

    def _ask(self, question: dict[str, Any]) -> Any:
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(json.dumps(question) + "\n")
        self._process.stdin.flush()
        return json.loads(self._process.stdout.readline())


def ended(forks: Forks, pid: int, seconds: float = 120) -> int:
    """The exit code of a child, when it has ended."""
    deadline = time.monotonic() + seconds
    while (code := forks.poll(pid)) is None:
        assert time.monotonic() < deadline, "a run does not end"
        time.sleep(0.01)
    return code


def watch(forks: Forks, pid: int, home: Path, changes: int) -> bool:
    """Wait until files have come, gone or been renamed so many times, drafts included: a moment of the run's own, however busy the machine is.
    Return whether the run goes on.
    """
    seen: set[str] = set()
    while changes and forks.poll(pid) is None:
        here = {str(Path(folder, name)) for folder, _, names in os.walk(home) for name in names}
        changes -= bool(seen) and here != seen
        seen = here
        time.sleep(0.003)
    return forks.poll(pid) is None


def visible(home: Path) -> dict[str, str]:
    """SHA-256 of every file under a name that anybody reads, but the landing folder (sealed anew each time) and the database."""
    files = [p for p in home.rglob("*") if p.is_file() and DRAFT not in p.name and p.relative_to(home).parts[0] not in ("landing", "warehouse")]
    return {str(p.relative_to(home)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


def child(arguments: list[str], environment: dict[str, str]) -> None:
    """Be a process of its own that runs a module's `main`."""
    os.setsid()
    os.environ.update(environment)
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    code = 1
    try:
        sys.argv = arguments
        import_module(arguments[0]).main()
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(code)


def main() -> None:
    """Import, and serve until the end of the input."""
    for name in NEEDED:
        import_module(name)
    import pyarrow as pa

    from pipelines.gate.mask import mask
    from pipelines.indicators.tag import Tagger
    from pipelines.intake.validate import _contract

    mask(pa.array([SAID]))
    Tagger.load(ROOT / "schemas").tag(pa.array([SAID]))
    for table in ("incidents", "tips"):
        _contract(ROOT / "expectations", ROOT / "schemas", table)
    codes: dict[int, int] = {}
    for line in sys.stdin:
        question = json.loads(line)
        if "start" in question:
            pid = os.fork()
            if not pid:
                child(question["start"], question["environment"])
            print(pid, flush=True)
            continue
        pid = question["poll"]
        if pid not in codes:
            ended, status = os.waitpid(pid, os.WNOHANG)
            if ended:
                codes[pid] = os.waitstatus_to_exitcode(status)
        print(json.dumps(codes.get(pid)), flush=True)


if __name__ == "__main__":
    main()
