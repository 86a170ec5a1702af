"""A small client of Airflow's REST API: run a DAG, backfill it, answer its approvals, see what went wrong."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, Self

import httpx

from devstack import StackError
from devstack.waiting import wait_until

PATIENCE = 60.0  # seconds
FINISHED = ("success", "failed")


class AirflowApi:
    """Speaks to one Airflow as one user.

    Args:
        address: where Airflow is, such as ``http://127.0.0.1:8080``.
        user: the login.
        password: its password.

    Every method raises :class:`StackError` when Airflow refuses the request or doesn't answer; the message says how.
    """

    def __init__(self, address: str, user: str, password: str) -> None:
        self._http = httpx.Client(base_url=address, timeout=30, trust_env=False)  # no proxy between us and localhost
        token = self._call("POST", "/auth/token", {"username": user, "password": password})["access_token"]
        self._http.headers["Authorization"] = f"Bearer {token}"

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *problem: object) -> None:
        self._http.close()

    def import_errors(self) -> list[str]:
        """What kept DAG files from loading."""
        errors = self._call("GET", "/api/v2/importErrors")["import_errors"]
        return [f"{error['filename']}:\n{error['stack_trace']}" for error in errors]

    def dag_ids(self) -> set[str]:
        """The DAGs that have been loaded."""
        return {dag["dag_id"] for dag in self._call("GET", "/api/v2/dags")["dags"]}

    def unpause(self, dag_id: str) -> None:
        """Let the scheduler run the DAG."""
        self._call("PATCH", f"/api/v2/dags/{dag_id}", {"is_paused": False})

    def trigger(self, dag_id: str, conf: Mapping[str, Any], logical_date: datetime | None = None) -> str:
        """Ask for a run; returns its id. Without a logical date the run has no data interval."""
        moment = logical_date.isoformat() if logical_date else None
        run = self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", {"logical_date": moment, "conf": dict(conf)})
        return str(run["dag_run_id"])

    def run_state(self, dag_id: str, run_id: str) -> str:
        """``queued``, ``running``, ``success`` or ``failed``."""
        return str(self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}")["state"])

    def task_states(self, dag_id: str, run_id: str) -> dict[str, str | None]:
        """The state of each of the run's tasks; ``None`` for one that has not been scheduled."""
        tasks = self._call("GET", f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances")["task_instances"]
        return {task["task_id"]: task["state"] for task in tasks}

    def open_approvals(self, dag_id: str) -> list[tuple[str, str]]:
        """Run and task of each question that waits for a person's answer."""
        path = f"/api/v2/dags/{dag_id}/dagRuns/~/hitlDetails?response_received=false"
        tasks = [detail["task_instance"] for detail in self._call("GET", path)["hitl_details"]]
        return [(task["dag_run_id"], task["task_id"]) for task in tasks]

    def answer(self, dag_id: str, run_id: str, task_id: str, option: str, inputs: Mapping[str, Any]) -> None:
        """Answer a task that waits: with one of its options, and what its form asks for.

        Airflow 3.3.2 fails a task that is answered before its scheduler has noticed that the task waits (about a second
        after the question, more on a busy machine). People are seldom that fast; this waits for two of its heartbeats.
        """
        self._await_heartbeat()
        self._await_heartbeat()
        path = f"/api/v2/dags/{dag_id}/dagRuns/{run_id}/taskInstances/{task_id}/-1/hitlDetails"
        self._call("PATCH", path, {"chosen_options": [option], "params_input": dict(inputs)})

    def backfill(self, dag_id: str, first: date, last: date) -> int:
        """Ask for a run of each interval that begins on these days, by UTC, and has none; returns the backfill's id."""
        body = {"dag_id": dag_id, "from_date": f"{first}T00:00:00Z", "to_date": f"{last}T23:59:59Z"}
        return int(self._call("POST", "/api/v2/backfills", body)["id"])

    def backfill_finished(self, backfill_id: int) -> bool:
        """Whether all of the backfill's runs have finished; Airflow notices up to half a minute late."""
        return self._call("GET", f"/api/v2/backfills/{backfill_id}")["completed_at"] is not None

    def backfilled_states(self, dag_id: str) -> list[str]:
        """The states of all runs that backfills of the DAG made, oldest interval first."""
        path = f"/api/v2/dags/{dag_id}/dagRuns?run_type=backfill&order_by=logical_date&limit=100"
        return [run["state"] for run in self._call("GET", path)["dag_runs"]]

    def _await_heartbeat(self) -> None:
        """Wait until the scheduler has written its next heartbeat, every five seconds at the end of a round."""
        before = self._scheduler()
        wait_until(lambda: self._scheduler() != before, PATIENCE, pause=0.5)

    def _scheduler(self) -> Any:
        return self._call("GET", "/api/v2/monitor/health")["scheduler"]

    def _call(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        try:
            answer = self._http.request(method, path, json=body)
        except httpx.HTTPError as error:
            raise StackError(f"Airflow does not answer {method} {path} at {self._http.base_url}: {error}") from error
        if answer.is_error:
            raise StackError(f"Airflow answered {answer.status_code} to {method} {path}: {answer.text[:1000]}")
        return answer.json()


def health(address: str) -> dict[str, str | None]:
    """Each component's state, ``healthy`` or not, without logging in; empty while nothing answers."""
    try:
        answer = httpx.get(f"{address}/api/v2/monitor/health", timeout=5, trust_env=False)
        return {name: component["status"] for name, component in answer.raise_for_status().json().items()}
    except (httpx.HTTPError, ValueError):
        return {}
