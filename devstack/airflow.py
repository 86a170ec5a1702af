"""Starts and stops the local Airflow with its PostgreSQL: up, down, status."""

import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from devstack import StackError, locks, postgres
from devstack.api import health
from devstack.environment import AIRFLOW_DATABASE, LEDGER, WAREHOUSE, address, airflow_environment
from devstack.home import ADMIN, Home
from devstack.processes import Session, start_session
from devstack.waiting import wait_until

STARTING, STOPPING = 180.0, 30.0  # seconds
NEEDED = ("metadatabase", "scheduler", "dag_processor", "triggerer")
LOG_TAIL = 40  # lines


@dataclass(frozen=True)
class Access:
    """How a person gets in."""

    address: str
    user: str
    password: str
    fresh: bool  # whether this call started the stack


@dataclass(frozen=True)
class Status:
    """What runs: the processes, and what Airflow says about each of its components."""

    processes: int
    components: Mapping[str, str | None]

    @property
    def healthy(self) -> bool:
        """Whether DAGs can run."""
        return self.processes > 0 and all(self.components.get(name) == "healthy" for name in NEEDED)


def up(home: Home, dags: Path, inherited: Mapping[str, str]) -> Access:
    """Start PostgreSQL and Airflow unless they run and are healthy, and wait until they are.

    Raises:
        StackError: Airflow did not become healthy (with the end of its log), and has been stopped again.
    """
    home.create()
    with locks.held(home.lock):
        fresh = not status(home).healthy
        if fresh:
            _stop(home)
            try:
                _start(home, dags, inherited)
            except BaseException:
                _stop(home)
                raise
        return Access(address(home.ports()), ADMIN, home.password(), fresh)


def down(home: Home) -> bool:
    """End every process of the stack; returns whether there was one."""
    if not home.folder.exists():
        return False
    with locks.held(home.lock):
        return _stop(home)


def status(home: Home) -> Status:
    """What runs now."""
    session = home.session()
    processes = len(session.members()) if session else 0
    return Status(processes, health(address(home.ports())) if processes else {})


def _start(home: Home, dags: Path, inherited: Mapping[str, str]) -> None:
    server = postgres.start(home.postgres)
    for database in (AIRFLOW_DATABASE, WAREHOUSE, LEDGER):
        server.create_database(database)
    home.password()
    environment = airflow_environment(home, home.choose_ports(), server, dags, inherited)
    home.log.unlink(missing_ok=True)
    airflow = Path(sys.executable).with_name("airflow")
    session = start_session([str(airflow), "standalone"], home.folder, environment, home.log)
    home.remember(session)
    wait_until(lambda: status(home).healthy or not session.leader_alive(), STARTING, pause=0.5)
    if not status(home).healthy:
        raise StackError(_complaint(home, session))


def _stop(home: Home) -> bool:
    session = home.session()
    ran = session is not None and bool(session.members())
    if session is not None:
        session.end(STOPPING)
    return postgres.stop(home.postgres) or ran


def _complaint(home: Home, session: Session) -> str:
    if session.leader_alive():
        said = ", ".join(f"{name}: {state}" for name, state in status(home).components.items()) or "nothing answers"
        problem = f"Airflow is not healthy after {STARTING:.0f} s ({said})"
    else:
        problem = "`airflow standalone` ended by itself"
    tail = "\n".join(home.log.read_text(errors="replace").splitlines()[-LOG_TAIL:])
    return f"{problem}. The end of {home.log}:\n{tail}"
