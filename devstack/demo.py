"""`make demo`: a synthetic company whose planted drifts are found by real Airflow DAG runs."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

from devstack import StackError
from devstack.environment import REPOSITORY
from devstack.inprocess import InProcessAirflow, airflow_variables

OUTPUT = REPOSITORY / "demo-output"


def demo() -> None:
    """Prepare the company, run the DAGs, and show what they found.

    Raises:
        StackError: a DAG run failed, or the planted drifts are not what was found.
    """
    shutil.rmtree(OUTPUT, ignore_errors=True)
    home = REPOSITORY / ".local" / "demo"
    home.mkdir(parents=True, exist_ok=True)
    os.environ.update(airflow_variables(home) | _monitor_variables())  # noqa: TID251 - before Airflow is imported
    from icp_monitor.cli import demo as show
    from icp_monitor.synthetic.demo import DEMO_LOOKS

    before, after = DEMO_LOOKS
    show.prepare(OUTPUT / "crm")
    print("Loading the DAGs into Airflow …", flush=True)
    airflow = InProcessAirflow()
    for day, what in ((before, "before anything changed"), (after, "after the changes had matured")):
        print(f"icp_monitor_daily for {day}, {what} …", flush=True)
        _require(airflow.run("icp_monitor_daily", day, "America/New_York"), "icp_monitor_daily")
    print("icp_quarterly_validation, with a decision …", flush=True)
    with airflow.answering("icp_quarterly_validation", "approve", "Change the ICP", "the demo's decision"):
        _require(airflow.run("icp_quarterly_validation", after, "America/New_York"), "icp_quarterly_validation")
    if not show.show(OUTPUT, before, after):
        raise StackError("the planted drifts are not what was found")


def _monitor_variables() -> dict[str, str]:
    return {
        "ICP_CONFIG_DIR": str(REPOSITORY / "config"),
        "ICP_SOURCE_DIR": str(OUTPUT / "crm"),
        "ICP_WAREHOUSE_URL": f"file:{OUTPUT / 'warehouse'}",
        "ICP_LEDGER_URL": f"sqlite:///{OUTPUT / 'ledger.db'}",
        "ICP_OUTPUT_DIR": str(OUTPUT),
    }


def _require(state: str, dag_id: str) -> None:
    if state != "success":
        raise StackError(f"{dag_id} ended {state}; its tasks' logs are in {Path('.local/demo/logs')}")
