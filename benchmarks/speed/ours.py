"""The task by the functions that the verbs ``score``, ``measure`` and ``compare`` call."""

from __future__ import annotations

from datetime import UTC, date, datetime

from benchmarks.speed.statistics import write_verdicts
from benchmarks.speed.task import DAY, LATER, ROOT, TABLES, WEEKLY, Task
from icp_monitor.pipeline.measures import write_measures
from icp_monitor.pipeline.naming import run_key
from icp_monitor.pipeline.scores import write_scores
from icp_monitor.pipeline.stored_deals import stored_deals
from icp_monitor.pipeline.weekly import weekly_tables
from icp_monitor.pipeline.workspace import Workspace, open_workspace
from icp_monitor.settings import Clock, Settings

RAW = ("accounts", "opportunities", "stage_events", "win_loss")
NOW = datetime(2026, 2, 1, tzinfo=UTC)


def run(task: Task, options: str = "") -> None:
    """Compute and write everything, in a warehouse that shares the company's raw datasets.

    ``options`` of the warehouse's URL are like ``?memory_limit=4GB``.
    """
    warehouse = task.out / "warehouse"
    warehouse.mkdir()
    for dataset in task.raw.iterdir():
        (warehouse / dataset.name).symlink_to(dataset)
    ledger, clock = f"sqlite:///{task.out / 'ledger.db'}", Clock(NOW)
    with open_workspace(
        Settings(ROOT / "config", f"file:{warehouse}{options}", ledger, task.out, clock=clock)
    ) as workspace:
        _register_loads(workspace)
        key = run_key(workspace, DAY)
        write_scores(workspace, key)
        write_measures(workspace, key)
        with workspace.warehouse(task.config.icp) as (opened, catalogue):
            deals = stored_deals(catalogue, task.config.icp, task.asof, key)
            tables = weekly_tables(opened, catalogue, task.config.icp, task.asof, task.weeks, deals, frozenset(RAW))
        write_verdicts(task, tables)
    for name in TABLES[: -len(WEEKLY)]:
        (file,) = (warehouse / name).rglob("*.parquet")
        file.rename(task.table(name))


def _register_loads(workspace: Workspace) -> None:
    """Tell the ledger of the two pulls that stored the raw datasets."""
    loads = workspace.ledger.loads
    for known_on in (date.min, LATER):
        with loads.pulling():
            load = loads.begin("crm", NOW)
            loads.finish(
                load, fingerprint="", watermarks={}, counts={}, observed_until=NOW.date(), known_on=known_on, at=NOW
            )
