"""The whole chain through a real Airflow: feeds, database, assessment, an approval, a rejection, and an author who approves."""

import dataclasses
import json
import sqlite3
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from typing import Any

import psutil
import pytest

from pipelines import audit, flow
from pipelines.core.catalog import load_feeds
from pipelines.core.receipts import read_receipts
from pipelines.core.settings import Settings, load_settings
from pipelines.samples import LAST_WEEK, WEEKS, sent_deliveries, write_deliveries
from pipelines.service import airflow, demo
from pipelines.service.rest import Rest
from tests.feeds import truth

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1500)]
CANARIES = ("415-555-01", "213-555-01", "@example.org", "@sample_user", "Example Street", "Placeholdername", "Nombreficticia", "8ABC1")


@dataclasses.dataclass
class Chain:
    settings: Settings
    service: airflow.Service

    def as_user(self, name: str) -> Rest:
        return Rest(self.service, name)

    def compile(self, user: str, approvers: bool = True) -> str:
        """Start an assessment as a user; return its run when it waits for a decision."""
        rest = self.as_user(user)
        run = rest.trigger("assessment", {"week": str(LAST_WEEK), "audience": "programs"})
        state = rest.wait("assessment", run, 120, until=lambda: rest.pending_approval("assessment", run))
        assert (state == "running") is approvers, rest.explain_failure("assessment", run)
        return run

    def draft_of(self, run: str) -> dict[str, Any]:
        place = f"/dags/assessment/dagRuns/{run}/taskInstances/compile/xcomEntries/return_value?stringify=false"
        found: dict[str, Any] = self.as_user("viewer").get(place)["value"]
        return found


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Chain]:
    """A running Airflow whose feeds have run once, with a refused file among the deliveries."""
    patch = pytest.MonkeyPatch()
    home = tmp_path_factory.mktemp("chain") / "var"
    patch.setenv("STAS_HOME", str(home))
    patch.setenv("STAS_KEY", bytes(range(32)).hex())
    patch.setenv("STAS_APPROVERS", "approver,admin")
    settings = load_settings()
    write_deliveries(home / "inbox", weeks=WEEKS)
    (home / "inbox" / "jric_incidents" / "la_incidents_2026-10-01.csv").write_bytes(b"Victim Name,DR_NO\nPlaceholdername,1\n")
    server, environment = demo.serve_samples(settings)
    service = airflow.up(settings, environment, beside=(server,))
    try:
        chain = Chain(settings, service)
        rest = chain.as_user("analyst")
        live = [name for name, feed in load_feeds(settings.schemas).items() if feed.status == "live"]
        runs = {feed: rest.trigger(feed) for feed in live}
        states = {feed: rest.wait(feed, run, 1000) for feed, run in runs.items()}
        # A refused file makes its run red; everything else of the feed is stored and counted all the same.
        refused = {"jric_incidents", *(sent.feed for sent in sent_deliveries(WEEKS) if sent.code)}
        assert states == {feed: "failed" if feed in refused else "success" for feed in live}
        failed = [task["task_id"] for task in rest.tasks("jric_incidents", runs["jric_incidents"]) if task["state"] == "failed"]
        assert failed == ["outcome"]
        run = rest.trigger("warehouse")
        assert rest.wait("warehouse", run, 120) == "success", rest.explain_failure("warehouse", run)
        yield chain
    finally:
        airflow.down(settings)
        patch.undo()
        assert not airflow.members(settings, service)
        assert airflow.running(settings) is None


def test_every_row_of_every_feed_is_what_the_truth_says(chain: Chain) -> None:
    receipts = {(r["feed"], r["name"]): r for r in read_receipts(chain.settings)}
    bad = receipts.pop(("jric_incidents", "la_incidents_2026-10-01.csv"))
    assert (bad["status"], bad["error"]["code"]) == ("refused", "E-TEMPLATE")
    deliveries = list(sent_deliveries(WEEKS))
    assert receipts.keys() == {(sent.feed, sent.name) for sent in deliveries}
    findings = truth.Findings()
    for sent in deliveries:
        truth.compare(chain.settings, receipts[sent.feed, sent.name], sent, findings)
    truth.check_state(chain.settings, deliveries, findings)
    assert findings.differences == []
    assert findings.rows["accepted"] > 1000


def test_the_asset_of_a_feed_starts_the_database(chain: Chain) -> None:
    runs = chain.as_user("viewer").get("/dags/warehouse/dagRuns")["dag_runs"]
    assert "asset_triggered" in {run["run_type"] for run in runs}


