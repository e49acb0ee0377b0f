"""`stas check`: what a provider runs before sending."""

from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.cli.output import Json, light, show_value


def check(
    files: Annotated[list[Path], typer.Argument(help="The files that are going to be sent, under the names that they will have.")],
    feed: Annotated[str, typer.Option("--feed", help="Whose delivery it is; `stas feeds list` names them.")],
    as_json: Json = False,
) -> None:
    """Say what would become of files, offline: the same verdict, counts and reasons as on arrival. Exit code 1 if one would be refused."""
    from pipelines.check import check_files

    settings = light()
    receipts = list(check_files(settings, [(file, feed) for file in files]))
    if as_json:
        show_value(receipts, as_json)
    for receipt in () if as_json else receipts:
        _say(settings.schemas, receipt)
    if any(receipt["error"] for receipt in receipts):
        raise typer.Exit(1)


def _say(schemas: Path, receipt: dict[str, Any]) -> None:
    """The receipt for people: the verdict, the counts, and a line per reason."""
    from pipelines.core.schema import load_codes
    from pipelines.products.receipt.page import detail_of

    typer.echo(receipt["name"])
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
