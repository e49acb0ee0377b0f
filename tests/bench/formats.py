"""`python -m tests.bench formats`: reading of each format against a peer on the same file, in interleaved rounds; and the whole intake of
mixed records against dlt. CPU-seconds after imports, each piece of work in a process of its own; medians of the ratios of each round.
"""

import io
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from importlib import import_module
from pathlib import Path
from random import Random
from statistics import median
from typing import Any

ROUNDS, SEED = 5, 20261101
ROWS = {"csv": 100_000, "ndjson": 100_000, "xlsx": 5_000, "nibrs_flat": 100_000, "xml": 20_000}
SHARE = {"csv": 30_000, "ndjson": 30_000, "xml": 20_000, "xlsx": 5_000, "nibrs_flat": 15_000}  # of 100,000 mixed records
NAMES = [f"field_{i:02}" for i in range(20)]
COLUMNS = {
    "csv": NAMES,
    "ndjson": NAMES,
    "xlsx": NAMES,
    "xml": [f"Tip/{name}" for name in NAMES],
    "nibrs_flat": ["ori", "incident_number", "offence_codes", "victim_ages"],
}
FORMATS: dict[str, dict[str, Any]] = {
    "csv": {"kind": "csv"},
    "ndjson": {"kind": "ndjson"},
    "xlsx": {"kind": "xlsx", "sheet": "Tips"},
    "xml": {"kind": "xml", "record": "Exchange/Tips/Tip"},
    "nibrs_flat": {"kind": "nibrs_flat"},
}
TARGETS = {
    "csv": "at most 1.5x DuckDB",
    "ndjson": "at most 1.5x DuckDB",
    "xlsx": "at least 8x",
    "xml": "at least 1.5x",
    "nibrs_flat": "at least 500k lines/s",
}


def records(rows: int) -> Iterator[list[str]]:
    """Rows of 19 short values and a text of about 300 bytes. All invented."""
    random = Random(SEED)
    text = [" ".join(random.choice(("worker", "hotel", "debt", "room", "paid", "late")) for _ in range(55)) for _ in range(500)]
    for i in range(rows):
        yield [f"R-{i:08}", *(f"{name}-{random.randrange(400)}" for name in ("county", "form", "venue") * 6), random.choice(text)]


def flat_lines(incidents: int) -> Iterator[str]:
    random = Random(SEED)
    for i in range(incidents):
        head = f"I012026    CA01{random.randrange(90):02}000{i:012}"
        yield f"00871{head}20260105 12N".ljust(87)
        yield f"00632{head}{random.choice(('64A', '13A', '240'))}CN  20".ljust(63)
        yield f"01294{head}00113A{'':27}I{random.randrange(10, 80)}  FWNR".ljust(129)
        yield f"00455{head}0135  MW".ljust(45)


def write(kind: str, path: Path, rows: int) -> None:
    """A file of a format."""
    if kind == "csv":
        path.write_text("".join(",".join(row) + "\n" for row in [NAMES, *records(rows)]))
    elif kind == "ndjson":
        path.write_text("".join(json.dumps(dict(zip(NAMES, row, strict=True))) + "\n" for row in records(rows)))
    elif kind == "xml":
        made = ("".join(f"<n:{k}>{v}</n:{k}>" for k, v in zip(NAMES, row, strict=True)) for row in records(rows))
        path.write_text(f'<Exchange xmlns:n="http://example.org/n"><Tips>{"".join(f"<Tip>{tip}</Tip>" for tip in made)}</Tips></Exchange>')
    elif kind == "nibrs_flat":
        path.write_text("".join(line + "\n" for line in flat_lines(rows)))
    else:
        import xlsxwriter

        with xlsxwriter.Workbook(path) as book:
            sheet = book.add_worksheet("Tips")
            for number, row in enumerate([NAMES, *records(rows)]):
                sheet.write_row(number, 0, row)


def land_file(folder: Path, kind: str, home: Path) -> tuple[Any, Any, Any]:
    """The settings, the feed and the sealed delivery of a file."""
    from pipelines.core.settings import Settings
    from pipelines.intake.pull import land
    from pipelines.intake.transports import Arrival
    from tests.intake.formats.conftest import feed_of

    settings, feed, moment = Settings(home, bytes(range(32))), feed_of(FORMATS[kind], COLUMNS[kind]), datetime(2026, 1, 9, tzinfo=UTC)

    @contextmanager
    def blocks() -> Iterator[Iterator[bytes]]:
        with (folder / kind).open("rb") as file:
            yield iter(lambda: file.read(1 << 20), b"")

    return settings, feed, land(settings, feed, Arrival(kind, moment, moment, (folder / kind).stat().st_size, blocks))


