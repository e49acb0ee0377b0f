"""A run that is killed at any moment leaves nothing half there, and running it again gives what an undisturbed run gives."""

import hashlib
import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.core.files import DRAFT
from pipelines.samples import write_deliveries

MOMENTS = 20


def start(home: Path, inbox: Path) -> "subprocess.Popen[bytes]":
    environment = os.environ | {"STAS_HOME": str(home), "STAS_KEY": bytes(range(32)).hex(), "PYTHONDONTWRITEBYTECODE": "1"}
    command = [str(Path(sys.executable).with_name("stas")), "run", "ncric_incidents", "jric_incidents", "--from", str(inbox), "--json"]
    return subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True)


def watch(process: "subprocess.Popen[bytes]", home: Path, changes: int) -> None:
    """Return when files have come, gone or been renamed so many times, drafts included: a moment of the run's own, however busy the machine is."""
    seen: set[str] = set()
    while changes and process.poll() is None:
        here = {str(Path(folder, name)) for folder, _, names in os.walk(home) for name in names}
        changes -= bool(seen) and here != seen
        seen = here
        time.sleep(0.001)


def visible(home: Path) -> dict[str, str]:
    """SHA-256 of every file under a name that anybody reads, but the landing folder (sealed anew each time) and the database."""
    files = [p for p in home.rglob("*") if p.is_file() and DRAFT not in p.name and p.relative_to(home).parts[0] not in ("landing", "warehouse")]
    return {str(p.relative_to(home)): hashlib.sha256(p.read_bytes()).hexdigest() for p in files}


@pytest.mark.slow
def test_killed_at_twenty_moments(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    write_deliveries(inbox, weeks=4)
    undisturbed = start(tmp_path / "whole", inbox)
    assert undisturbed.wait(120) == 0
    expected = visible(tmp_path / "whole")
    assert sum(name.startswith("canonical") for name in expected) == 8
    moments = random.Random(14)
    killed = 0
    for home in (tmp_path / f"killed{i}" for i in range(4)):  # each home is killed five times on its way
        for _ in range(MOMENTS // 4):
            process = start(home, inbox)
            watch(process, home, moments.randrange(1, 30))
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
                killed += 1
            process.wait()
            for name, digest in visible(home).items():
                if name != "key.id":
                    assert expected[name] == digest, f"{name} is there and is not whole"
        last = start(home, inbox)
        assert last.wait(120) == 0
        assert visible(home) == expected
        for path in home.glob("canonical/**/[!.]*.parquet"):
            assert pq.read_metadata(path).num_rows
    assert killed >= MOMENTS // 2, "too few runs were still running when they were killed"
