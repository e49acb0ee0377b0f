"""One of several workers: admits every landed delivery of every feed in an order of its own.

python -m tests.feeds.worker HOME KEY SEED
"""

import sys
from itertools import groupby
from pathlib import Path
from random import Random

from pipelines import flow
from pipelines.core.settings import Settings


def main() -> None:
    """Shuffled, some of them twice; those of one feed that follow each other are admitted together, as a task of Airflow does."""
    home, key, seed = sys.argv[1:]
    settings = Settings(Path(home), bytes.fromhex(key))
    landed = [(path.parent.name, path.name) for path in sorted(settings.path("landing").glob("*/[!.]*"))]
    random = Random(int(seed))
    order = [*landed, *random.choices(landed, k=len(landed) // 4)]
    random.shuffle(order)
    for feed, some in groupby(order, key=lambda one: one[0]):
        assert list(flow.admit_all(settings, [flow.landed(settings, feed, one) for _, one in some]))
        flow.review(settings, feed)


if __name__ == "__main__":
    main()
