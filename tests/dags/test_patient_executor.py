"""A task that is resumed before the scheduler has read that its first half ended is not failed for it."""

import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROBE = """
import sys
sys.path.insert(0, "plugins")
from types import SimpleNamespace
from airflow.executors.local_executor import LocalExecutor
from airflow.utils.state import TaskInstanceState as State
from patient_executor import PatientExecutor

LocalExecutor._process_workloads = lambda self, workloads: self.running.update(w.key for w in workloads)  # no workers: only the account matters
executor = PatientExecutor(parallelism=1)
half = SimpleNamespace(key="approve")
executor._process_workloads([half])
executor._process_workloads([half])
executor.change_state("approve", State.SUCCESS)
assert executor.get_event_buffer() == {} and "approve" in executor.running, "the end of the first half is reported"
executor.change_state("approve", State.SUCCESS)
assert list(executor.get_event_buffer()) == ["approve"] and not executor.running, "the end of the second half is not reported"
executor._process_workloads([half])
executor._process_workloads([half])
executor.change_state("approve", State.FAILED)
assert list(executor.get_event_buffer()) == ["approve"], "a failure is kept back"
executor._process_workloads([half])
executor.change_state("approve", State.SUCCESS)
assert list(executor.get_event_buffer()) == ["approve"], "the count outlives a failure"
print("ok")
"""


def test_only_the_end_of_the_last_half_is_reported(tmp_path: Path) -> None:
    environment = os.environ | {"AIRFLOW_HOME": str(tmp_path), "AIRFLOW__CORE__LOAD_EXAMPLES": "False"}
    done = subprocess.run([sys.executable, "-c", PROBE], cwd=ROOT / "dags", env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0 and done.stdout.splitlines()[-1] == "ok", done.stderr[-2000:]
