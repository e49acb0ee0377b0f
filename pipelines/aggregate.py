"""Receives a linked warehouse; hands it on with one table per pipelines/aggregates/<name>.sql; refuses an aggregate without a header.

The header of a file, `-- key: value` lines, says its title, counting unit, grain, dimensions and measures. It ends up in `aggregates`.
"""

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from pipelines.core.duck import connect
from pipelines.core.errors import ConfigFault
from pipelines.core.handles import Aggregated, Linked
from pipelines.core.settings import Settings

FOLDER = Path(__file__).parent / "aggregates"
KEYS = ("title", "unit", "grain", "dims", "measures")


@dataclass(frozen=True)
class Aggregate:
    """One aggregate: what it counts (`unit`), by which dimensions, and the SQL of its table."""

    name: str
    title: str
    unit: str
    grain: str
    dims: str
    measures: str
    sql: str


def load_aggregates(folder: Path = FOLDER) -> list[Aggregate]:
    """All aggregates in order of name. Raises ConfigFault that names the file and the missing key."""
    found = []
    for path in sorted(folder.glob("*.sql")):
        sql = path.read_text(encoding="utf-8")
        header = dict(line[3:].split(": ", 1) for line in sql.splitlines() if line.startswith("-- ") and ": " in line)
        if missing := [key for key in KEYS if key not in header]:
            raise ConfigFault(f"pipelines/aggregates/{path.name}: the header lacks {', '.join(missing)}")
        found.append(Aggregate(name=path.stem, sql=sql, **{key: header[key] for key in KEYS}))
    return found


def aggregate(settings: Settings, linked: Linked) -> Aggregated:
    """Run every aggregate. Counts are not suppressed: only disclosure control decides what leaves."""
    aggregates = load_aggregates()
    con = connect(settings, str(linked.path))
    try:
        for one in aggregates:
            con.execute(f"CREATE TABLE {one.name} AS {one.sql}")
        con.register("given", pa.Table.from_pylist([{"name": a.name, **{key: getattr(a, key) for key in KEYS}} for a in aggregates]))
        con.execute("CREATE TABLE aggregates AS SELECT * FROM given")
    finally:
        con.close()
    return Aggregated(linked.path, linked.snapshot)
