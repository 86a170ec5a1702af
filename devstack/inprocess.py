"""Real DAG runs inside this process: the DAG files are loaded by Airflow and run task by task, without a scheduler."""

from __future__ import annotations

import logging
import os
import threading
import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, date, datetime, time
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from devstack import StackError
from devstack.environment import REPOSITORY
from devstack.waiting import wait_until

ANSWER_WITHIN = 120.0  # seconds; an unanswered question would hang the run for ever


def airflow_variables(home: Path) -> dict[str, str]:
    """The settings of an Airflow that lives in ``home``; they must be in the environment before it is imported."""
    return {
        "AIRFLOW_HOME": str(home),
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__EXECUTOR": "LocalExecutor",
        "AIRFLOW__CORE__UNIT_TEST_MODE": "False",
        "AIRFLOW__CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home / 'airflow.db'}",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "AIRFLOW__LOGGING__FAB_LOGGING_LEVEL": "ERROR",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
    }


class InProcessAirflow:
    """An Airflow of one process. Make one in a process whose environment holds ``airflow_variables``."""

    def __init__(self) -> None:
        """Create the metadata database where there is none, and load the DAG files."""
        warnings.simplefilter("ignore")
        from airflow.dag_processing.dagbag import DagBag
        from airflow.utils.db import initdb

        if not (Path(os.environ["AIRFLOW_HOME"]) / "airflow.db").exists():  # noqa: TID251 - as Airflow reads it
            initdb()
        self._bag = DagBag(dag_folder=str(REPOSITORY / "dags"))
        if self._bag.import_errors:
            raise StackError(f"the DAG files can't be loaded: {self._bag.import_errors}")
        self._save_dags()

    @property
    def dags(self) -> dict[str, Any]:
        """The loaded DAGs by id."""
        return dict(self._bag.dags)

    def run(self, dag_id: str, end: date, timezone: str, conf: dict[str, Any] | None = None) -> str:
        """Run a DAG once for the interval that ends at the start of ``end``; returns the run's state."""
        moment = datetime.combine(end, time(), ZoneInfo(timezone)).astimezone(UTC)
        return str(self._bag.dags[dag_id].test(logical_date=moment, run_conf=conf).state)

    @contextmanager
    def answering(self, dag_id: str, task_id: str, option: str, reason: str) -> Iterator[None]:
        """Answer the question of a human-in-the-loop task through Airflow's own API, as a person would in the UI."""
        answer = threading.Thread(target=_answer, args=(dag_id, task_id, option, reason), daemon=True)
        answer.start()
        yield
        answer.join(timeout=5)

    def _save_dags(self) -> None:
        """The API, by which questions are answered, knows DAGs from the metadata database only."""
        from airflow.dag_processing.bundles.manager import DagBundlesManager
        from airflow.dag_processing.dagbag import sync_bag_to_db

        DagBundlesManager().sync_bundles_to_db()
        sync_bag_to_db(self._bag, "dags-folder", None)


def _answer(dag_id: str, task_id: str, option: str, reason: str) -> None:
    from airflow.api_fastapi.app import create_app
    from fastapi.testclient import TestClient

    logging.getLogger("httpx").setLevel(logging.ERROR)
    with TestClient(create_app(apps="core")) as client:
        token = client.get("/auth/token").json()["access_token"]
        client.headers["Authorization"] = f"Bearer {token}"
        where = f"/api/v2/dags/{dag_id}/dagRuns"
        if not wait_until(lambda: _question(client, where, task_id) is not None, ANSWER_WITHIN):
            raise StackError(f"{task_id} of {dag_id} asked no question within {ANSWER_WITHIN:.0f} s")
        url = _question(client, where, task_id)
        body = {"chosen_options": [option], "params_input": {"reason": reason}}
        response = client.patch(url, json=body)
        if response.status_code != 200:
            raise StackError(f"the answer to {task_id} was refused: {response.text}")


def _question(client: Any, where: str, task_id: str) -> str | None:
    listed = client.get(f"{where}/~/hitlDetails", params={"response_received": False}).json()
    for item in listed.get("hitl_details", ()):
        task = item["task_instance"]
        if task["task_id"] == task_id:
            return f"{where}/{task['dag_run_id']}/taskInstances/{task_id}/-1/hitlDetails"
    return None
