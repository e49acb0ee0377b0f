"""What the commands share: the --json option, settings without a home, and how a value is shown."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from pipelines.core.settings import Settings

Json = Annotated[bool, typer.Option("--json", help="One JSON document on standard output.")]


def light() -> Settings:
    """Settings for commands that read the project's own files alone: no home, no key."""
    return Settings(home=Path("/nonexistent"), key=b"")


def show_value(value: Any, as_json: bool) -> None:
    """Print a value: as one JSON document, or for people."""
    if as_json:
        typer.echo(json.dumps(value, indent=1, ensure_ascii=False, default=str))
        return
    from rich.console import Console

    Console().print(value)