def ours(folder: Path, kind: str, home: Path, parquet: bool = False) -> Callable[[], int]:
    """Read a sealed delivery to Arrow, or to Parquet."""
    from pyarrow import parquet as pq

    from pipelines.core.duck import scratch
    from pipelines.core.receipts import Account
    from pipelines.intake.formats import read_rows

    settings, feed, delivery = land_file(folder, kind, home)
    con = scratch(settings)

    def work() -> int:
        account = Account()
        opened = import_module(f"pipelines.intake.formats.{kind}").open_rows(con, settings, delivery, feed, account)
        columns = ", ".join(f'"{name}"' for name in COLUMNS[kind])
        rows, writer = 0, None
        for batch in read_rows(con, opened, lambda relation: f"SELECT {columns}, _broken FROM {relation}"):
            rows += batch.num_rows
            if parquet:
                writer = writer or pq.ParquetWriter(home / f"{kind}.parquet", batch.schema, compression="zstd", compression_level=1)
                writer.write_batch(batch)
        if writer:
            writer.close()
        opened.finish(account)
        return rows

    return work


def peer(folder: Path, kind: str, _: Path) -> Callable[[], int]:
    """DuckDB with an explicit schema, openpyxl, lxml's iterparse to dictionaries; for NIBRS, Python's slices."""
    path = folder / kind
    if kind in ("csv", "ndjson"):
        import duckdb

        con = duckdb.connect(config={"threads": 1})
        types = ", ".join(f"'{name}': 'VARCHAR'" for name in NAMES)
        call = f"read_csv('{path}', auto_detect=false, header=true, " if kind == "csv" else f"read_json('{path}', format='newline_delimited', "
        return lambda: sum(batch.num_rows for batch in con.sql(f"FROM {call}columns={{{types}}})").to_arrow_reader(122_880))
    return {"xlsx": _openpyxl, "xml": _iterparse, "nibrs_flat": _slices}[kind](path)


def _openpyxl(path: Path) -> Callable[[], int]:
    import openpyxl

    return lambda: sum(1 for _ in openpyxl.load_workbook(io.BytesIO(path.read_bytes()))["Tips"].iter_rows(min_row=2, values_only=True))


def dicts(path: Path) -> Iterator[dict[str, str | None]]:
    """Records as lxml's users read them."""
    from lxml import etree

    for _, element in etree.iterparse(str(path), tag="Tip"):
        yield {child.tag.rpartition("}")[2]: child.text for child in element}
        element.clear()
        while element.getprevious() is not None:
            del element.getparent()[0]


def _iterparse(path: Path) -> Callable[[], int]:
    return lambda: sum(1 for _ in dicts(path))


def incident_slices(path: Path) -> Iterator[dict[str, Any]]:
    """Incidents by Python's slices."""
    found: dict[str, Any] = {}
    for line in path.open():
        if line[4] == "1":
            if found:
                yield found
            found = {"ori": line[16:25], "incident_number": line[25:37], "offence_codes": [], "victim_ages": []}
        elif line[4] == "2":
            found["offence_codes"].append(line[37:40])
        elif line[4] == "4":
            found["victim_ages"].append(line[71:75])
    yield found


def _slices(path: Path) -> Callable[[], int]:
    return lambda: sum(1 for _ in incident_slices(path))


def mixed(folder: Path, home: Path) -> Callable[[], int]:
    """All five files, sealed, to Parquet."""
    works = [ours(folder, kind, home, parquet=True) for kind in SHARE]
    return lambda: sum(work() for work in works)