def test_an_approval_publishes_what_was_read(chain: Chain) -> None:
    run = chain.compile("analyst")
    draft = chain.draft_of(run)
    assert draft["author"] == "analyst"
    for user in ("viewer", "analyst"):  # neither a reader nor the author may decide
        assert chain.as_user(user).decide("assessment", run, "Approve").status_code == 403
    approver = chain.as_user("approver")
    assert approver.decide("assessment", run, "Approve").status_code == 200
    assert approver.wait("assessment", run, 120) == "success", approver.explain_failure("assessment", run)
    bundle = chain.settings.path("releases", draft["id"])
    manifest = json.loads((bundle / "manifest.json").read_text(encoding="utf-8"))
    assert {"index.html", "release.duckdb", "data/cells.csv", "data/cells.parquet"} <= set(manifest["files"])
    assert [e["actor"] for e in audit.entries(chain.settings) if e["action"] == "published" and e["subject"] == draft["id"]] == ["approver"]


def test_a_rejection_leaves_a_failed_recorded_release(chain: Chain) -> None:
    run = chain.compile("analyst")
    draft = chain.draft_of(run)
    approver = chain.as_user("approver")
    assert approver.decide("assessment", run, "Reject", "The coverage table is wrong.").status_code == 200
    assert approver.wait("assessment", run, 120) == "failed"
    assert not chain.settings.path("releases", draft["id"]).exists()
    entry = audit.entries(chain.settings)[-1]
    assert (entry["action"], entry["actor"], entry["subject"]) == ("rejected", "approver", draft["id"])
    assert entry["reason"] == "The coverage table is wrong."
    assert {t["task_id"]: t["state"] for t in approver.tasks("assessment", run)}["publish"] == "upstream_failed"


def test_an_approver_cannot_approve_what_he_compiled(chain: Chain) -> None:
    run = chain.compile("approver")
    draft = chain.draft_of(run)
    assert draft["author"] == "approver"
    assert chain.as_user("approver").decide("assessment", run, "Approve").status_code == 403
    assert not chain.settings.path("releases", draft["id"]).exists()
    other = chain.as_user("admin")  # the second approver can
    assert other.decide("assessment", run, "Approve").status_code == 200
    assert other.wait("assessment", run, 120) == "success", other.explain_failure("assessment", run)
    assert audit.first_broken_line(chain.settings) is None


def test_there_is_a_pool_for_each_center(chain: Chain) -> None:
    pools = {pool["name"]: pool["slots"] for pool in chain.as_user("viewer").get("/pools?limit=100")["pools"]}
    centers = {feed.center for feed in load_feeds(chain.settings.schemas).values()}
    assert {name: pools.get(name) for name in centers} == dict.fromkeys(centers, airflow.PARALLELISM - 1)


def stored(chain: Chain) -> dict[str, bytes]:
    """What is stored and told of the incidents, as bytes."""
    files = [*chain.settings.path("canonical", "incidents").rglob("[!.]*.parquet"), *chain.settings.path("receipts", "jric_incidents").glob("*")]
    return {str(path.relative_to(chain.settings.home)): path.read_bytes() for path in files}


def test_a_preview_names_its_deliveries_and_stores_nothing(chain: Chain) -> None:
    rest, before = chain.as_user("analyst"), stored(chain)
    window = {"window_from": "2026-10-20", "window_to": "2026-11-02", "again": True}
    run = rest.trigger("jric_incidents", {**window, "preview": True, "reason": "To see what a preview says."})
    assert rest.wait("jric_incidents", run, 240) == "success", rest.explain_failure("jric_incidents", run)
    admitted = [task for task in rest.tasks("jric_incidents", run) if task["task_id"] == "admit"]
    assert sorted(task["rendered_map_index"] for task in admitted) == ["la_incidents_2026-10-26.csv", "la_incidents_2026-11-02.csv"]
    assert {task["task_id"]: task["state"] for task in rest.tasks("jric_incidents", run)}["count"] == "skipped"
    assert stored(chain) == before
    entry = next(e for e in reversed(audit.entries(chain.settings)) if e["action"] == "taken in again")
    assert (entry["actor"], entry["reason"]) == ("analyst", "To see what a preview says.")


