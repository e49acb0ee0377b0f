"""`make bench`: ours against a floor, in interleaved rounds of one run; the median of the ratios of each round, as a Markdown table."""

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median

from tests.bench.formats import report
from tests.bench.generate import DIALECTS, NAMES

ROUNDS = 5
SEED = 20261101
CASES = (("jric_incidents", 1_000_000), ("jric_incidents", 100_000), ("ncric_incidents", 100_000), ("stac_tips", 10_000))
KINDS = ("floor", "ours", "contract")
Figures = dict[str, float]


def measure(kind: str, folder: Path, feed: str) -> Figures:
    """Run one piece of work in its own process, alone on one thread."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.work", kind, str(folder), feed]
    environment = os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=600, check=False)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    found: Figures = json.loads(done.stdout.splitlines()[-1])
    return found


def case(feed: str, rows: int, rounds: int) -> dict[str, list[Figures]]:
    """The rounds of one file."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        DIALECTS[feed](folder / NAMES[feed], rows, SEED)
        figures: dict[str, list[Figures]] = {kind: [] for kind in KINDS}
        for _ in range(rounds):
            for kind in KINDS:
                figures[kind].append(measure(kind, folder, feed))
        return figures


def line(feed: str, rows: int, figures: dict[str, list[Figures]]) -> str:
    """One row of the table."""
    cpu = {kind: median(f["cpu_s"] for f in figures[kind]) for kind in KINDS}
    ratio = {kind: median(ours["cpu_s"] / floor["cpu_s"] for ours, floor in zip(figures[kind], figures["floor"], strict=True)) for kind in KINDS[1:]}
    peak = {kind: max(f["peak_mib"] for f in figures[kind]) for kind in KINDS[1:]}
    cells = [feed, f"{rows:,}", f"{cpu['floor']:.2f} s"]
    cells += [f"{cpu[kind]:.2f} s, {ratio[kind]:.2f}x, {peak[kind]:.0f} MiB" for kind in KINDS[1:]]
    return f"| {' | '.join(cells)} |"


def main() -> None:
    """All cases, then three times the largest, once, for its memory."""
    print("| Feed | Records | Floor: DuckDB COPY | Normalize to store | With Great Expectations |\n|---|---|---|---|---|")
    for feed, rows in CASES:
        print(line(feed, rows, case(feed, rows, ROUNDS)), flush=True)
    print(line("jric_incidents", 3_000_000, case("jric_incidents", 3_000_000, 1)))


if __name__ == "__main__":
    if sys.argv[1:] == ["formats"]:
        report()
    else:
        main()
