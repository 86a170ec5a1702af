"""The DAGs under a real scheduler on PostgreSQL: scheduled runs, Airflow's own backfill, a decision, a killed task."""

from __future__ import annotations

import os
import shutil
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import psutil
import pytest

from devstack import airflow
from devstack.api import FINISHED, AirflowApi
from devstack.home import ADMIN, Home
from devstack.waiting import wait_until
from icp_monitor.ledger import Ledger, open_ledger

pytestmark = [pytest.mark.airflow, pytest.mark.postgres, pytest.mark.slow, pytest.mark.xdist_group("devstack")]

REPOSITORY = Path(__file__).parents[2]
PATIENCE = 400.0  # seconds
DAILY, QUARTERLY = "icp_monitor_daily", "icp_quarterly_validation"
BEFORE, LOOK_DAY = date(2025, 8, 31), date(2025, 9, 1)

KILLED = """
import os
import signal

from airflow.sdk import Param, dag
from icp_tasks import DEFAULT_ARGS, step, tell_ops


@dag(
    schedule=None,
    default_args=DEFAULT_ARGS | {"retries": 0},
    on_failure_callback=tell_ops,
    params={"day": Param(type="string", format="date")},  # required, as in the form of icp_backfill
)
def is_killed():
    @step
    def die():
        os.kill(os.getpid(), signal.SIGKILL)

    die()


is_killed()
"""


@dataclass(frozen=True)
class Stack:
    """A running Airflow with our DAGs."""

    home: Home
    api: AirflowApi
    ledger_url: str

    def ledger(self) -> Ledger:
        """The ledger that the tasks write."""
        return open_ledger(self.ledger_url)

    def messages(self) -> list[str]:
        """The messages that were handed over, as their files are named."""
        return sorted(path.name for path in (self.home.output / "outbox").glob("*.txt"))

    def run(self, dag_id: str, logical_date: datetime | None = None, conf: dict[str, str] | None = None) -> str:
        """Ask for a run by hand, and wait until it has ended; returns its state."""
        run_id = self.api.trigger(dag_id, conf or {}, logical_date)
        wait_until(lambda: self.api.run_state(dag_id, run_id) in FINISHED, PATIENCE, pause=0.5)
        return self.api.run_state(dag_id, run_id)

    def backfill(self, dag_id: str, first: date, last: date, runs: int) -> list[str]:
        """Ask Airflow for its own backfill, and wait for this many runs; returns their states."""
        self.api.backfill(dag_id, first, last)

        def ended() -> bool:
            states = self.api.backfilled_states(dag_id)
            return len(states) == runs and all(state in FINISHED for state in states)

        wait_until(ended, PATIENCE, pause=0.5)
        return self.api.backfilled_states(dag_id)


@pytest.fixture(scope="module")
def stack(crm: Path) -> Iterator[Stack]:
    folder = Path(tempfile.mkdtemp(prefix="icp-test-"))
    folder.chmod(0o711)  # root's PostgreSQL runs under another account, which has to get in
    dags = shutil.copytree(REPOSITORY / "dags", folder / "dags", ignore=shutil.ignore_patterns("__pycache__"))
    (dags / "is_killed.py").write_text(KILLED, "utf-8")
    home = Home(folder / "home")
    shell = {name: value for name, value in os.environ.items() if not name.startswith("ICP_")}  # noqa: TID251
    try:
        access = airflow.up(home, dags, shell | {"ICP_SOURCE_DIR": str(crm)})
        session = home.session()
        assert session is not None
        ledger_url = psutil.Process(session.leader).environ()["ICP_LEDGER_URL"]
        with AirflowApi(access.address, access.user, access.password) as api:
            assert wait_until(lambda: len(api.dag_ids()) == 4, 120, pause=0.5), api.import_errors()
            for dag_id in api.dag_ids():
                api.unpause(dag_id)
            yield Stack(home, api, ledger_url)
    finally:
        airflow.down(home)
        shutil.rmtree(folder, ignore_errors=True)


