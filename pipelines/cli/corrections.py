"""`stas corrections`: which released numbers are told differently now."""

from typing import Annotated

import typer

from pipelines.cli.output import Json, show_value
from pipelines.core.settings import load_settings

CELLS = """SELECT release, "table", week::VARCHAR AS week, level, center, form, released_n, current_n, sum(effect) AS by_corrections,
    count(DISTINCT record_uid) AS records, list_sort(list_distinct(list(kind || ': ' || why))) AS why, max(learned_at)::VARCHAR AS learned_at
    FROM retractions GROUP BY ALL ORDER BY ALL"""
RECORDS = """SELECT "table", feed, record_uid, kind, why, delivery_id, learned_at::VARCHAR AS learned_at, changed FROM changes
    ORDER BY learned_at DESC, ALL LIMIT 200"""


def corrections(
    records: Annotated[bool, typer.Option(help="The last 200 corrections of records instead, whether or not a release counted them.")] = False,
    as_json: Json = False,
) -> None:
    """The published cells that corrections and withdrawals change: the number of then, the number of now, and why. Restricted."""
    from pipelines.warehouse import run_query

    columns, rows = run_query(load_settings(), RECORDS if records else CELLS)
    show_value([dict(zip(columns, row, strict=True)) for row in rows], as_json)
    if not as_json:
        typer.echo("Published weeks stay as they were published. Restricted: these numbers are not under disclosure control.")
