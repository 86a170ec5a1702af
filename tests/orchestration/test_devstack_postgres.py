"""The PostgreSQL of tests and `make up`: it starts whatever was left behind, and leaves nothing behind itself."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import psutil
import psycopg
import pytest
from sqlalchemy import create_engine, text

from devstack import StackError, installation, locks, postgres, postmaster
from devstack.home import Home
from devstack.processes import running

REPOSITORY = Path(__file__).parents[2]
pytestmark = [pytest.mark.postgres, pytest.mark.xdist_group("devstack")]


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that the server's account can pass, unlike pytest's private ones; its server is stopped afterwards."""
    parent = Path(tempfile.mkdtemp(prefix="icp-test-"))
    parent.chmod(0o711)
    yield parent / "postgres"
    for data in parent.rglob("data"):
        postmaster.end(data)
    shutil.rmtree(parent)


def ask(server: postgres.Server, statement: str) -> list[tuple[object, ...]]:
    engine = create_engine(server.url())
    try:
        with engine.begin() as connection:
            result = connection.execute(text(statement))
            return [tuple(row) for row in result] if result.returns_rows else []
    finally:
        engine.dispose()


def killed_after(statement: str) -> None:
    """Run a statement in another Python, which then dies by ``kill -9`` without a chance to tidy up."""
    script = f"import os; from pathlib import Path; from devstack import postgres; {statement}; os.kill(os.getpid(), 9)"
    done = subprocess.run([sys.executable, "-c", script], cwd=REPOSITORY, check=False)
    assert done.returncode == -signal.SIGKILL


def pid_of(folder: Path) -> int:
    server = postmaster.find(folder / "data")
    assert server is not None
    return server.pid


def test_a_temporary_server_answers_and_leaves_no_process_and_no_folder() -> None:
    with postgres.temporary_server() as server:
        pid = pid_of(server.folder)
        assert ask(server, "SELECT 1 + 1") == [(2,)]
    assert running(pid) is None
    assert not server.folder.exists()


def test_a_server_listens_on_no_network_address() -> None:
    with postgres.temporary_server() as server:
        connections = psutil.Process(pid_of(server.folder)).net_connections("inet")
        assert [connection for connection in connections if connection.status == psutil.CONN_LISTEN] == []
        assert (server.sockets.stat().st_mode & 0o777) == 0o700


def test_creating_a_database_twice_keeps_its_content() -> None:
    with postgres.temporary_server() as server:
        url = server.create_database("some-db")
        engine = create_engine(url)
        with engine.begin() as connection:
            connection.execute(text("CREATE TABLE kept AS SELECT 7 AS seven"))
        assert server.create_database("some-db") == url
        with engine.connect() as connection:
            assert connection.scalar(text("SELECT seven FROM kept")) == 7
        engine.dispose()


def test_data_outlive_a_stop(folder: Path) -> None:
    server = postgres.start(folder)
    ask(server, "CREATE TABLE kept AS SELECT 7 AS seven")
    server.stop()
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(host=str(server.sockets), user=postgres.USER, dbname="postgres")
    server = postgres.start(folder)
    assert ask(server, "SELECT seven FROM kept") == [(7,)]
    server.stop()


def test_the_server_of_a_killed_launcher_is_replaced_and_its_data_kept(folder: Path) -> None:
    killed_after(f"s = postgres.start(Path({str(folder)!r})); s.create_database('kept')")
    orphan = pid_of(folder)
    server = postgres.start(folder)
    assert running(orphan) is None
    assert pid_of(folder) != orphan
    assert ("kept",) in ask(server, "SELECT datname FROM pg_database")
    assert postgres.stop(folder)
    assert not postgres.stop(folder), "a second stop finds nothing to stop"
    server.launched.wait()


def test_a_server_that_was_killed_itself_recovers(folder: Path) -> None:
    server = postgres.start(folder)
    ask(server, "CREATE TABLE kept AS SELECT 7 AS seven")
    os.kill(pid_of(folder), signal.SIGKILL)
    server.launched.wait()
    server = postgres.start(folder)
    assert ask(server, "SELECT seven FROM kept") == [(7,)]
    server.stop()


