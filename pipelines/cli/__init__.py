"""The command `stas`: thin over flow. Exit codes: 0 ok, 1 data refused, 2 usage, 3 system."""

import sys

import typer

from pipelines.cli import context, feeds, main_job, query
from pipelines.core.errors import StasError

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
for command in (main_job.run, main_job.sample, main_job.demo, main_job.up, main_job.down, query.query, context.context):
    app.command()(command)

feeds_app = typer.Typer(no_args_is_help=True, help=feeds.__doc__)
feeds_app.command("list")(feeds.list_feeds)
feeds_app.command()(feeds.show)
feeds_app.command()(feeds.explain)
app.add_typer(feeds_app, name="feeds")


def main() -> None:
    """Run the command; an error that the project raises on purpose is one line on standard error."""
    try:
        app()
    except StasError as error:
        typer.echo(f"stas: {error}", err=True)
        sys.exit(error.exit_code)
