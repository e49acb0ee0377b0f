"""One of several workers: admits every landed delivery of every feed in an order of its own.

python -m tests.feeds.worker HOME KEY SEED
"""

import sys
from pathlib import Path
from random import Random

from pipelines import flow
from pipelines.core.settings import Settings


def main() -> None:
    """The feeds in any order, each feed's deliveries in any order, some of them twice; a feed's are admitted as a task of Airflow does."""
    home, key, seed = sys.argv[1:]
    settings = Settings(Path(home), bytes.fromhex(key))
    random = Random(int(seed))
    feeds = sorted(path.name for path in settings.path("landing").iterdir())
    random.shuffle(feeds)
    for feed in feeds:
        landed = sorted(path.name for path in settings.path("landing", feed).glob("[!.]*"))
        order = [*landed, *random.choices(landed, k=len(landed) // 2)]
        random.shuffle(order)
        assert list(flow.admit_all(settings, [flow.landed(settings, feed, one) for one in order]))
        flow.review(settings, feed)


if __name__ == "__main__":
    main()
