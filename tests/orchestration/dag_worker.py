"""Runs DAGs in a process that the tests may kill: a request a line comes in, an answer a line goes out."""

from __future__ import annotations

import json
import os
import sys
from contextlib import nullcontext
from datetime import datetime
from pathlib import Path
from typing import Any

from devstack.inprocess import InProcessAirflow


def describe(airflow: InProcessAirflow) -> dict[str, Any]:
    """What each DAG promises: its settings, its tasks, and what follows what."""
    return {dag_id: _described(dag) for dag_id, dag in airflow.dags.items()}


def plugins(_airflow: InProcessAirflow) -> dict[str, Any]:
    """What Airflow makes of the plugins folder: the files that it executes, what they register, what goes wrong."""
    from airflow import plugins_manager

    plugins_manager.ensure_plugins_loaded()
    sources = {item["name"]: str(item["source"]) for item in plugins_manager.get_plugin_info()}
    return {
        "sources": {name: source for name, source in sources.items() if name.startswith("icp")},
        "timetables": sorted(plugins_manager.get_timetables_plugins()),
        "errors": plugins_manager.get_import_errors(),
    }


def run(
    airflow: InProcessAirflow,
    dag_id: str,
    logical_date: str | None = None,
    run_after: str | None = None,
    conf: dict[str, Any] | None = None,
    answer: tuple[str, str] | None = None,
) -> dict[str, Any]:
    """A run's outcome with its tasks' tries and what crossed XCom; ``answer`` is a person's option and reason."""
    person = airflow.answering(dag_id, "approve", *answer) if answer else nullcontext()
    with person:
        outcome = airflow.run_at(dag_id, _moment(logical_date), conf, _moment(run_after))
    return {
        "run_id": outcome.run_id,
        "state": outcome.state,
        "tasks": dict(outcome.tasks),
        "tries": _tries(dag_id, outcome.run_id),
        "xcom": _xcom(dag_id, outcome.run_id),
    }


def trigger(_airflow: InProcessAirflow, dag_id: str, conf: dict[str, Any]) -> dict[str, Any]:
    """How Airflow's API answers somebody who fills in the trigger form."""
    from airflow.api_fastapi.app import create_app
    from fastapi.testclient import TestClient

    with TestClient(create_app(apps="core")) as api:
        api.headers["Authorization"] = f"Bearer {api.get('/auth/token').json()['access_token']}"
        response = api.post(f"/api/v2/dags/{dag_id}/dagRuns", json={"logical_date": None, "conf": conf})
        return {"status": response.status_code, "text": response.text}


def _described(dag: Any) -> dict[str, Any]:
    return {
        "tags": sorted(dag.tags),
        "doc_md": dag.doc_md,
        "description": dag.description,
        "catchup": dag.catchup,
        "max_active_runs": dag.max_active_runs,
        "failure_callback": getattr(dag.on_failure_callback, "__name__", None),
        "timetable": type(dag.timetable).__name__,
        "params": {name: dag.params.get_param(name).schema for name in dag.params},
        "tasks": {task.task_id: _task(task) for task in dag.tasks},
    }


def _task(task: Any) -> dict[str, Any]:
    return {
        "owner": task.owner,
        "retries": task.retries,
        "retry_policy": type(task.retry_policy).__name__,
        "timeout": task.execution_timeout.total_seconds() if task.execution_timeout else None,
        "failure_callbacks": [callback.__name__ for callback in task.on_failure_callback],
        "doc_md": task.doc_md,
        "downstream": sorted(task.downstream_task_ids),
        "options": getattr(task, "options", None),
    }


def _tries(dag_id: str, run_id: str) -> dict[str, int]:
    from airflow.models.taskinstance import TaskInstance
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        found = session.scalars(select(TaskInstance).filter_by(dag_id=dag_id, run_id=run_id))
        return {item.task_id: item.try_number for item in found}


def _xcom(dag_id: str, run_id: str) -> dict[str, Any]:
    from airflow.models.xcom import XComModel
    from airflow.utils.session import create_session
    from sqlalchemy import select

    with create_session() as session:
        found = session.scalars(select(XComModel).filter_by(dag_id=dag_id, run_id=run_id))
        return {f"{item.task_id}/{item.key}": item.value for item in found}


def _moment(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _serve(answers: Any) -> None:
    environment = os.environ  # noqa: TID251 - each request brings its own
    airflow = InProcessAirflow(Path(environment["AIRFLOW_HOME"]))
    verbs = {"describe": describe, "plugins": plugins, "run": run, "trigger": trigger}
    for line in sys.stdin:
        request = json.loads(line)
        environment.update(request["environment"])
        answer = verbs[request["verb"]](airflow, **request["arguments"])
        print(json.dumps(answer, default=str), file=answers, flush=True)


if __name__ == "__main__":
    own = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what Airflow prints goes to the log
    _serve(own)