def dlt_mixed(folder: Path, home: Path) -> Callable[[], int]:
    """The same files by dlt with its defaults, as dictionaries, to Parquet."""
    import csv

    import dlt
    import openpyxl

    def xlsx() -> Iterator[dict[str, Any]]:
        rows = openpyxl.load_workbook(io.BytesIO((folder / "xlsx").read_bytes()), read_only=True)["Tips"].iter_rows(values_only=True)
        names = next(rows)
        yield from (dict(zip(names, row, strict=True)) for row in rows)

    sources: dict[str, Callable[[], Iterator[dict[str, Any]]]] = {
        "csv": lambda: csv.DictReader((folder / "csv").open(newline="")),
        "ndjson": lambda: map(json.loads, (folder / "ndjson").open()),
        "xml": lambda: dicts(folder / "xml"),
        "xlsx": xlsx,
        "nibrs_flat": lambda: incident_slices(folder / "nibrs_flat"),
    }
    os.environ["RUNTIME__DLTHUB_TELEMETRY"] = "false"
    pipeline = dlt.pipeline(
        "bench", pipelines_dir=str(home / "work"), destination=dlt.destinations.filesystem(str(home / "out")), dataset_name="mixed"
    )

    def work() -> int:
        pipeline.run([dlt.resource(made, name=name) for name, made in sources.items()], loader_file_format="parquet")
        return sum(SHARE.values())

    return work


def measure(what: str, folder: Path, kind: str) -> dict[str, float]:
    """Run one piece of work in its own process, alone on one thread."""
    command = [sys.executable, "-W", "ignore", "-m", "tests.bench.formats", what, str(folder), kind]
    done = subprocess.run(command, env=os.environ | {"OMP_NUM_THREADS": "1"}, capture_output=True, text=True, timeout=900, check=False)
    if done.returncode:
        sys.exit(done.stderr[-2000:])
    found: dict[str, float] = json.loads(done.stdout.splitlines()[-1])
    return found


def rounds(whats: tuple[str, str], folder: Path, kind: str, number: int) -> tuple[float, float, float, float]:
    """Medians: our CPU-seconds, theirs, theirs through ours; and our greatest memory in MiB."""
    pairs = [(measure(whats[0], folder, kind), measure(whats[1], folder, kind)) for _ in range(number)]
    assert all(mine["rows"] == theirs["rows"] for mine, theirs in pairs)
    mine, theirs = (median(pair[i]["cpu_s"] for pair in pairs) for i in (0, 1))
    return mine, theirs, median(b["cpu_s"] / a["cpu_s"] for a, b in pairs), max(a["peak_mib"] for a, _ in pairs)


def report(number: int = ROUNDS) -> None:
    """The table of all formats, and the mixed intake."""
    print("| Format | Records | Ours | Peer | Ratio | Peak | Goal |\n|---|---|---|---|---|---|---|")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for kind, rows in ROWS.items():
            write(kind, folder / kind, rows)
            mine, theirs, ratio, peak = rounds(("ours", "peer"), folder, kind, number)
            shown = f"{1 / ratio:.2f}x its time" if kind in ("csv", "ndjson") else f"{ratio:.1f}x as fast"
            shown += f", {4 * rows / mine / 1000:.0f}k lines/s" if kind == "nibrs_flat" else ""
            print(f"| {kind} | {rows:,} | {mine:.2f} s | {theirs:.2f} s | {shown} | {peak:.0f} MiB | {TARGETS[kind]} |", flush=True)
        for kind, rows in SHARE.items():
            write(kind, folder / kind, rows)
        mine, theirs, ratio, peak = rounds(("mixed", "dlt"), folder, "all", min(3, number))
        goal = "at least 15x dlt, under 512 MiB"
        print(f"| mixed, to Parquet | {sum(SHARE.values()):,} | {mine:.2f} s | {theirs:.2f} s | {ratio:.1f}x as fast | {peak:.0f} MiB | {goal} |")


def main() -> None:
    """`formats.py <ours|peer|mixed|dlt> <folder> <format>`: do one piece of work, and print its cost."""
    what, folder, kind = sys.argv[1], Path(sys.argv[2]), sys.argv[3]
    for name in ("pandas", "pyarrow.parquet", "pyarrow.compute", "duckdb", "lxml.etree"):  # what either side imports when it is used
        import_module(name)
    with tempfile.TemporaryDirectory() as home:
        make = {"ours": ours, "peer": peer}.get(what)
        work = make(folder, kind, Path(home)) if make else {"mixed": mixed, "dlt": dlt_mixed}[what](folder, Path(home))
        before = time.process_time()
        rows = work()
        spent = time.process_time() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu_s": spent, "rows": rows, "peak_mib": peak}))


if __name__ == "__main__":
    main()
