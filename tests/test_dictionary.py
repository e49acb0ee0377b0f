"""Whoever asks the analysts' database finds every column described, and whoever adds a column has to describe it."""

import csv

import duckdb
import pytest

from pipelines import flow
from pipelines.core.errors import ConfigFault
from pipelines.core.settings import Settings
from pipelines.warehouse.dictionary import describe


def test_every_column_is_described_and_nothing_else(settings: Settings) -> None:
    with duckdb.connect(str(flow.build(settings).path), read_only=True) as con:
        described = con.execute('SELECT "table", "column", type, meaning, risk FROM dictionary').fetchall()
        columns = con.execute("SELECT table_name, column_name, data_type FROM duckdb_columns() WHERE NOT internal").fetchall()
    assert sorted(row[:3] for row in described) == sorted(columns) and len(columns) > 300
    assert all(meaning.endswith(".") and risk in ("safe", "quasi", "text") for *_, meaning, risk in described)
    with (settings.schemas / "dictionary.csv").open(encoding="utf-8", newline="") as file:
        given = [(row["table"], row["column"]) for row in csv.DictReader(file)]
    found = {(table, column) for table, column, *_ in described}
    assert len(given) == len(set(given))
    own = {(table.removesuffix("_versions"), column) for table, column in found}
    general = {column for table, column in own if (table, column) not in set(given)}
    assert not [(table, column) for table, column in given if (table, column) not in own and (table or column not in general)]


def test_a_column_that_nobody_describes_is_named(settings: Settings) -> None:
    aggregated = flow.build(settings)
    with duckdb.connect(str(aggregated.path)) as con:
        con.execute("DROP TABLE dictionary")
        con.execute("CREATE TABLE odd AS SELECT 1 AS never_described")
    with pytest.raises(ConfigFault, match=r"odd\.never_described"):
        describe(settings, aggregated)
