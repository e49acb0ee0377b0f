"""`stas query`: SQL on the current snapshot, for analysts."""

import json

import typer

from pipelines.cli.output import Json
from pipelines.core.settings import load_settings


def query(sql: str, as_json: Json = False) -> None:
    """Run SQL, read-only, on the current snapshot."""
    from pipelines.warehouse import run_query

    columns, rows = run_query(load_settings(), sql)
    if as_json:
        typer.echo(json.dumps([dict(zip(columns, row, strict=True)) for row in rows], default=str, ensure_ascii=False, indent=1))
        return
    from rich.console import Console
    from rich.table import Table

    shown = Table(*columns)
    for row in rows:
        shown.add_row(*("" if value is None else str(value) for value in row))
    Console().print(shown)
