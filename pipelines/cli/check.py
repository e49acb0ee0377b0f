"""`stas check`: what a provider runs before sending."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.cli.output import Json, light, show_value


def check(
    file: Annotated[Path, typer.Argument(help="The file that is going to be sent, under the name that it will have.")],
    feed: Annotated[str, typer.Option("--feed", help="Whose delivery it is; `stas feeds list` names them.")],
    as_json: Json = False,
) -> None:
    """Say what would become of a file, offline: the same verdict, counts and reasons as on arrival. Exit code 1 if it would be refused."""
    from pipelines.check import check_file

    settings = light()
    receipt = check_file(settings, file, feed)
    if as_json:
        show_value(receipt, as_json)
    else:
        _say(settings.schemas, receipt)
    if receipt["error"]:
        raise typer.Exit(1)


def _say(schemas: Path, receipt: dict[str, Any]) -> None:
    """The receipt for people: the verdict, the counts, and a line per reason."""
    from pipelines.core.schema import load_codes
    from pipelines.products.receipt.page import detail_of

    reasons, counts, error = load_codes(schemas, "reasons"), receipt["counts"], receipt["error"]
    if error:
        typer.echo(f"It would be REFUSED. {error['code']}: {error['message']}\n  What to do: {error['todo']}")
    else:
        typer.echo("It would be accepted." if not counts["quarantined"] else "It would be accepted, but for the rows below.")
    typer.echo(
        f"{counts['received']} rows = {counts['accepted']} accepted + {counts['quarantined']} held back + {counts['duplicate']} repeats"
        f" + {counts['refused']} refused"
    )
    for one in receipt["reasons"]:
        more = one["rows"] - len(one["row_numbers"])
        rows = ", ".join(map(str, one["row_numbers"])) + (f" and {more} more" if more else "")
        where = f", {one['where']}" if one["where"] else ""
        row = reasons[one["reason"]]
        typer.echo(f"  {one['reason']}{where}: {one['rows']} rows ({rows}). {row['label']}.\n    What to do: {row['todo']}")
    for issue in receipt["issues"]:
        detail = f" ({detail_of(issue)})" if detail_of(issue) else ""
        typer.echo(f"  {issue['code']}: {reasons[issue['code']]['label']}{detail}; nothing is held back for it.")
    if masked := sum(receipt["findings"].values()):
        kinds = ", ".join(f"{number} {kind}" for kind, number in sorted(receipt["findings"].items()))
        typer.echo(f"  {masked} possible identifiers in free text would be masked ({kinds}). Please leave them out.")
