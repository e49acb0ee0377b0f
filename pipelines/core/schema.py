"""Receives schemas/tables/*.toml and schemas/codes/*.csv; hands on tables as Arrow schemas, DDL and dictionaries; refuses contradictions.

The single home of what a column is: its type, whether it may be null, its unit, its meaning, its risk.
"""

import csv
import tomllib
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.core.errors import ConfigFault

SQL_TYPES = {
    "text": "VARCHAR",
    "code": "VARCHAR",
    "codes": "VARCHAR[]",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "int": "BIGINT",
    "number": "DOUBLE",
    "narrative": "VARCHAR",
}
CODE = pa.dictionary(pa.int32(), pa.string())
RISKS = ("direct", "quasi", "text", "safe")


@dataclass(frozen=True)
class Column:
    """One column of a table. `absent` is the code for a value that the sender does not give; `derive` is SQL over the other columns."""

    name: str
    type: str
    meaning: str
    risk: str
    null: bool = False
    unit: str = ""
    codes: str | None = None
    absent: str | None = None
    derive: str | None = None

    @property
    def sql_type(self) -> str:
        return SQL_TYPES[self.type]


@dataclass(frozen=True)
class Table:
    """One table: title, counting unit, days of retention, and its columns in order."""

    name: str
    title: str
    unit: str
    retention_days: int
    columns: tuple[Column, ...]

    def column(self, name: str) -> Column:
        for column in self.columns:
            if column.name == name:
                return column
        raise ConfigFault(f"schemas/tables/{self.name}.toml: no column {name!r}; it has {[c.name for c in self.columns]}")

    @property
    def stored(self) -> tuple[Column, ...]:
        """The columns that may rest in `canonical`: all but free text."""
        return tuple(c for c in self.columns if c.risk != "text")

    def arrow(self, stored_only: bool = True) -> pa.Schema:
        """The Arrow schema of the table's batches. Codes are dictionaries: cheap to check and to write, plain text once they are stored."""
        types: dict[str, Any] = {
            "date": pa.date32(),
            "timestamp": pa.timestamp("us"),
            "int": pa.int64(),
            "number": pa.float64(),
            "codes": pa.list_(pa.string()),
            "code": CODE,
        }
        chosen = self.stored if stored_only else self.columns
        return pa.schema([pa.field(c.name, types.get(c.type, pa.string()), nullable=c.null) for c in chosen])


@cache
def load_table(schemas: Path, name: str) -> Table:
    """Read a table with what it extends. Raises ConfigFault that names the file and the key."""
    raw = tomllib.loads((schemas / "tables" / f"{name}.toml").read_text(encoding="utf-8"))
    specs: dict[str, dict[str, Any]] = {}
    if parent := raw.get("extends"):
        specs = tomllib.loads((schemas / "tables" / f"{parent}.toml").read_text(encoding="utf-8"))["columns"]
    for column, spec in raw["columns"].items():
        specs[column] = {**specs.get(column, {}), **spec}
    columns = []
    for column, spec in specs.items():
        try:
            columns.append(Column(name=column, **spec))
        except TypeError as error:
            raise ConfigFault(f"schemas/tables/{name}.toml: columns.{column}: {error}") from None
        if columns[-1].type not in SQL_TYPES or columns[-1].risk not in RISKS:
            raise ConfigFault(f"schemas/tables/{name}.toml: columns.{column}: type or risk is not one of {sorted(SQL_TYPES)}, {RISKS}")
    return Table(name, raw["title"], raw["unit"], raw.get("retention_days", 1826), tuple(columns))


@cache
def load_codes(schemas: Path, name: str) -> dict[str, dict[str, str]]:
    """Read a code list: code -> its row. Raises ConfigFault for a code that stands twice."""
    path = schemas / "codes" / f"{name}.csv"
    with path.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    found = {row["code"]: row for row in rows}
    if len(found) != len(rows):
        raise ConfigFault(f"schemas/codes/{path.name}: a code stands twice")
    return found
