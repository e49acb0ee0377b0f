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
before, began = set(sys.modules), time.perf_counter()
import feeds, warehouse, assessment, upkeep
spent = time.perf_counter() - began
from airflow.sdk import DAG
dags = [d.dag_id for m in (feeds, warehouse, assessment, upkeep) for d in vars(m).values() if isinstance(d, DAG)]
print(json.dumps({"spent": spent, "new": sorted(set(sys.modules) - before), "dags": dags}))
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


def test_all_dag_files_parse_in_under_two_seconds(probe: dict[str, object]) -> None:
    assert isinstance(probe["spent"], float) and probe["spent"] < 2


def test_there_is_a_dag_per_live_feed(probe: dict[str, object]) -> None:
    live = {name for name, feed in load_feeds(ROOT / "schemas").items() if feed.status == "live"}
    assert isinstance(probe["dags"], list)
    assert set(probe["dags"]) == live | {"warehouse", "assessment", "upkeep"}
