"""`stas verify-store`: whether anything that could identify a person rests in the home."""

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from pipelines.cli.output import Json, show_value
from pipelines.core.errors import UsageError
from pipelines.core.settings import load_settings


def verify_store(
    canaries: Annotated[list[str] | None, typer.Argument(help="Values that were planted upstream and must be nowhere.")] = None,
    canary_file: Annotated[Path | None, typer.Option("--canaries", help="A file of such values, one a line.")] = None,
    as_json: Json = False,
) -> None:
    """Check the stored texts again, and search every byte for canaries. Exit code 1 on findings; they never repeat a value."""
    from pipelines import flow

    planted = list(canaries or [])
    if canary_file:
        if not canary_file.is_file():
            raise UsageError(f"There is no file {canary_file}.")
        planted += [line for line in canary_file.read_text(encoding="utf-8").splitlines() if line.strip()]
    findings = flow.verify_store(load_settings(), planted)
    show_value([asdict(finding) for finding in findings], as_json)
    if findings:
        raise typer.Exit(1)
