"""What `make run` does: simulated deliveries through a real Airflow to a weekly assessment that waits for approval, said in plain words."""

import os
import sys
import time
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from pipelines import flow
from pipelines.core.catalog import load_feeds
from pipelines.core.errors import SystemFault
from pipelines.core.settings import Settings
from pipelines.samples import LAST_WEEK, write_deliveries
from pipelines.samples.servers import read_ready
from pipelines.service import process
from pipelines.service.airflow import Service, down, running, up
from pipelines.service.rest import Rest

AUDIENCE = "programs"
QUERY = "SELECT reported_week, exploitation_form, count(*) AS tips FROM tips GROUP BY ALL ORDER BY ALL DESC LIMIT 9"
STEPS = 7
SERVERS_S = 90


def run(settings: Settings, once: bool) -> None:
    """Run the main job. With `once` it also approves, waits for the bundle, and stops everything."""
    console = Console()
    columns = (TextColumn("{task.description}"), BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        step = _Steps(progress)
        if running(settings):
            step("Stopping the Airflow that still runs here", advance=False)
            down(settings)
        step("Writing the simulated centers' deliveries")
        write_deliveries(settings.path("inbox"))
        server, environment = serve_samples(settings)
        step("Starting Airflow (about a minute)")
        service = up(settings, environment, beside=(server,))
        try:
            draft = _assessment(settings, service, step)
            if once:
                step("Approving as the approver, and publishing")
                bundle = _approve(settings, service, draft)
        except BaseException:
            down(settings)
            raise
        if once:
            step("Stopping Airflow")
            down(settings)
    if once:
        console.print(f"Published: {bundle}\nAnalysts' database: {settings.path('warehouse', 'analyst.duckdb')}", soft_wrap=True)
    else:
        _say_where(console, settings, service, draft["id"])


class _Steps:
    """One bar over all steps."""

    def __init__(self, progress: Progress) -> None:
        self._progress = progress
        self._task = progress.add_task("", total=STEPS)

    def __call__(self, words: str, advance: bool = True) -> None:
        self._progress.console.print(f"· {words}")
        self._progress.update(self._task, description=words, advance=int(advance))


def serve_samples(settings: Settings) -> tuple[int, dict[str, str]]:
    """Start the simulated centers' servers; return their process group and what the feeds need to know of them."""
    place = settings.path("airflow", "samples")
    place.mkdir(parents=True, exist_ok=True, mode=0o700)
    ready, log = place / "ready.env", place / "servers.log"
    ready.unlink(missing_ok=True)
    command = [sys.executable, "-m", "pipelines.samples.servers", "--root", str(settings.path("inbox")), "--ready-file", str(ready)]
    group = process.start(command, log, place, os.environ)
    deadline = time.monotonic() + SERVERS_S
    while time.monotonic() < deadline and process.members((group,)):
        if ready.exists():
            return group, read_ready(ready)
        time.sleep(0.1)
    process.end((group,), "", 5)
    raise SystemFault(f"The simulated centers' servers did not start. Why, is in the last lines of {log}.")


def _assessment(settings: Settings, service: Service, step: _Steps) -> dict[str, Any]:
    """Feeds, database, assessment; return what `compile` says of the draft, and its run."""
    analyst = Rest(service, "analyst")
    feeds = [name for name, feed in load_feeds(settings.schemas).items() if feed.status == "live"]
    for _ in range(240):
        if analyst.dags() >= {*feeds, "warehouse", "assessment"}:
            break
        time.sleep(0.5)
    step(f"Running the feeds {', '.join(feeds)}")
    runs = {feed: analyst.trigger(feed) for feed in feeds}
    for feed, one in runs.items():
        _expect(analyst, feed, one)
    step("Linking and counting")
    _expect(analyst, "warehouse", analyst.trigger("warehouse"))
    step("Disclosure control, and compiling the assessment")
    one = analyst.trigger("assessment", {"week": str(LAST_WEEK), "audience": AUDIENCE})
    state = analyst.wait("assessment", one, 180, until=lambda: analyst.pending_approval("assessment", one))
    if state == "failed":
        raise SystemFault(analyst.explain_failure("assessment", one))
    compiled = analyst.get(f"/dags/assessment/dagRuns/{one}/taskInstances/compile/xcomEntries/return_value?stringify=false")["value"]
    return {**compiled, "run": one}


def _expect(rest: Rest, dag: str, one: str) -> None:
    if rest.wait(dag, one, 600) != "success":
        raise SystemFault(rest.explain_failure(dag, one))


def _approve(settings: Settings, service: Service, draft: dict[str, Any]) -> Path:
    """Approve as the approver, wait, and return the bundle's folder."""
    approver = Rest(service, "approver")
    approver.decide("assessment", draft["run"], "Approve", "").raise_for_status()
    _expect(approver, "assessment", draft["run"])
    bundle = settings.path("releases", draft["id"])
    if not (bundle / "manifest.json").is_file():
        raise SystemFault(f"The run succeeded, but there is no bundle at {bundle}.")
    return bundle


def _say_where(console: Console, settings: Settings, service: Service, draft_id: str) -> None:
    draft = flow.drafted(settings, draft_id)

    def say(words: str) -> None:
        console.print(words, soft_wrap=True, highlight=False, markup=False)

    say(f"\nAirflow:   {service.url}")
    for name, password in service.passwords.items():
        say(f"           {name:<9} {password}")
    say(f"Database:  {settings.path('warehouse', 'analyst.duckdb')}")
    say(f'           stas query "{QUERY}"')
    say(f"To read:   {draft.path / 'index.html'}")
    say(f"To approve: log in as approver, open Required Actions, and choose Approve for {draft_id}.")
    say("           The bundle then appears under releases/. `stas down` stops everything.")