def test_a_backfill_fills_gaps_with_live_runs_recomputes_others_beside_them_and_tells_nobody(stack: Stack) -> None:
    assert stack.run(DAILY, datetime(2025, 9, 1, 12, tzinfo=UTC)) == "success"
    told = [name for name in stack.messages() if name.startswith("2025")]
    assert told == [f"{LOOK_DAY}-digest-{LOOK_DAY}.txt"]

    intervals_begin = (date(2025, 8, 30), date(2025, 8, 31))
    assert stack.backfill(DAILY, *intervals_begin, runs=2) == ["success", "success"]
    with stack.ledger() as ledger:
        live = ledger.runs.finished_keys("live", date(2025, 1, 1), date(2025, 12, 31))
        beside = ledger.runs.finished_keys("bf-airflow", date(2025, 1, 1), date(2025, 12, 31))
    assert [key.as_of for key in live] == [BEFORE, LOOK_DAY]
    assert [key.as_of for key in beside] == [LOOK_DAY]
    assert [name for name in stack.messages() if name.startswith("2025")] == told


def test_a_scheduled_run_looks_up_to_today_in_the_business_time_zone(stack: Stack) -> None:
    today = datetime.now(ZoneInfo("America/New_York")).date()  # noqa: TID251 - the scheduler's clock

    def finished() -> bool:
        with stack.ledger() as ledger:
            return ledger.runs.finished("live", today) is not None

    assert wait_until(finished, PATIENCE, pause=1)


def test_the_decision_of_a_person_reaches_the_ledger_with_the_persons_name(stack: Stack) -> None:
    assert wait_until(lambda: bool(stack.api.open_approvals(QUARTERLY)), PATIENCE, pause=1)
    ((run_id, task_id),) = stack.api.open_approvals(QUARTERLY)  # the run that its schedule asked for
    stack.api.answer(QUARTERLY, run_id, task_id, "Not enough evidence", {"reason": "no new deals"})
    assert wait_until(lambda: stack.api.run_state(QUARTERLY, run_id) in FINISHED, PATIENCE, pause=1)
    assert stack.api.task_states(QUARTERLY, run_id)["record"] == "success"
    with stack.ledger() as ledger:
        event = ledger.events.history()[-1]
    assert (event.action, event.who, event.reason) == ("decision deferred", ADMIN, "no new deals")


def test_a_backfill_of_the_validation_publishes_the_report_and_asks_nobody(stack: Stack) -> None:
    states = stack.backfill(QUARTERLY, date(2025, 2, 1), date(2025, 2, 2), runs=1)
    assert states == ["success"]
    asking = [run_id for run_id, _ in stack.api.open_approvals(QUARTERLY)]
    assert [run_id for run_id in asking if run_id.startswith("backfill")] == []
    assert (stack.home.output / "reports" / "2025Q1" / "validation-2025Q1.html").exists()
    with stack.ledger() as ledger:
        assert ledger.runs.finished("validation", date(2025, 8, 29)) is not None
        assert ledger.events.history()[-1].payload != {"quarter": "2025Q1"}


def test_a_killed_task_is_told_by_the_dag_processor(stack: Stack) -> None:
    assert stack.run("is_killed", conf={"day": "2025-09-01"}) == "failed"
    assert wait_until(lambda: any("is_killed" in name for name in stack.messages()), PATIENCE, pause=0.5)
    (name,) = [name for name in stack.messages() if "is_killed" in name]
    text = (stack.home.output / "outbox" / name).read_text("utf-8")
    assert "is_killed failed at die" in text
    assert "See the task's log." in text


def test_a_form_with_its_days_turned_round_fails_and_is_told_once_with_the_cure(stack: Stack) -> None:
    form = {"from_date": "2025-09-02", "to_date": "2025-08-20", "knowledge": "as-was", "icp_version": "at-time"}
    assert stack.run("icp_backfill", conf=form) == "failed"
    (name,) = [name for name in stack.messages() if "icp_backfill" in name]
    text = (stack.home.output / "outbox" / name).read_text("utf-8")
    assert "to: lies before from, got 2025-08-20. Cure: swap them" in text
