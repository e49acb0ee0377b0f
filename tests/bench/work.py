"""One measured piece of work in a process of its own: prints its CPU-seconds after imports, those of the imports, and its peak memory."""

import json
import resource
import sys
import tempfile
from collections.abc import Callable
from importlib import import_module
from pathlib import Path

from tests.bench.generate import NAMES

FLOOR = {"csv": "read_csv('{path}', all_varchar = true)", "ndjson": "read_ndjson('{path}')"}
MODULES = ("duckdb", "pyarrow.parquet", "pyarrow.compute", "cryptography.hazmat.primitives.ciphers", "pipelines.intake.normalize")
STAGES = ("pipelines.store", "pipelines.gate.gate", "pipelines.gate.mask", "pipelines.indicators.stage", "pipelines.indicators.tag")


def floor(folder: Path, feed: str, home: Path) -> Callable[[], None]:
    """DuckDB's own COPY of the file to Parquet, on one thread, with our codec and level."""
    import duckdb

    def work() -> None:
        name = NAMES[feed]
        con = duckdb.connect(config={"threads": 1, "memory_limit": "700MiB"})
        rows = FLOOR[name.rpartition(".")[2]].format(path=folder / name)
        con.execute(f"COPY (SELECT * FROM {rows}) TO '{home / 'floor.parquet'}' (FORMAT parquet, COMPRESSION zstd, COMPRESSION_LEVEL 1)")
        con.close()

    return work


def ours(folder: Path, feed: str, home: Path, contract: bool) -> Callable[[], None]:
    """Normalize to store of a landed delivery, with or without the contract."""
    from pipelines import flow
    from pipelines.core.settings import Settings
    from pipelines.gate.gate import gate
    from pipelines.indicators.stage import tag
    from pipelines.intake.normalize import normalize
    from pipelines.intake.source import Source
    from pipelines.store import store

    settings = Settings(home, bytes(range(32)))
    inbox = home / "inbox"
    inbox.mkdir()
    (inbox / NAMES[feed]).symlink_to(folder / NAMES[feed])
    (delivery,) = flow.pull(settings, feed, Source(str(inbox), transport="folder"))

    def work() -> None:
        stream = normalize(settings, delivery)
        if contract:
            from pipelines.intake.validate import validate

            (stream,) = validate(settings, [stream])
        stored = store(settings, tag(settings, gate(settings, stream)))
        assert stored.counts["received"] > 0 and stored.counts["refused"] == 0

    return work


def main() -> None:
    """`work.py <floor|ours|contract> <folder> <feed>`."""
    kind, folder, feed = sys.argv[1:]
    for name in (*MODULES, *STAGES, *(("great_expectations", "pandas", "pipelines.intake.validate") if kind == "contract" else ())):
        import_module(name)
    if kind == "contract":
        from pipelines.core.settings import ROOT
        from pipelines.intake.validate import _contract

        _contract(ROOT / "expectations", ROOT / "schemas", "incidents")  # Great Expectations imports the rest of itself here
    imported = _cpu()
    with tempfile.TemporaryDirectory() as home:
        work = floor(Path(folder), feed, Path(home)) if kind == "floor" else ours(Path(folder), feed, Path(home), kind == "contract")
        before = _cpu()
        work()
        spent = _cpu() - before
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(json.dumps({"cpu_s": spent, "imports_s": imported, "peak_mib": peak}))


def _cpu() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


if __name__ == "__main__":
    main()
