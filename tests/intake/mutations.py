"""Seeded mutations of good deliveries, on which `stas check` and the pipeline have to agree: verdict, counts, reasons, issues, findings.

Run as `python -m tests.intake.mutations 5000`; it prints what was tried and ends with 1 where they disagree.
"""

import gzip
import io
import json
import os
import sys
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory
from typing import Any

from pipelines import flow
from pipelines.check import PRIVATE, check_files
from pipelines.core.catalog import load_feeds
from pipelines.core.errors import codes_of
from pipelines.core.settings import ROOT, Settings
from pipelines.intake.source import Source

SEED = 20261125
TOGETHER = 50
ARRIVED = datetime(2026, 11, 3, 9, tzinfo=UTC).timestamp()
TEXTS = (b'"', b"\n", b"\r\n", b",", b"{", b"]", b"<", b"13/45/2026", b"Placeholdername", b"415-555-0199", b"0" * 4000)
JUNK = (b"", b"\x00", b"\xff\xfe", b"\xc3", *TEXTS)


def good_files() -> list[tuple[str, str, bytes]]:
    """(feed, name, bytes) of each feed's own sample (tests/feeds), which is small and holds a few bad rows already."""
    found = []
    for feed in load_feeds(ROOT / "schemas"):
        (path,) = [path for path in (ROOT / "tests" / "feeds" / feed).iterdir() if not path.name.startswith("expected_")]
        found.append((feed, path.name, path.read_bytes()))
    return found


def inside(random: Random, name: str, content: bytes, change: Callable[[bytes], bytes]) -> bytes:
    """Change what a compressed file or a workbook holds, and one time in four the file itself."""
    if random.random() < 0.25 or not name.endswith((".gz", ".xlsx")):
        return change(content)
    if name.endswith(".gz"):
        return gzip.compress(change(gzip.decompress(content)), mtime=0)
    written = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as former, zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as book:
        chosen = random.choice([one for one in former.namelist() if "sheet" in one or "Strings" in one])
        for one in former.namelist():
            part = former.read(one)
            book.writestr(zipfile.ZipInfo(one), change(part) if one == chosen else part)
    return written.getvalue()


def flip(random: Random, content: bytes) -> bytes:
    at = random.randrange(len(content))
    return content[:at] + bytes([content[at] ^ 1 << random.randrange(8)]) + content[at + 1 :]


def insert(random: Random, content: bytes) -> bytes:
    at = random.randrange(len(content))
    return content[:at] + random.choice(JUNK) + content[at:]


def overwrite(random: Random, content: bytes) -> bytes:
    at, junk = random.randrange(len(content)), random.choice(JUNK)
    return content[:at] + junk + content[at + len(junk) :]


def cut(random: Random, content: bytes) -> bytes:
    return content[: random.randrange(len(content))]


def drop(random: Random, content: bytes) -> bytes:
    at = random.randrange(len(content))
    return content[:at] + content[at + random.randrange(1, 200) :]


