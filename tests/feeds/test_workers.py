"""Four workers take all feeds' deliveries in, each in an order of its own, repeated, and killed at random: the same bytes as one undisturbed."""

import os
import signal
import subprocess
import sys
import time
from datetime import timedelta
from pathlib import Path
from random import Random

import pytest

from pipelines.core.settings import Settings
from pipelines.samples import LAST_WEEK
from pipelines.samples.centers import FEEDS
from pipelines.store import FORBIDDEN
from tests.conftest import KEY, ROOT
from tests.feeds.test_truth import TELLING
from tests.feeds.truth import land_sent, of_weeks
from tests.test_kill import visible

WORKERS = 4
KILLS = 4


def start(home: Path, seed: int) -> "subprocess.Popen[bytes]":
    command = [sys.executable, "-m", "tests.feeds.worker", str(home), KEY.hex(), str(seed)]
    environment = os.environ | {"PYTHONDONTWRITEBYTECODE": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.Popen(command, cwd=ROOT, env=environment, start_new_session=True)


def landed(home: Path) -> Settings:
    """A home with the last deliveries of every feed and the telling ones landed; those whose bytes must not stay apart."""
    home.mkdir()
    settings = Settings(home, KEY)
    for feed in sorted(FEEDS):
        for sent in of_weeks([LAST_WEEK - timedelta(weeks=week) for week in {0, 1, *TELLING.get(feed, ())}], (feed,)):
            if sent.code not in FORBIDDEN:
                land_sent(settings, sent)
    return settings


@pytest.mark.slow
def test_four_workers_in_any_order_killed_and_started_again(tmp_path: Path) -> None:
    alone, together = landed(tmp_path / "alone"), landed(tmp_path / "together")
    assert start(alone.home, 0).wait(300) == 0
    expected = visible(alone.home)
    assert {name.split("/")[1] for name in expected if name.startswith("receipts")} == set(FEEDS)

    random = Random(35)
    seeds = iter(range(1, 100))
    workers = [start(together.home, next(seeds)) for _ in range(WORKERS)]
    killed = 0
    for _ in range(KILLS):
        time.sleep(random.uniform(4, 11))
        number = random.randrange(WORKERS)
        if workers[number].poll() is None:
            os.killpg(workers[number].pid, signal.SIGKILL)
            killed += 1
        workers[number].wait()
        workers[number] = start(together.home, next(seeds))
    assert [worker.wait(300) for worker in workers] == [0] * WORKERS
    assert killed >= KILLS // 2, "too few workers were still at work when they were to be killed"
    assert visible(together.home) == expected
