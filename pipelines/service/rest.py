"""Receives an address and a user; hands on what Airflow's REST API answers; raises SystemFault that names the failed task and its log."""

import time
from collections.abc import Callable
from typing import Any

import httpx

from pipelines.core.errors import SystemFault
from pipelines.service.airflow import Service

DONE = ("success", "failed")


class Rest:
    """The API as one user sees it. It holds a token and no open connection, so there is nothing to close."""

    def __init__(self, service: Service, user: str) -> None:
        self._url, self._headers = service.url, {}
        answer = self._request("POST", "/auth/token", {"username": user, "password": service.passwords[user]})
        self._headers = {"Authorization": f"Bearer {answer.raise_for_status().json()['access_token']}"}

    def call(self, method: str, path: str, body: Any = None) -> httpx.Response:
        """Any call under /api/v2, whatever its status."""
        return self._request(method, f"/api/v2{path}", body)

    def _request(self, method: str, path: str, body: Any) -> httpx.Response:
        return httpx.request(method, self._url + path, json=body, headers=self._headers, timeout=60, trust_env=False)

    def get(self, path: str) -> Any:
        """The JSON of a GET."""
        return self.call("GET", path).raise_for_status().json()

    def dags(self) -> set[str]:
        """Ids of the DAGs that Airflow has read."""
        return {dag["dag_id"] for dag in self.get("/dags?limit=200")["dags"]}

    def trigger(self, dag: str, conf: dict[str, Any] | None = None) -> str:
        """Start a run; return its id."""
        answer = self.call("POST", f"/dags/{dag}/dagRuns", {"logical_date": None, "conf": conf or {}})
        run_id: str = answer.raise_for_status().json()["dag_run_id"]
        return run_id

    def wait(self, dag: str, run: str, timeout_s: float, until: Callable[[], bool] = lambda: False) -> str:
        """Wait for a run to end, or for `until`; return its state. Raises SystemFault when the time is up."""
        deadline = time.monotonic() + timeout_s
        while time.monotonic() < deadline:
            state: str = self.get(f"/dags/{dag}/dagRuns/{run}")["state"]
            if state in DONE or until():
                return state
            time.sleep(0.5)
        raise SystemFault(f"{dag}: the run {run} did not end within {timeout_s:.0f} s.")

    def pending_approval(self, dag: str, run: str) -> bool:
        """Whether the run waits for a decision."""
        return bool(self.get(f"/dags/{dag}/dagRuns/{run}/hitlDetails?response_received=false")["hitl_details"])

    def decide(self, dag: str, run: str, option: str, reason: str = "") -> httpx.Response:
        """Answer the run's approval."""
        body = {"chosen_options": [option], "params_input": {"reason": reason}}
        return self.call("PATCH", f"/dags/{dag}/dagRuns/{run}/taskInstances/approve/-1/hitlDetails", body)

    def tasks(self, dag: str, run: str) -> list[dict[str, Any]]:
        """The run's task instances."""
        found: list[dict[str, Any]] = self.get(f"/dags/{dag}/dagRuns/{run}/taskInstances?limit=200")["task_instances"]
        return found

    def explain_failure(self, dag: str, run: str) -> str:
        """Which tasks failed, and the last lines of the first one's log."""
        failed = [task for task in self.tasks(dag, run) if task["state"] == "failed"]
        if not failed:
            return f"{dag}: the run {run} failed, but none of its tasks did."
        first = failed[0]
        place = f"/dags/{dag}/dagRuns/{run}/taskInstances/{first['task_id']}/logs/{first['try_number']}?map_index={first['map_index']}"
        events = [str(line.get("event", line)) for line in self.get(place)["content"][-15:]]
        names = ", ".join(f"{task['task_id']}[{task['map_index']}]" for task in failed)
        return f"{dag}: failed: {names}. The last lines of {first['task_id']}:\n  " + "\n  ".join(events)
