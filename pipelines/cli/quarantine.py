"""`stas quarantine`: what is held back, why, for how long, and what to do about it."""

import json
import sys
from datetime import UTC, datetime
from getpass import getuser
from typing import Annotated

import typer

from pipelines.cli.output import Json, show_value
from pipelines.core.errors import UsageError
from pipelines.core.settings import load_settings

Feed = Annotated[str, typer.Argument(help="The feed.")]
Delivery = Annotated[str, typer.Argument(help="The delivery's id, as `stas quarantine list` shows it.")]


def list_held(feed: Annotated[str, typer.Argument(help="One feed; all by default.")] = "*", as_json: Json = False) -> None:
    """What is held: rows, reasons, age in days, owner, expiry. No content."""
    from pipelines.quarantine import list_held as held

    found = held(load_settings(), datetime.now(UTC).date(), feed)
    if as_json:
        show_value(found, as_json)
        return
    for one in found:
        reasons = "; ".join(f"{rows} x {reason}" for reason, rows in one["reasons"].items())
        clock = f"{one['age_days']} days, until {one['expires']}"
        typer.echo(f"{one['feed']} {one['delivery_id']}: {one['rows']} rows, {clock}. {reasons}. {one['owner']}.")
    typer.echo(f"{len(found)} deliveries, {sum(one['rows'] for one in found)} rows")


def show(feed: Feed, delivery_id: Delivery) -> None:
    """Print the held rows as they were sent, to this terminal and nowhere else. The look is entered in the audit log."""
    from pipelines.intake.held import held_rows
    from pipelines.quarantine import note

    settings = load_settings()
    if not sys.stdout.isatty():
        raise UsageError("Held rows may identify people: they are shown on a terminal, never written to a file or another command.")
    rows = held_rows(settings, feed, delivery_id).to_pylist()
    note(settings, "quarantine shown", getuser(), feed, delivery_id, rows=len(rows))
    for row in rows:
        typer.echo(f"row {row['row']}: {', '.join(row['reasons'])}")
        content = json.loads(row["content"]) if row["readable"] else {"as it came": row["content"]}
        for name, value in content.items():
            typer.echo(f"  {name}: {value}")


def replay(
    feed: Feed,
    delivery_id: Annotated[str | None, typer.Argument(help="One delivery; all of the feed by default.")] = None,
    as_json: Json = False,
) -> None:
    """Take held rows in once more, after the feed's file or a code list was mended. What is accepted is counted once, whatever is repeated."""
    from pipelines import flow
    from pipelines.quarantine import list_held as held

    settings = load_settings()
    today = datetime.now(UTC).date()
    chosen = [one["delivery_id"] for one in held(settings, today, feed) if one["standing"] == "counted"] if delivery_id is None else [delivery_id]
    outcome = []
    for one in chosen:
        before, after = flow.replay(settings, feed, one, getuser())
        outcome.append({"delivery_id": one, "before": before, "after": after})
    flow.review(settings, feed)
    show_value(outcome, as_json)


def expire(
    feed: Annotated[str | None, typer.Argument(help="With a delivery: whose rows are removed before their day, by the owner's decision.")] = None,
    delivery_id: Annotated[str | None, typer.Argument(help="The delivery.")] = None,
    reason: Annotated[str, typer.Option(help="Why rows are removed before their day; it goes into the audit log.")] = "",
    as_json: Json = False,
) -> None:
    """Remove the held rows whose day has come, or those of one delivery."""
    from pipelines.quarantine import expire as remove

    if (feed is None) != (delivery_id is None) or (feed is not None and len(reason) < 10):
        raise UsageError("Give a feed, a delivery and a --reason of ten characters or more; or none of them, for what has expired.")
    only = (feed, delivery_id) if feed and delivery_id else None
    gone = remove(load_settings(), datetime.now(UTC).date(), getuser(), only, reason)
    show_value([{key: one[key] for key in ("feed", "delivery_id", "rows")} for one in gone], as_json)
