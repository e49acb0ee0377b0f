"""Receives a finished analysts' database; hands it on with `dictionary`: what every column of every table says; refuses one that nobody describes.

The columns of records are described where they are defined (schemas/tables), all others in schemas/dictionary.csv: by table, or, with no
table, wherever they stand.
"""

import csv

import duckdb
import pyarrow as pa

from pipelines.core.duck import connect
from pipelines.core.errors import ConfigFault
from pipelines.core.handles import Aggregated
from pipelines.core.schema import load_table
from pipelines.core.settings import Settings
from pipelines.warehouse.versions import TABLES, TOTALS

FIELDS = ("unit", "meaning", "risk")


def describe(settings: Settings, aggregated: Aggregated) -> Aggregated:
    """Write `dictionary` (table, column, type, unit, meaning, risk). Raises ConfigFault that names the columns without a description."""
    con = connect(settings, str(aggregated.path))
    try:
        con.execute('CREATE TABLE dictionary ("table" VARCHAR, "column" VARCHAR, type VARCHAR, unit VARCHAR, meaning VARCHAR, risk VARCHAR)')
        con.register("given_dictionary", pa.Table.from_pylist(_described(con, _known(settings))))
        con.execute("INSERT INTO dictionary SELECT * FROM given_dictionary ORDER BY ALL")
    finally:
        con.close()
    return aggregated


def _known(settings: Settings) -> dict[tuple[str, str], dict[str, str]]:
    """What is said of a column, by table (or none) and name."""
    path = settings.schemas / "dictionary.csv"
    with path.open(encoding="utf-8", newline="") as file:
        known = {(row["table"], row["column"]): {name: row[name] for name in FIELDS} for row in csv.DictReader(file)}
    for table in (*TABLES, *TOTALS, "hits"):
        known |= {(table, c.name): {"unit": c.unit, "meaning": c.meaning, "risk": c.risk} for c in load_table(settings.schemas, table).stored}
    return known


def _described(con: duckdb.DuckDBPyConnection, known: dict[tuple[str, str], dict[str, str]]) -> list[dict[str, str]]:
    tables = "SELECT table_name FROM duckdb_tables()"
    columns = con.execute(f"SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE table_name IN ({tables}) ORDER BY ALL").fetchall()
    rows, unknown = [], []
    for table, column, kind in columns:
        said = known.get((table.removesuffix("_versions"), column)) or known.get(("", column))
        if said is None:
            unknown.append(f"{table}.{column}")
        else:
            rows.append({"table": table, "column": column, "type": kind, **said})
    if unknown:
        raise ConfigFault(f"schemas/dictionary.csv: expected a row for every column of the analysts' database; none for {', '.join(unknown)}")
    return rows
