"""Receives Airflow's workloads; hands them on to LocalExecutor, and keeps to itself the end of a task's first half when its second half is under way.

Airflow 3.3 fails a task that is resumed (an approval that is answered, a deferral that fires) before the scheduler has read that the worker of
its first half ended: the late "success" is taken for a worker that vanished. Both halves have one key, so only a count tells them apart.
"""

from collections import Counter
from collections.abc import Sequence
from typing import Any

from airflow.executors.local_executor import LocalExecutor
from airflow.utils.state import TaskInstanceState


class PatientExecutor(LocalExecutor):
    """Reports a success only when nothing else of the same key is with the workers."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        self._under_way: Counter[Any] = Counter()

    def _process_workloads(self, workload_list: Sequence[Any]) -> None:
        self._under_way.update(workload.key for workload in workload_list)
        super()._process_workloads(workload_list)

    def change_state(self, key: Any, state: Any, info: Any = None, remove_running: bool = True) -> None:
        """Enter what a worker reports into the event buffer, unless it is the end of a half that was followed by another."""
        if state == TaskInstanceState.SUCCESS and self._under_way[key] > 1:
            self._under_way[key] -= 1
            return
        if state in (TaskInstanceState.SUCCESS, TaskInstanceState.FAILED):
            self._under_way.pop(key, None)
        super().change_state(key, state, info, remove_running)
