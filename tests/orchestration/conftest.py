"""Fixtures of the DAG tests: a small company, its project folder, and an Airflow in a process of its own."""

from __future__ import annotations

import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from icp_monitor.ledger import Ledger, open_ledger
from icp_monitor.settings import Settings

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 240.0  # seconds for one request; an approval that nobody answers would wait for ever


@dataclass(frozen=True)
class Project:
    """A company's folder: configuration, CRM export, warehouse, ledger and output."""

    folder: Path

    @property
    def variables(self) -> dict[str, str]:
        """The environment that makes a process work in this folder."""
        return {
            "ICP_CONFIG_DIR": str(self.folder / "config"),
            "ICP_SOURCE_DIR": str(self.folder / "crm"),
            "ICP_WAREHOUSE_URL": f"file:{self.folder / 'warehouse'}",
            "ICP_LEDGER_URL": f"sqlite:///{self.folder / 'ledger.db'}",
            "ICP_OUTPUT_DIR": str(self.folder / "output"),
        }

    def settings(self) -> Settings:
        """The settings of these variables."""
        return Settings.from_environment(self.variables, self.folder)

    def ledger(self) -> Ledger:
        """The open ledger."""
        return open_ledger(self.variables["ICP_LEDGER_URL"])

    def messages(self) -> list[str]:
        """The messages that were handed over, as their files are named."""
        return sorted(path.name for path in (self.folder / "output" / "outbox").glob("*.txt"))

    def results(self, run_set: str) -> dict[str, bytes]:
        """Every file with results of a run set, by its place in the folder."""
        return {str(path.relative_to(self.folder)): path.read_bytes() for path in self._files(run_set)}

    def first_written(self, run_set: str, day: date) -> int:
        """When the oldest of the day's files was written, in nanoseconds."""
        return min(path.stat().st_mtime_ns for path in self._files(run_set) if day.isoformat() in str(path))

    def _files(self, run_set: str) -> list[Path]:
        parquet = (self.folder / "warehouse").rglob(f"*/run_set={run_set}/**/*.parquet")
        verdicts = (self.folder / "output" / "verdicts" / run_set).glob("*.json")
        return [*parquet, *verdicts]

    def edit(self, file: str, old: str, new: str) -> None:
        """Change the one place in a configuration file that reads ``old``."""
        path = self.folder / "config" / file
        text = path.read_text("utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), "utf-8")


class Worker:
    """An Airflow that runs DAGs in a process of its own; it is killed when an answer takes too long."""

    def __init__(self, home: Path) -> None:
        from devstack.inprocess import airflow_variables

        self._log = home / "worker.log"
        everything = os.environ.items()  # noqa: TID251 - what a child process inherits
        ours = {name: value for name, value in everything if not name.startswith(("AIRFLOW_", "ICP_"))}
        self._process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name("dag_worker.py"))],
            cwd=home,
            env=ours
            | airflow_variables(home)
            | {"PYTHONPATH": str(REPOSITORY), "ICP_CONFIG_DIR": str(REPOSITORY / "config")},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log.open("w"),
            text=True,
        )

    def ask(self, verb: str, project: Project | None = None, **arguments: Any) -> Any:
        """Send a request of ``dag_worker`` and wait for its answer."""
        environment = {} if project is None else project.variables
        request = {"verb": verb, "environment": environment, "arguments": arguments}
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        limit = threading.Timer(PATIENCE, self._process.kill)
        limit.start()
        try:
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            answer = self._process.stdout.readline()
        finally:
            limit.cancel()
        assert answer, f"the DAGs' process ended:\n{self._log.read_text()[-4000:]}"
        return json.loads(answer)

    def run(self, project: Project, dag_id: str, **arguments: Any) -> Any:
        """Run a DAG once in the project; returns the outcome as ``dag_worker.run`` describes it."""
        return self.ask("run", project, dag_id=dag_id, **arguments)

    def kill(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()


@pytest.fixture(scope="session")
def airflow(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Worker]:
    """One Airflow for all tests, with a metadata database of its own."""
    if importlib.util.find_spec("airflow") is None:  # not imported here, as that would make its home
        pytest.skip("the airflow extra is not installed")
    worker = Worker(tmp_path_factory.mktemp("airflow"))
    yield worker
    worker.kill()


@pytest.fixture(scope="session")
def crm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The CRM export of a company that is small, but has all that the example configuration speaks of."""
    from icp_monitor.periods import Window
    from icp_monitor.synthetic.company import generate
    from icp_monitor.synthetic.files import write_csv
    from icp_monitor.synthetic.world import World

    folder = tmp_path_factory.mktemp("company")
    world = World(seed=3, accounts=200, history=Window(date(2023, 8, 1), date(2025, 10, 1)), scale=0.1)
    write_csv(generate(world).extract, folder)
    return folder


@pytest.fixture(scope="session")
def new_project(crm: Path, tmp_path_factory: pytest.TempPathFactory) -> Callable[[], Project]:
    """Makes a project folder in which nothing was pulled yet."""
    from icp_monitor.cli.demo import rehearsal

    def make() -> Project:
        folder = tmp_path_factory.mktemp("project")
        rehearsal(REPOSITORY / "config", folder / "config", replays=50)
        shutil.copytree(crm, folder / "crm")
        return Project(folder)

    return make
