"""Real DAG runs inside this process: the DAG files are loaded by Airflow and run task by task, without a scheduler."""

from __future__ import annotations

import logging
import threading
import time
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from datetime import time as clock_time
from importlib.metadata import version
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from devstack import StackError
from devstack.environment import REPOSITORY

PAUSE = 1.0  # seconds between two looks for a question
SETTLING = 3.0  # seconds: dag.test() forgets an answer that comes while it still notes that the task waits


@dataclass(frozen=True)
class Outcome:
    """How a DAG run ended: its state, and that of each of its tasks."""

    run_id: str
    state: str
    tasks: Mapping[str, str]


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
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_database(home)}",
        "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
        "AIRFLOW__LOGGING__FAB_LOGGING_LEVEL": "ERROR",
        "AIRFLOW__LOGGING__BASE_LOG_FOLDER": str(home / "logs"),
    }


class InProcessAirflow:
    """An Airflow of one process. Make one, on the main thread, where the environment holds ``airflow_variables``."""

    def __init__(self, home: Path) -> None:
        """Create the metadata database where there is none, and load the DAG files.

        Raises:
            StackError: a DAG file can't be loaded.
        """
        warnings.simplefilter("ignore")
        from airflow.dag_processing.dagbag import DagBag

        _create_database(home)
        self._bag = DagBag(dag_folder=str(REPOSITORY / "dags"))
        if self._bag.import_errors:
            raise StackError("The DAG files can't be loaded:\n" + "\n".join(self._bag.import_errors.values()))
        self._save_dags()

    @property
    def dags(self) -> Mapping[str, Any]:
        """The loaded DAGs by id."""
        return dict(self._bag.dags)

    def run(self, dag_id: str, day: date, timezone: str, conf: dict[str, Any] | None = None) -> Outcome:
        """Run a DAG once, as of 00:00 of ``day`` in ``timezone``."""
        moment = datetime.combine(day, clock_time(), ZoneInfo(timezone))
        return self.run_at(dag_id, moment, conf)

    def run_at(
        self,
        dag_id: str,
        logical_date: datetime | None,
        conf: dict[str, Any] | None = None,
        run_after: datetime | None = None,
    ) -> Outcome:
        """Run a DAG once, as if it had been triggered with this logical date, or at ``run_after`` without one."""
        run = self._bag.dags[dag_id].test(run_after=run_after, logical_date=logical_date, run_conf=conf)
        tasks = {item.task_id: str(item.state) for item in run.get_task_instances()}
        return Outcome(str(run.run_id), str(run.state), tasks)

    @contextmanager
    def answering(self, dag_id: str, task_id: str, option: str, reason: str) -> Iterator[None]:
        """Answer the questions of a human-in-the-loop task, through Airflow's own API, while the block runs.

        Raises:
            StackError: an answer was refused; the run that waited for it was ended, as it would have waited for ever.
        """
        answer = {"chosen_options": [option], "params_input": {"reason": reason}}
        person = _Person(dag_id, task_id, answer)
        person.start()
        try:
            yield
        finally:
            person.leave()
        if person.refusal is not None:
            raise StackError(f"The answer to {task_id} of {dag_id} was refused: {person.refusal}")

    def _save_dags(self) -> None:
        """The API, by which questions are answered, knows DAGs from the metadata database only."""
        from airflow.dag_processing.bundles.manager import DagBundlesManager
        from airflow.dag_processing.dagbag import sync_bag_to_db

        DagBundlesManager().sync_bundles_to_db()  # type: ignore[no-untyped-call]
        sync_bag_to_db(self._bag, "dags-folder", None)


class _Person(threading.Thread):
    """Somebody who looks at Airflow's required actions, and answers those of one task."""

    def __init__(self, dag_id: str, task_id: str, answer: Mapping[str, Any]) -> None:
        super().__init__(daemon=True)
        self.refusal: str | None = None
        self._task_id, self._answer = task_id, answer
        self._runs = f"/api/v2/dags/{dag_id}/dagRuns"
        self._over = threading.Event()

    def leave(self) -> None:
        """Stop looking."""
        self._over.set()
        self.join()

    def run(self) -> None:
        from airflow.api_fastapi.app import create_app
        from fastapi.testclient import TestClient

        logging.getLogger("httpx").setLevel(logging.ERROR)
        with TestClient(create_app(apps="core")) as api:
            api.headers["Authorization"] = f"Bearer {api.get('/auth/token').json()['access_token']}"
            while not self._over.wait(PAUSE):
                for run_id in self._asking(api):
                    time.sleep(SETTLING)
                    self._reply(api, run_id)

    def _asking(self, api: Any) -> list[str]:
        listed = api.get(f"{self._runs}/~/hitlDetails", params={"response_received": False}).json()
        waiting = [item["task_instance"] for item in listed.get("hitl_details", ())]
        return [task["dag_run_id"] for task in waiting if task["task_id"] == self._task_id]

    def _reply(self, api: Any, run_id: str) -> None:
        url = f"{self._runs}/{run_id}/taskInstances/{self._task_id}/-1/hitlDetails"
        response = api.patch(url, json=self._answer)
        if response.is_error:
            self.refusal = response.text
            api.patch(f"{self._runs}/{run_id}", json={"state": "failed"})


def _database(home: Path) -> Path:
    """Named by Airflow's version, so that a database of another version is left alone."""
    return home / f"airflow-{version('apache-airflow')}.db"


def _create_database(home: Path) -> None:
    """A database without the mark of completion is what a killed process left."""
    from airflow.utils.db import initdb

    complete = _database(home).with_suffix(".complete")
    if not complete.exists():
        for leftover in home.glob(f"{_database(home).name}*"):
            leftover.unlink()
        initdb()
        complete.touch()