def test_a_stranger_with_the_recorded_process_id_is_left_alone(folder: Path) -> None:
    postgres.start(folder).stop()
    with subprocess.Popen(["sleep", "60"]) as stranger:
        (folder / "data" / postmaster.RECORD).write_text(f"{stranger.pid}\n{folder / 'data'}\n")
        server = postgres.start(folder)
        assert ask(server, "SELECT 1") == [(1,)]
        assert stranger.poll() is None
        server.stop()
        stranger.kill()


def test_an_initialisation_that_was_cut_off_is_done_again(folder: Path) -> None:
    (folder / "data.unfinished" / "base").mkdir(parents=True)
    server = postgres.start(folder)
    assert ask(server, "SELECT 1") == [(1,)]
    server.stop()


def test_a_path_too_long_for_a_socket_gets_a_short_one(folder: Path) -> None:
    server = postgres.start(folder.parent / ("long" * 25))
    assert len(os.fsencode(server.sockets / ".s.PGSQL.5432")) <= postgres.LONGEST_SOCKET
    assert ask(server, "SELECT 1") == [(1,)]
    server.stop()
    server.sockets.rmdir()


def test_a_killed_test_run_leaves_nothing_once_the_next_has_begun(folder: Path) -> None:
    folder.mkdir()
    note = folder / "note"
    killed_after(f"c = postgres.temporary_server(); s = c.__enter__(); Path({str(note)!r}).write_text(str(s.folder))")
    orphan = Path(note.read_text())
    pid = pid_of(orphan)
    with postgres.temporary_server():
        assert not orphan.exists()
        assert running(pid) is None


def test_two_processes_do_not_start_one_server_at_a_time(folder: Path) -> None:
    folder.mkdir()
    with locks.held(folder / "lock"), pytest.raises(StackError, match="in use by another running process"):
        postgres.start(folder)


def test_a_server_that_cannot_start_says_why(folder: Path) -> None:
    postgres.start(folder).stop()
    (folder / "data" / "PG_VERSION").write_text("9\n")
    with pytest.raises(StackError, match=r"(?s)did not start.*initialized by PostgreSQL version 9"):
        postgres.start(folder)


@pytest.mark.skipif(os.geteuid() != 0, reason="only root runs the server under another account")
class TestAsRoot:
    def test_the_server_runs_without_rights(self) -> None:
        with postgres.temporary_server() as server:
            process = psutil.Process(pid_of(server.folder))
            assert process.username() in installation.UNPRIVILEGED
            assert server.folder.stat().st_uid == 0

    def test_a_folder_that_the_account_cannot_reach_is_refused(self, folder: Path) -> None:
        folder.mkdir(mode=0o700)
        with pytest.raises(StackError, match="can't enter"):
            postgres.start(folder / "postgres")

    def test_the_server_of_a_private_home_lives_elsewhere(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(installation, "ROOT_FOLDER", folder.parent / "elsewhere")
        private = Home(folder / "private")
        private.create()
        folder.chmod(0o700)
        assert private.postgres.parent == folder.parent / "elsewhere"
        server = postgres.start(private.postgres)
        assert ask(server, "SELECT 1") == [(1,)]
        server.stop()

    def test_programs_that_the_account_cannot_read_are_copied(
        self, folder: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        account = installation.account()
        package = installation.programs(account).parents[1]
        private = folder.parent / "private"
        for part in (package, package.with_name(f"{package.name}.libs")):
            shutil.copytree(part, private / part.name)
        private.chmod(0o700)
        monkeypatch.syspath_prepend(private)
        monkeypatch.setattr(installation, "ROOT_FOLDER", folder.parent / "copies")

        programs = installation.programs(account)

        assert programs.is_relative_to(folder.parent / "copies")
        server = postgres.start(folder)
        assert Path(psutil.Process(pid_of(folder)).exe()).is_relative_to(folder.parent / "copies")
        assert ask(server, "SELECT 1") == [(1,)]
        server.stop()