def repeat_line(random: Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    at = random.randrange(len(lines))
    return b"".join([*lines[:at], lines[at], *lines[at:]])


def swap_lines(random: Random, content: bytes) -> bytes:
    lines = content.splitlines(keepends=True)
    i, j = random.randrange(len(lines)), random.randrange(len(lines))
    lines[i], lines[j] = lines[j], lines[i]
    return b"".join(lines)


def mix_lines(random: Random, content: bytes) -> bytes:
    """The first half of one line and the second of another."""
    lines = content.splitlines(keepends=True)
    i, j = random.randrange(len(lines)), random.randrange(len(lines))
    lines[i] = lines[i][: len(lines[i]) // 2] + lines[j][len(lines[j]) // 2 :]
    return b"".join(lines)


def rewrite_digits(random: Random, content: bytes) -> bytes:
    """Another digit in one place: dates, codes and ids that look right and are not."""
    places = [i for i, byte in enumerate(content) if 48 <= byte <= 57]
    if not places:
        return content
    at = random.choice(places)
    return content[:at] + str(random.randrange(10)).encode() + content[at + 1 :]


def newlines(random: Random, content: bytes) -> bytes:
    return content.replace(b"\n", b"\r\n") if random.random() < 0.5 else content.rstrip(b"\r\n")


KINDS: tuple[Callable[[Random, bytes], bytes], ...] = (
    flip,
    insert,
    overwrite,
    cut,
    drop,
    repeat_line,
    swap_lines,
    mix_lines,
    rewrite_digits,
    newlines,
)


def mutants(number: int) -> Iterator[tuple[str, str, bytes, str]]:
    """(feed, name, bytes, what was done), the same for the same number; one in twelve is sent as a test."""
    good = good_files()
    for i in range(number):
        random = Random(f"{SEED}:{i}")
        feed, name, content = good[i % len(good)]
        done = random.choices(KINDS, k=random.choice((1, 1, 1, 2, 3)))

        def change(held: bytes, random: Random = random, done: list[Callable[[Random, bytes], bytes]] = done) -> bytes:
            for kind in done:
                held = kind(random, held or b"\n")
            return held

        content = inside(random, name, content, change) or b"\n"
        yield feed, f"TEST_{name}" if random.random() < 1 / 12 else name, content, ", ".join(kind.__name__ for kind in done)


def compare(number: int) -> tuple[Counter[str], list[str]]:
    """How the mutants fared, and a line for each on which check and pipeline disagree. The pipeline takes them in together, as a backlog."""
    fared: Counter[str] = Counter()
    disagreed: list[str] = []
    with TemporaryDirectory() as place:
        settings = Settings(Path(place) / "home", bytes(range(32)))
        settings.home.mkdir()
        sent = (_sent(Path(place), i, *mutant) for i, mutant in enumerate(mutants(number)))
        while together := list(islice(sent, TOGETHER)):
            try:
                _compare(settings, together, fared, disagreed)
            except Exception as fault:  # whatever a sender sends is the sender's fault and has a receipt: this is one of ours
                disagreed.append(f"{together[0][1]} to {together[-1][1]}: {type(fault).__name__}: {codes_of(fault)}")
    return fared, disagreed


def _sent(folder: Path, number: int, feed: str, name: str, content: bytes, done: str) -> tuple[Path, str, str]:
    path = folder / "sent" / str(number) / name
    path.parent.mkdir(parents=True)
    path.write_bytes(content)
    os.utime(path, (ARRIVED + number, ARRIVED + number))
    return path, f"{number}: {feed} ({done})", feed


def _compare(settings: Settings, together: list[tuple[Path, str, str]], fared: Counter[str], disagreed: list[str]) -> None:
    deliveries = [d for path, _, feed in together for d in flow.pull(settings, feed, Source(str(path.parent), transport="folder"), again=True)]
    receipts = (json.loads(stored.receipt.read_text(encoding="utf-8")) for stored in flow.admit_all(settings, deliveries))
    checks = list(check_files(settings, [(path, feed) for path, _, feed in reversed(together)]))  # in another order: no file may tell on another
    for (_, said, _), admitted, checked in zip(together, receipts, reversed(checks), strict=True):
        fared[_fate(admitted)] += 1
        if differing := [key for key in checked if checked[key] != admitted[key]]:
            disagreed.append(f"{said}: {', '.join(differing)}")


def _fate(receipt: dict[str, Any]) -> str:
    assert set(PRIVATE) <= set(receipt)
    if receipt["error"]:
        return str(receipt["error"]["code"])
    return "quarantined" if receipt["counts"]["quarantined"] else "accepted whole"


def main() -> None:
    """Compare as many as the first argument says."""
    number = int(sys.argv[1])
    fared, disagreed = compare(number)
    print(f"{number} mutants: " + ", ".join(f"{times} {fate}" for fate, times in fared.most_common()))
    print("\n".join(disagreed) or "check and pipeline agree on all")
    sys.exit(bool(disagreed))


if __name__ == "__main__":
    main()
