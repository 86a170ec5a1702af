"""What `make up` remembers, which processes it takes for its own, and which ports it chooses."""

import os
import signal
import socket
import subprocess
from pathlib import Path

import psutil
import pytest

from devstack import StackError, locks
from devstack.environment import airflow_environment
from devstack.home import Home
from devstack.ports import Ports, free_port
from devstack.postgres import Server
from devstack.processes import Session, running, start_session
from devstack.waiting import wait_until

STUBBORN = "trap '' TERM; sleep 60 & echo ready; wait; wait"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    home = Home(tmp_path / "home")
    home.create()
    return home


def start(folder: Path, script: str) -> Session:
    """A shell and its child in a session of their own, once both run."""
    log = folder / "log"
    session = start_session(["/bin/sh", "-c", script], folder, {"PATH": "/usr/bin:/bin"}, log)
    assert wait_until(lambda: "ready" in log.read_text(), 10)
    return session


def test_ending_a_session_ends_also_what_ignores_the_polite_signal(tmp_path: Path) -> None:
    session = start(tmp_path, STUBBORN)
    members = [process.pid for process in session.members()]
    assert len(members) == 2
    session.end(grace=0.5)
    assert [running(pid) for pid in members] == [None, None]


def test_a_session_that_lost_its_leader_is_known_by_its_folder(tmp_path: Path) -> None:
    session = start(tmp_path, "sleep 60 & echo ready; wait")
    os.kill(session.leader, signal.SIGKILL)
    assert wait_until(lambda: not session.leader_alive(), 10)
    elsewhere = Session(session.leader, session.started, Path("/"))
    assert elsewhere.members() == []
    assert len(session.members()) == 1
    session.end(grace=5)
    assert session.members() == []


def test_a_stranger_that_has_the_number_of_our_session_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"], cwd=tmp_path, start_new_session=True) as stranger:
        started = psutil.Process(stranger.pid).create_time()
        ours = Session(stranger.pid, started - 3600, tmp_path)
        assert not ours.leader_alive()
        assert ours.members() == []
        ours.end(grace=0.1)
        assert stranger.poll() is None
        stranger.kill()


def test_a_recorded_session_is_found_again(home: Home) -> None:
    assert home.session() is None
    session = start(home.folder, "sleep 60 & echo ready; wait")
    home.remember(session)
    assert home.session() == session
    session.end(grace=5)


def test_a_lock_is_free_again_after_its_block_even_one_that_failed(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), locks.held(tmp_path / "lock"):
        raise ZeroDivisionError
    with locks.held(tmp_path / "lock"), pytest.raises(StackError, match="in use"), locks.held(tmp_path / "lock"):
        pytest.fail("held twice")


def test_only_a_port_that_is_taken_is_replaced() -> None:
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        taken = other.getsockname()[1]
        wanted = Ports(taken, free_port(), free_port())
        freed = wanted.freed()
    assert freed.api != taken
    assert (freed.worker_log, freed.triggerer_log) == (wanted.worker_log, wanted.triggerer_log)


def test_the_chosen_ports_are_those_of_the_next_start(home: Home) -> None:
    chosen = home.choose_ports()
    assert Home(home.folder).ports() == chosen
    assert home.choose_ports() == chosen


def test_secrets_and_password_are_made_once_and_readable_by_their_owner_alone(home: Home) -> None:
    made = (home.password(), home.secrets())
    assert (Home(home.folder).password(), Home(home.folder).secrets()) == made
    for name in ("passwords.json", "secrets.json"):
        assert ((home.folder / name).stat().st_mode & 0o777) == 0o600


def test_two_homes_share_no_secret(tmp_path: Path) -> None:
    first, second = Home(tmp_path / "a"), Home(tmp_path / "b")
    first.create()
    second.create()
    assert first.password() != second.password()
    assert not set(vars(first.secrets()).values()) & set(vars(second.secrets()).values())


def test_the_shell_cannot_point_the_local_stack_at_a_real_warehouse(home: Home) -> None:
    real = "postgresql+psycopg://warehouse.example.com/live"
    shell = {"ICP_WAREHOUSE_URL": real, "ICP_LEDGER_URL": real, "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": real}
    shell |= {"ICP_CONFIG_DIR": "/etc/icp", "AIRFLOW_CONN_CRM": "http://crm.example.com"}
    with subprocess.Popen(["true"]) as launched:
        server = Server(home.folder, home.folder / "run", launched)
    environment = airflow_environment(home, Ports(api=8123), server, Path("/dags"), shell)
    assert real not in environment.values()
    assert environment["ICP_CONFIG_DIR"] == "/etc/icp"
    assert environment["AIRFLOW_CONN_CRM"] == "http://crm.example.com"
    assert environment["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:8123"
