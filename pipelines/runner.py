"""Receives feeds and a folder; runs the flow in this process with a progress bar; hands on what happened to every delivery."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import Progress

from pipelines import flow
from pipelines.core.catalog import feed_named, load_feeds
from pipelines.core.errors import DiskFull, PullIncomplete, SystemFault, UsageError
from pipelines.core.handles import Delivery
from pipelines.core.settings import Settings
from pipelines.intake.source import Source, source_of


def run_feeds(settings: Settings, feeds: list[str], folder: Path | None, again: bool, quiet: bool) -> dict[str, Any]:
    """Pull and admit the feeds (all live ones by default), oldest delivery first, then rebuild the analysts' database."""
    for name in feeds:
        feed_named(settings.schemas, name)
    names = feeds or [name for name, feed in load_feeds(settings.schemas).items() if feed.status == "live"]
    sources = {name: _source(settings, name, folder, alone=len(names) == 1) for name in names}
    outcome: list[dict[str, Any]] = []
    faults: dict[str, str] = {}
    with Progress(console=Console(stderr=True, quiet=quiet), transient=True) as progress:
        for name, source in sources.items():
            task = progress.add_task(f"{name}: looking for deliveries", total=None)
            deliveries = _pull(settings, name, source, again, faults)
            progress.update(task, total=len(deliveries), description=f"{name}: taking in")
            for stored in flow.admit_all(settings, deliveries):
                receipt = str(stored.receipt.relative_to(settings.home))
                outcome.append({"feed": name, "delivery_id": stored.delivery.id, "status": stored.status, **stored.counts, "receipt": receipt})
                progress.advance(task)
            flow.review(settings, name)
        progress.add_task("counting", total=None)
        warehouse = flow.build(settings)
    return {"deliveries": outcome, "faults": faults, "warehouse": str(warehouse.path), "snapshot": warehouse.snapshot}


def _pull(settings: Settings, name: str, source: Source, again: bool, faults: dict[str, str]) -> list[Delivery]:
    """What a feed has that is new. A source that cannot be had is noted in `faults` and delays no other."""
    try:
        return flow.pull(settings, name, source, again)
    except PullIncomplete as fault:
        faults[name] = str(fault)
        return [flow.landed(settings, name, one) for one in fault.landed]
    except DiskFull:
        raise
    except SystemFault as fault:
        faults[name] = str(fault)
        return []


def _source(settings: Settings, name: str, folder: Path | None, alone: bool) -> Source:
    """The feed's own source, or the folder given. A folder per feed is looked for first."""
    source = source_of(settings, name)
    if folder is None:
        return source
    if not folder.is_dir():
        raise UsageError(f"There is no folder {folder}.")
    inner = folder / name
    return replace(source, address=str(inner if inner.is_dir() or not alone else folder), transport="folder")
