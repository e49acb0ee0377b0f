"""`stas status`: where everything stands."""

from datetime import UTC, datetime

import typer

from pipelines.cli.output import Json, show_value
from pipelines.core.settings import load_settings

NUMBERS = {"waiting": "waiting", "counted": "counted", "refused": "refused", "accepted": "rows", "held": "held"}


def status(as_json: Json = False) -> None:
    """By center and feed: deliveries landed and waiting, counted, and refused; rows accepted and held; the last that was accepted, and since
    when a feed is late.
    """
    from rich.console import Console
    from rich.table import Table

    from pipelines.status import status as standing

    found = standing(load_settings(), datetime.now(UTC))
    if as_json:
        show_value(found, as_json)
        return
    table = Table("feed", *NUMBERS.values(), "last", "late since", box=None, pad_edge=False)
    for column in table.columns:
        column.no_wrap, column.justify = True, "right" if column.header in NUMBERS.values() else "left"
    for one in found["feeds"]:
        late = (one["late_since"] or "never sent") if one["late"] else ""
        table.add_row(one["feed"], *(f"{one[name]:,}" for name in NUMBERS), (one["last"] or "")[:10], late)
    Console().print(table)
    typer.echo(f"\nThe analysts' database was built {found['database_built'] or 'never: `stas run` builds it'}.")
