"""Four workers take all feeds' deliveries in, each in an order of its own, repeated, and killed at random: the same bytes as one undisturbed."""

import os
import signal
from pathlib import Path
from random import Random

import pytest

from pipelines.core.settings import Settings
from pipelines.samples.centers import FEEDS
from pipelines.store import FORBIDDEN
from tests.conftest import KEY
from tests.feeds.test_truth import telling_deliveries
from tests.feeds.truth import land_sent
from tests.forks import Forks, ended, visible, watch

WORKERS = 4
KILLS = 4


def start(forks: Forks, home: Path, seed: int) -> int:
    return forks.start("tests.feeds.worker", str(home), KEY.hex(), str(seed))


def landed(home: Path) -> Settings:
    """A home with the last deliveries of every feed and the telling ones landed; not those whose bytes must not stay."""
    home.mkdir()
    settings = Settings(home, KEY)
    for sent in telling_deliveries():
        if sent.code not in FORBIDDEN:
            land_sent(settings, sent)
    return settings


@pytest.mark.slow
def test_four_workers_in_any_order_killed_and_started_again(tmp_path: Path) -> None:
    alone, together = landed(tmp_path / "alone"), landed(tmp_path / "together")
    random, seeds, killed = Random(35), iter(range(1, 100)), 0
    with Forks() as forks:
        assert ended(forks, start(forks, alone.home, 0), 300) == 0
        expected = visible(alone.home)
        assert {name.split("/")[1] for name in expected if name.startswith("receipts")} == set(FEEDS)
        workers = [start(forks, together.home, next(seeds)) for _ in range(WORKERS)]
        for _ in range(KILLS):
            number = random.randrange(WORKERS)
            if watch(forks, workers[number], together.home, random.randrange(20, 120)):
                os.killpg(workers[number], signal.SIGKILL)
                killed += 1
            ended(forks, workers[number])
            workers[number] = start(forks, together.home, next(seeds))
        assert [ended(forks, worker, 300) for worker in workers] == [0] * WORKERS
        assert killed >= KILLS // 2, "too few workers were still at work when they were to be killed"
        assert visible(together.home) == expected
