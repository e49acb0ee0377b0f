"""`stas run`, `sample`, `demo`, `up`, `down`: the flow with and without Airflow."""

from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.output import Json, show_value
from pipelines.core.settings import load_settings


def run(
    feeds: Annotated[list[str] | None, typer.Argument(help="Feeds to run; all live ones by default.")] = None,
    source: Annotated[Path | None, typer.Option("--from", help="A folder to pull from: of one feed, or with a folder per feed.")] = None,
    again: Annotated[bool, typer.Option(help="Take in again what was taken in before.")] = False,
    as_json: Json = False,
) -> None:
    """Pull, admit and count, without Airflow. Exit code 1 if a delivery was refused."""
    from pipelines.runner import run_feeds

    outcome = run_feeds(load_settings(), feeds or [], source, again, quiet=as_json)
    show_value(outcome, as_json)
    if any(delivery["status"] == "refused" for delivery in outcome["deliveries"]):
        raise typer.Exit(1)


def sample(
    folder: Annotated[Path, typer.Argument(help="Where to write <feed>/<delivery>.")],
    weeks: Annotated[int, typer.Option(min=1, help="How many weeks; 156 are three years.")] = 14,
    seed: int = 20261101,
    truth: Annotated[Path | None, typer.Option(help="A folder for the ground truth: what has to become of every row.")] = None,
) -> None:
    """Write the simulated centers' deliveries."""
    from pipelines.samples import write_deliveries

    typer.echo(f"{len(write_deliveries(folder, weeks, seed, truth))} deliveries in {folder}")


def demo(once: Annotated[bool, typer.Option(help="Approve, publish and stop as well.")] = False) -> None:
    """The main job on simulated deliveries: what `make run` does."""
    from pipelines.service.demo import run as run_demo

    run_demo(load_settings(), once)


def up(as_json: Json = False) -> None:
    """Start Airflow with this project's DAGs and users, on the loopback interface."""
    from pipelines.service.airflow import up as start

    service = start(load_settings())
    show_value({"url": service.url, "passwords": str(load_settings().path("airflow", "passwords.json"))}, as_json)


def down() -> None:
    """Stop Airflow and everything that was started with it."""
    from pipelines.service.airflow import down as stop

    typer.echo("stopped" if stop(load_settings()) else "nothing was running")
