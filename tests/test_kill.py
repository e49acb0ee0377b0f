"""A run that is killed at any moment leaves nothing half there, and running it again gives what an undisturbed run gives."""

import os
import random
import signal
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from pipelines.samples import write_deliveries
from tests.forks import Forks, ended, visible, watch

MOMENTS = 20


def start(forks: Forks, home: Path, inbox: Path) -> int:
    arguments = ("run", "ncric_incidents", "jric_incidents", "--from", str(inbox), "--json")
    return forks.start("pipelines.cli", *arguments, STAS_HOME=str(home), STAS_KEY=bytes(range(32)).hex())


@pytest.mark.slow
def test_killed_at_twenty_moments(tmp_path: Path) -> None:
    inbox = tmp_path / "inbox"
    write_deliveries(inbox, weeks=4)
    moments = random.Random(14)
    killed = 0
    with Forks() as forks:
        assert ended(forks, start(forks, tmp_path / "whole", inbox)) == 0
        expected = visible(tmp_path / "whole")
        assert sum(name.startswith("canonical") for name in expected) == 8
        for home in (tmp_path / f"killed{i}" for i in range(4)):  # each home is killed five times on its way
            for _ in range(MOMENTS // 4):
                pid = start(forks, home, inbox)
                if watch(forks, pid, home, moments.randrange(1, 30)):
                    os.killpg(pid, signal.SIGKILL)
                    killed += 1
                ended(forks, pid)
                for name, digest in visible(home).items():
                    if name != "key.id":
                        assert expected[name] == digest, f"{name} is there and is not whole"
            assert ended(forks, start(forks, home, inbox)) == 0
            assert visible(home) == expected
            for path in home.glob("canonical/**/[!.]*.parquet"):
                assert pq.read_metadata(path).num_rows
    assert killed >= MOMENTS // 2, "too few runs were still running when they were killed"
