"""The command `stas`: thin over flow. Exit codes: 0 ok, 1 data refused, 2 usage, 3 system."""

import json
import sys
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.core.errors import StasError
from pipelines.core.settings import Settings, load_settings

app = typer.Typer(add_completion=False, no_args_is_help=True, pretty_exceptions_enable=False, help=__doc__)
feeds_app = typer.Typer(no_args_is_help=True, help="What the feed files say.")
app.add_typer(feeds_app, name="feeds")
Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def main() -> None:
    """Run the command; an error that the project raises on purpose is one line on standard error."""
    try:
        app()
    except StasError as error:
        typer.echo(f"stas: {error}", err=True)
        sys.exit(error.exit_code)


@app.command()
def run(
    feeds: Annotated[list[str] | None, typer.Argument(help="Feeds to run; all live ones by default.")] = None,
    source: Annotated[Path | None, typer.Option("--from", help="A folder to pull from: of one feed, or with a folder per feed.")] = None,
    again: Annotated[bool, typer.Option(help="Take in again what was taken in before.")] = False,
    as_json: Json = False,
) -> None:
    """Pull, admit and count, without Airflow. Exit code 1 if a delivery was refused."""
    from pipelines.runner import run_feeds

    outcome = run_feeds(load_settings(), feeds or [], source, again, quiet=as_json)
    _show(outcome, as_json)
    if any(delivery["status"] == "refused" for delivery in outcome["deliveries"]):
        raise typer.Exit(1)


@app.command()
def sample(folder: Annotated[Path, typer.Argument(help="Where to write <feed>/<delivery>.")], seed: int = 20261101) -> None:
    """Write the simulated centers' deliveries."""
    from pipelines.samples import write_deliveries

    typer.echo(f"{len(write_deliveries(folder, seed=seed))} deliveries in {folder}")


@app.command()
def demo(once: Annotated[bool, typer.Option(help="Approve, publish and stop as well.")] = False) -> None:
    """The main job on simulated deliveries: what `make run` does."""
    from pipelines.service.demo import run as run_demo

    run_demo(load_settings(), once)


@app.command()
def up(as_json: Json = False) -> None:
    """Start Airflow with this project's DAGs and users, on the loopback interface."""
    from pipelines.service.airflow import up as start

    service = start(load_settings())
    _show({"url": service.url, "passwords": str(load_settings().path("airflow", "passwords.json"))}, as_json)


@app.command()
def down() -> None:
    """Stop Airflow and everything that was started with it."""
    from pipelines.service.airflow import down as stop

    typer.echo("stopped" if stop(load_settings()) else "nothing was running")


@feeds_app.command("list")
def feeds_list(as_json: Json = False) -> None:
    """All feeds."""
    from pipelines.core.catalog import load_feeds

    feeds = load_feeds(_light().schemas)
    _show(
        {name: {"title": f.title, "center": f.center, "table": f.table, "status": f.status, "mode": f.change.mode} for name, f in feeds.items()},
        as_json,
    )


@feeds_app.command("show")
def feeds_show(feed: str) -> None:
    """One feed, with every default filled in."""
    from pipelines.core.catalog import feed_named

    typer.echo(feed_named(_light().schemas, feed).model_dump_json(indent=1, exclude_none=True, by_alias=True))


@feeds_app.command("explain")
def feeds_explain(feed: str) -> None:
    """The one DuckDB query that a feed's file compiles to."""
    from pipelines.core.catalog import feed_named
    from pipelines.intake.compile import compile_feed

    settings = _light()
    typer.echo(compile_feed(settings, feed_named(settings.schemas, feed)).over("rows"))


@app.command()
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


def _light() -> Settings:
    """Settings for commands that read the project's own files alone: no home, no key."""
    return Settings(home=Path("/nonexistent"), key=b"")


def _show(value: Any, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(value, indent=1, ensure_ascii=False, default=str))
        return
    from rich.console import Console

    Console().print(value)
