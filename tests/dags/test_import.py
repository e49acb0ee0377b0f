"""DAG files are light, parse without error, and make one DAG per live feed."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.core.catalog import load_feeds

ROOT = Path(__file__).resolve().parents[2]
HEAVY = ("spacy", "pandas", "duckdb", "great_expectations")
PROBE = """
import json, sys, time
import airflow, airflow.sdk, airflow.timetables.trigger, airflow.providers.standard.operators.hitl
sys.path.insert(0, "plugins")
before, began = set(sys.modules), time.process_time()
import feeds, warehouse, assessment, upkeep
spent = time.process_time() - began
from airflow.sdk import DAG
dags = [d.dag_id for m in (feeds, warehouse, assessment, upkeep) for d in vars(m).values() if isinstance(d, DAG)]
from pipelines.core import errors
faults = [errors.SourceUnavailable("x"), errors.SystemFault("x"), errors.ConfigFault("x"), errors.UsageError("x"), MemoryError()]
decided = {type(fault).__name__: feeds.RETRY.evaluate(fault, 1, 3).action.value for fault in faults}
pulls = {d.dag_id: d.get_task("pull") for d in vars(feeds).values() if isinstance(d, DAG)}
shown = {name: [task.pool, task.dag.owner_links, sorted(task.dag.tags)] for name, task in pulls.items()}
groups = {n: [g["label"] for g in feeds.grouped([(str(i), f"file {i}") for i in range(n)])] for n in (1, 4, 156)}
print(json.dumps({"decided": decided, "shown": shown, "groups": groups, "spent": spent, "new": sorted(set(sys.modules) - before), "dags": dags}))
"""


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> dict[str, object]:
    environment = os.environ | {"AIRFLOW_HOME": str(tmp_path_factory.mktemp("airflow")), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT / "dags", env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    found: dict[str, object] = json.loads(done.stdout.splitlines()[-1])
    return found


def test_dag_files_import_nothing_heavy(probe: dict[str, object]) -> None:
    new = probe["new"]
    assert isinstance(new, list)
    assert not [name for name in new if name.split(".")[0] in HEAVY]


def test_all_dag_files_parse_in_under_two_cpu_seconds(probe: dict[str, object]) -> None:
    assert isinstance(probe["spent"], float) and probe["spent"] < 2


def test_there_is_a_dag_per_live_feed(probe: dict[str, object]) -> None:
    live = {name for name, feed in load_feeds(ROOT / "schemas").items() if feed.status == "live"}
    assert isinstance(probe["dags"], list)
    assert set(probe["dags"]) == live | {"warehouse", "assessment", "upkeep"}


def test_whose_fault_decides_whether_it_is_tried_again(probe: dict[str, object]) -> None:
    ours = dict.fromkeys(("SystemFault", "ConfigFault", "UsageError"), "fail")
    assert probe["decided"] == {"SourceUnavailable": "retry", **ours, "MemoryError": "default"}


def test_a_feed_shows_its_center_its_contact_and_its_deliveries(probe: dict[str, object]) -> None:
    assert isinstance(probe["shown"], dict) and isinstance(probe["groups"], dict)
    assert probe["shown"]["ncric_tips"] == ["NCRIC", {"NCRIC": "mailto:intake@ncric.example.org"}, ["NCRIC", "feed", "tips", "weekly"]]
    assert probe["groups"] == {"1": ["file 0"], "4": [f"file {i}" for i in range(4)], "156": ["file 0 … file 155 (156)"]}