def test_again_needs_a_reason_and_a_failure_is_told_in_codes(chain: Chain) -> None:
    rest = chain.as_user("analyst")
    run = rest.trigger("jric_incidents", {"again": True})
    assert rest.wait("jric_incidents", run, 120) == "failed"
    assert {t["task_id"]: t["try_number"] for t in rest.tasks("jric_incidents", run)}["pull"] == 1  # it would fail again in the same way
    told = {e["subject"]: e for e in audit.entries(chain.settings) if e["action"] == "run failed"}
    assert (told[f"jric_incidents/{run}"]["stage"], told[f"jric_incidents/{run}"]["codes"]) == ("pull", ["AirflowFailException"])
    refused = [e for e in told.values() if e["stage"] == "outcome" and e["subject"].startswith("jric_incidents/")]
    assert refused and "E-TEMPLATE" in refused[0]["codes"]


def test_a_backfill_takes_in_its_weeks_again_and_changes_nothing(chain: Chain) -> None:
    rest, before = chain.as_user("admin"), stored(chain)
    body = {"dag_id": "jric_incidents", "from_date": "2026-10-18T00:00:00Z", "to_date": "2026-10-27T00:00:00Z", "max_active_runs": 1}
    answer = rest.call("POST", "/backfills", {**body, "run_backwards": False, "dag_run_conf": {}, "reprocess_behavior": "completed"})
    answer.raise_for_status()
    runs = [run for run in rest.get("/dags/jric_incidents/dagRuns?limit=100")["dag_runs"] if run["run_type"] == "backfill"]
    labels = []
    for run in runs:
        assert rest.wait("jric_incidents", run["dag_run_id"], 240) == "success", rest.explain_failure("jric_incidents", run["dag_run_id"])
        labels += [task["rendered_map_index"] for task in rest.tasks("jric_incidents", run["dag_run_id"]) if task["task_id"] == "admit"]
    assert sorted(labels) == ["la_incidents_2026-10-19.csv", "la_incidents_2026-10-26.csv"]
    assert stored(chain) == before


def test_many_writers_at_once_wait_for_each_other(chain: Chain) -> None:
    def write(number: int) -> list[int]:
        rest, pool = chain.as_user("admin"), {"name": f"pool_{number}", "slots": 1, "description": ""}
        return [
            code
            for _ in range(10)
            for code in (rest.call("POST", "/pools", pool).status_code, rest.call("DELETE", f"/pools/pool_{number}").status_code)
        ]

    with ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(write, range(8)))
    assert answers == [[201, 204] * 10] * 8


def test_everything_listens_on_the_loopback_interface_alone(chain: Chain) -> None:
    listening = []
    for process in airflow.members(chain.settings, chain.service):
        with suppress(psutil.NoSuchProcess):
            listening += [found.laddr.ip for found in process.net_connections("tcp") if found.status == psutil.CONN_LISTEN]
    assert len(listening) >= 3
    assert set(listening) == {"127.0.0.1"}


def test_no_identifier_is_left_in_logs_database_receipts_or_tables(chain: Chain) -> None:
    home = chain.settings.home
    looked = 0
    for path in home.rglob("*"):
        if not path.is_file() or path.relative_to(home).parts[0] == "inbox":
            continue
        content = path.read_bytes()
        looked += 1
        for canary in CANARIES:
            assert canary.encode() not in content, f"{canary} stands in {path.relative_to(home)}"
    assert looked > 100
    with sqlite3.connect(f"file:{home / 'airflow' / 'airflow.db'}?mode=ro", uri=True) as con:
        values = " ".join(str(row) for row in con.execute("SELECT value FROM xcom").fetchall())
    con.close()
    assert values and not any(canary in values for canary in CANARIES)


def test_the_daily_look_over_the_store_finds_nothing_but_what_is_there(chain: Chain) -> None:
    run = chain.as_user("analyst").trigger("upkeep")
    chain.as_user("viewer").wait("upkeep", run, 120)  # it fails for the silent feeds: the simulated deliveries are of a fixed week
    states = {task["task_id"]: task["state"] for task in chain.as_user("viewer").tasks("upkeep", run)}
    assert (states["purge"], states["verify"]) == ("success", "success")
    draft = chain.draft_of(chain.compile("analyst"))
    found = flow.verify_store(chain.settings, [draft["id"], *(canary for canary in CANARIES if len(canary) > 5)])
    assert {finding.kind for finding in found} == {"CANARY-1"}, "what was planted upstream is nowhere; what was planted in XCom is found"
    assert "airflow/airflow.db" in {finding.file for finding in found}
