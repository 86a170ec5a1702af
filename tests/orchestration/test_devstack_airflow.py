"""`make up` starts a real Airflow that runs, backfills and asks, and `make down` leaves no process of it."""

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from devstack import StackError, airflow, postmaster
from devstack.api import FINISHED, AirflowApi, health
from devstack.environment import address
from devstack.home import ADMIN, Home
from devstack.waiting import wait_until

pytest.importorskip("airflow")
REPOSITORY = Path(__file__).parents[2]
DAY = datetime(2026, 10, 5, tzinfo=UTC)
pytestmark = [pytest.mark.airflow, pytest.mark.postgres, pytest.mark.slow, pytest.mark.xdist_group("devstack")]

DAG_FILE = """
from datetime import datetime

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import CronDataIntervalTimetable, dag, task


@dag(
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone="UTC"),
    start_date=datetime(2026, 1, 1),
    end_date=datetime(2026, 10, 31),
    catchup=False,
)
def writes_its_interval():
    @task
    def write(data_interval_end=None):
        import os
        from pathlib import Path

        with Path(os.environ["ICP_OUTPUT_DIR"], "intervals").open("a") as file:
            file.write(f"{data_interval_end:%Y-%m-%d}\\n")

    write()


@dag(schedule=None)
def asks_a_person():
    @task
    def publish():
        return "published"

    ApprovalOperator(task_id="approve", subject="Publish?") >> publish()


writes_its_interval()
asks_a_person()
"""


@pytest.fixture(scope="module")
def folder() -> Iterator[Path]:
    folder = Path(tempfile.mkdtemp(prefix="icp-test-"))
    folder.chmod(0o711)
    (folder / "dags").mkdir()
    (folder / "dags" / "sound.py").write_text(DAG_FILE)
    (folder / "dags" / "broken.py").write_text("from airflow.sdk import dag\nimport no_such_module\n")
    yield folder
    for home in ("home", "failing"):
        airflow.down(Home(folder / home))
    shutil.rmtree(folder)


def devstack(home: Home, *arguments: str, **variables: str) -> "subprocess.CompletedProcess[str]":
    command = [sys.executable, "-m", "devstack", "--home", str(home.folder), *arguments]
    environment = os.environ | variables  # noqa: TID251  as a shell would call it
    return subprocess.run(command, cwd=REPOSITORY, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def stack(folder: Path) -> Iterator[tuple[Home, str]]:
    """A running stack, and what `up` printed."""
    home = Home(folder / "home")
    done = devstack(home, "up", "--dags", str(folder / "dags"))
    assert done.returncode == 0, done.stderr
    yield home, done.stdout
    session = home.session()
    assert session is not None
    assert devstack(home, "down").stdout == "Airflow is stopped.\n"
    assert session.members() == []
    assert postmaster.find(home.postgres / "data") is None
    assert devstack(home, "status").returncode == 1


@pytest.fixture(scope="module")
def api(stack: tuple[Home, str]) -> Iterator[AirflowApi]:
    home, _ = stack
    with AirflowApi(address(home.ports()), ADMIN, home.password()) as api:
        assert wait_until(lambda: len(api.dag_ids()) == 2, 60, pause=1)
        yield api


def test_up_prints_what_lets_a_person_in(stack: tuple[Home, str]) -> None:
    _, printed = stack
    found = re.search(r"address +(\S+)\n +login +(\S+)\n +password +(\S+)\n", printed)
    assert found is not None, printed
    with AirflowApi(*found.groups()) as api:
        assert isinstance(api.import_errors(), list)


def test_a_wrong_password_is_refused(stack: tuple[Home, str]) -> None:
    with pytest.raises(StackError, match="401"):
        AirflowApi(address(stack[0].ports()), ADMIN, "wrong")


def test_up_while_up_changes_nothing(stack: tuple[Home, str]) -> None:
    home, _ = stack
    before = home.session()
    done = devstack(home, "up")
    assert done.stdout.startswith("Airflow is already up.")
    assert home.session() == before


def test_status_of_a_running_stack_names_each_component(stack: tuple[Home, str]) -> None:
    done = devstack(stack[0], "status")
    assert done.returncode == 0
    assert re.findall(r"(\w+) +healthy", done.stdout) == list(health(address(stack[0].ports())))


def test_a_file_that_does_not_load_is_reported(api: AirflowApi) -> None:
    assert wait_until(lambda: bool(api.import_errors()), 60, pause=1)
    (error,) = api.import_errors()
    assert error.startswith("broken.py")
    assert "no_such_module" in error


def test_a_run_and_a_backfill_go_through_the_scheduler_once_for_each_day(
    stack: tuple[Home, str], api: AirflowApi
) -> None:
    api.unpause("writes_its_interval")
    run = api.trigger("writes_its_interval", {}, DAY)
    assert wait_until(lambda: api.run_state("writes_its_interval", run) in FINISHED, 120, pause=1)
    assert api.task_states("writes_its_interval", run) == {"write": "success"}

    backfill = api.backfill("writes_its_interval", date(2026, 9, 1), date(2026, 9, 3))
    assert wait_until(lambda: api.backfill_finished(backfill), 120, pause=1)
    assert api.backfilled_states("writes_its_interval") == ["success"] * 3
    written = (stack[0].output / "intervals").read_text().split()
    assert {"2026-09-02", "2026-09-03", "2026-09-04", "2026-10-05"} <= set(written)
    assert len(written) == len(set(written))


def test_a_run_waits_for_the_answer_and_then_goes_on(api: AirflowApi) -> None:
    api.unpause("asks_a_person")
    run = api.trigger("asks_a_person", {})
    assert wait_until(lambda: api.open_approvals("asks_a_person") == [(run, "approve")], 120, pause=1)
    assert api.run_state("asks_a_person", run) == "running"
    api.answer("asks_a_person", run, "approve", "Approve", {})
    assert wait_until(lambda: api.run_state("asks_a_person", run) in FINISHED, 120, pause=1)
    assert api.task_states("asks_a_person", run) == {"approve": "success", "publish": "success"}
    assert api.open_approvals("asks_a_person") == []


def test_a_start_that_fails_shows_the_log_and_leaves_nothing(folder: Path) -> None:
    home = Home(folder / "failing")
    done = devstack(home, "up", "--dags", str(folder / "dags"), AIRFLOW__LOGGING__LOGGING_CONFIG_CLASS="no.such")
    assert done.returncode == 1
    assert "`airflow standalone` ended by itself" in done.stderr
    assert "Unable to load custom logging config from no.such" in done.stderr
    session = home.session()
    assert session is not None
    assert session.members() == []
    assert postmaster.find(home.postgres / "data") is None


def test_down_without_up_says_so(tmp_path: Path) -> None:
    done = devstack(Home(tmp_path / "never"), "down")
    assert (done.returncode, done.stdout) == (0, "Airflow was not running.\n")
