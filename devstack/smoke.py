"""Do the DAGs run in a real Airflow? Runs each once through the scheduler, and backfills the daily one by ten days."""

import shutil
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from devstack import StackError, airflow
from devstack.api import FINISHED, AirflowApi
from devstack.environment import REPOSITORY
from devstack.home import Home
from devstack.waiting import wait_until


@dataclass(frozen=True)
class Trial:
    """One run to ask for: of which DAG, as of when, and with which parameters."""

    dag_id: str
    logical_date: datetime | None = None
    conf: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Backfill:
    """A stretch of days for Airflow's own backfill, both ends included."""

    dag_id: str
    first: date
    last: date


TRIALS = (
    Trial("icp_monitor_daily", logical_date=datetime(2025, 9, 1, 12, tzinfo=UTC)),
    Trial("icp_quarterly_validation", logical_date=datetime(2025, 9, 1, 12, tzinfo=UTC)),
    Trial(
        "icp_backfill",
        conf={"from_date": "2025-08-04", "to_date": "2025-08-06", "knowledge": "as-was", "icp_version": "at-time"},
    ),
)
BACKFILL = Backfill("icp_monitor_daily", first=date(2025, 8, 11), last=date(2025, 8, 20))
ANSWER, INPUTS = "Keep the ICP", {"reason": "a smoke test"}  # to every question that a DAG asks
ACCOUNTS, SCALE = 1_500, 0.3  # of the demonstration's company: enough to run, too little to conclude much
REPLAYS = 50  # of its baseline, for thresholds that nobody relies on
PATIENCE = 600.0  # seconds for one run, or one backfill


def smoke(dags: Path, inherited: Mapping[str, str]) -> None:
    """Run everything in the tables above in a fresh stack, which is removed again unless something failed.

    Raises:
        StackError: a DAG did not load, or a run did not succeed (with its tasks' states).
    """
    home = Home(Path(tempfile.mkdtemp(prefix="icp-smoke-")))
    home.folder.chmod(0o711)  # root's PostgreSQL runs under another account, which has to get in
    print(f"Logs are in {home.folder} while this runs, and stay there if it fails.")
    try:
        folders = {
            "ICP_SOURCE_DIR": _crm_export(home.folder / "crm"),
            "ICP_CONFIG_DIR": _config(home.folder / "config"),
        }
        access = airflow.up(home, dags, {**inherited, **{name: str(folder) for name, folder in folders.items()}})
        with AirflowApi(access.address, access.user, access.password) as api:
            _run_all(api)
    finally:
        airflow.down(home)
    shutil.rmtree(home.folder)


def _config(folder: Path) -> Path:
    from icp_monitor.cli.demo import rehearsal

    return rehearsal(REPOSITORY / "config", folder, REPLAYS)


def _crm_export(folder: Path) -> Path:
    from icp_monitor.synthetic.company import generate
    from icp_monitor.synthetic.demo import DEMO_WORLD
    from icp_monitor.synthetic.files import write_csv

    write_csv(generate(replace(DEMO_WORLD, accounts=ACCOUNTS, scale=SCALE)).extract, folder)
    return folder


def _run_all(api: AirflowApi) -> None:
    _await_dags(api, {trial.dag_id for trial in TRIALS} | {BACKFILL.dag_id})
    for trial in TRIALS:
        _run(api, trial)
        print(f"{trial.dag_id}: a run succeeded")
    _backfill(api, BACKFILL)
    print(f"{BACKFILL.dag_id}: a backfill from {BACKFILL.first} to {BACKFILL.last} succeeded")


def _await_dags(api: AirflowApi, needed: set[str]) -> None:
    loaded = wait_until(lambda: needed <= api.dag_ids() or bool(api.import_errors()), 120, pause=2)
    if errors := api.import_errors():
        raise StackError("Some DAG files don't load:\n" + "\n".join(errors))
    if not loaded:
        raise StackError(f"The DAGs {', '.join(sorted(needed - api.dag_ids()))} have not appeared within two minutes.")


def _run(api: AirflowApi, trial: Trial) -> None:
    api.unpause(trial.dag_id)
    run_id = api.trigger(trial.dag_id, trial.conf, trial.logical_date)

    def finished() -> bool:
        for asking_run, task_id in api.open_approvals(trial.dag_id):  # also of a run that unpausing started before ours
            api.answer(trial.dag_id, asking_run, task_id, ANSWER, INPUTS)
        return api.run_state(trial.dag_id, run_id) in FINISHED

    wait_until(finished, PATIENCE, pause=1)
    state = api.run_state(trial.dag_id, run_id)
    if state != "success":
        raise StackError(f"{trial.dag_id} is {state} in {run_id}: {api.task_states(trial.dag_id, run_id)}")


def _backfill(api: AirflowApi, backfill: Backfill) -> None:
    backfill_id = api.backfill(backfill.dag_id, backfill.first, backfill.last)
    wait_until(lambda: api.backfill_finished(backfill_id), PATIENCE, pause=2)
    states = api.backfilled_states(backfill.dag_id)
    days = (backfill.last - backfill.first).days + 1
    if states != ["success"] * days:
        raise StackError(f"The backfill of {days} days of {backfill.dag_id} ended in these states: {states}")
