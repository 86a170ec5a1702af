"""`make demo`: a synthetic company whose planted drifts are found by real Airflow DAG runs."""

from __future__ import annotations

import os
import shutil
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, date, datetime
from datetime import time as clock_time

from devstack import StackError, locks
from devstack.environment import REPOSITORY
from devstack.inprocess import InProcessAirflow, airflow_variables

HOME = REPOSITORY / ".local" / "demo"
OUTPUT = REPOSITORY / "demo-output"
CONFIG = REPOSITORY / "config"
TIMEZONE = "America/New_York"
DAILY, QUARTERLY = "icp_monitor_daily", "icp_quarterly_validation"


def demo() -> None:
    """Prepare the company, run the DAGs, and show what they found.

    Raises:
        StackError: a DAG run failed, or the planted drifts are not what was found.
    """
    from icp_monitor.cli import demo as show
    from icp_monitor.synthetic.demo import DEMO_LOOKS, DEMO_VALIDATION, DEMO_WORLD

    before, after = DEMO_LOOKS
    with _alone():
        _replace_environment(airflow_variables(HOME) | _monitor_variables(DEMO_WORLD.history.end))
        planted, names = show.prepare(OUTPUT / "crm"), show.names_in(show.rehearsal(CONFIG, OUTPUT / "config"))
        show.announce(planted, names)
        with _timed("Airflow loads the DAGs"):
            airflow = InProcessAirflow(HOME)
        _run(airflow, DAILY, before, "before the changes")
        _run(airflow, DAILY, after, "eight weeks after the changes")
        with airflow.answering(QUARTERLY, "approve", "Change the ICP", "the demonstration's decision"):
            _run(airflow, QUARTERLY, DEMO_VALIDATION, "with a person's decision, when the quarter has matured")
        found = show.found_in(OUTPUT, planted, before, after)
        show.show(OUTPUT, found, names)
    if not found.as_planted:
        raise StackError("what was found is not what was planted")


@contextmanager
def _alone() -> Iterator[None]:
    """An empty output folder, and no second demonstration at the same time."""
    try:
        HOME.mkdir(parents=True, exist_ok=True)
        with locks.held(HOME / "lock"):
            if OUTPUT.exists():
                shutil.rmtree(OUTPUT)
            yield
    except PermissionError as error:
        raise StackError(f"{error.filename} belongs to another user. Cure: remove {HOME} and {OUTPUT}") from error


def _monitor_variables(today: date) -> dict[str, str]:
    """Everything below the output folder; the clock stands, so that the demonstration is the same on any day."""
    return {
        "ICP_CONFIG_DIR": str(OUTPUT / "config"),
        "ICP_SOURCE_DIR": str(OUTPUT / "crm"),
        "ICP_WAREHOUSE_URL": f"file:{OUTPUT / 'warehouse'}",
        "ICP_LEDGER_URL": f"sqlite:///{OUTPUT / 'ledger.db'}",
        "ICP_OUTPUT_DIR": str(OUTPUT),
        "ICP_NOW": datetime.combine(today, clock_time(12), UTC).isoformat(),
    }


def _replace_environment(variables: Mapping[str, str]) -> None:
    """Before Airflow is imported; what the shell says about a real installation must not reach the demonstration."""
    for name in [name for name in os.environ if name.startswith(("AIRFLOW_", "ICP_"))]:  # noqa: TID251  see above
        del os.environ[name]  # noqa: TID251
    os.environ.update(variables)  # noqa: TID251


def _run(airflow: InProcessAirflow, dag_id: str, day: date, what: str) -> None:
    with _timed(f"{dag_id} as of {day}, {what}"):
        outcome = airflow.run(dag_id, day, TIMEZONE)
    if outcome.state != "success":
        failed = ", ".join(task for task, state in outcome.tasks.items() if state == "failed")
        raise StackError(f"{dag_id} failed at {failed}; the reason is above")


@contextmanager
def _timed(what: str) -> Iterator[None]:
    print(f"  {what} … ", end="", flush=True)
    started = time.monotonic()
    yield
    print(f"{time.monotonic() - started:.0f} s", flush=True)
