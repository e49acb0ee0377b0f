"""The command `stas`: thin over flow. Exit codes: 0 ok, 1 data refused, 2 usage, 3 system."""

import sys

import typer

from pipelines.cli import check, context, corrections, feeds, main_job, quarantine, query, scan, status, tagger, verify
from pipelines.core.errors import StasError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
COMMANDS = (
    *(main_job.run, main_job.sample, main_job.demo, main_job.up, main_job.down, status.status),
    *(check.check, corrections.corrections, query.query, scan.scan, tagger.tag, context.context, tagger.retag, verify.verify_store),
)
for command in COMMANDS:
    app.command()(command)

feeds_app = typer.Typer(no_args_is_help=True, help=feeds.__doc__)
feeds_app.command("list")(feeds.list_feeds)
feeds_app.command()(feeds.show)
feeds_app.command()(feeds.explain)
app.add_typer(feeds_app, name="feeds")

quarantine_app = typer.Typer(no_args_is_help=True, help=quarantine.__doc__)
quarantine_app.command("list")(quarantine.list_held)
quarantine_app.command()(quarantine.show)
quarantine_app.command()(quarantine.replay)
quarantine_app.command()(quarantine.expire)
app.add_typer(quarantine_app, name="quarantine")


def main() -> None:
    """Run the command; an error that the project raises on purpose is one line on standard error."""
    try:
        app()
    except StasError as error:
        typer.echo(f"stas: {error}", err=True)
        sys.exit(error.exit_code)
