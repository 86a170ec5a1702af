"""The task by the functions that the verbs ``score`` and ``measure`` call, and by the statements of ``compare``.

A look also counts accounts, score bands and who closed the deals; no contender does that here.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from functools import partial
from typing import TYPE_CHECKING

import sqlalchemy as sa

from benchmarks.speed.statistics import cohort_from, write_verdicts
from benchmarks.speed.task import DAY, LATER, ROOT, TABLES, Question, Task
from icp_monitor.ledger import RunKey
from icp_monitor.metrics.attributes import attribute_distributions, bucket_keys, key_name
from icp_monitor.metrics.cohorts import life_tables
from icp_monitor.metrics.deals import Deals
from icp_monitor.pipeline.measures import write_measures
from icp_monitor.pipeline.naming import asof_of, run_key
from icp_monitor.pipeline.scores import write_scores
from icp_monitor.pipeline.workspace import Workspace, open_workspace
from icp_monitor.scoring.opportunities import scored_opportunities
from icp_monitor.settings import Clock, Settings
from icp_monitor.snapshots.opportunities import opportunities

if TYPE_CHECKING:
    from icp_monitor.drift.cohort import Cohort

NOW = datetime(2026, 2, 1, tzinfo=UTC)
COUNTED = ("anchor_on", "segment", "tier", "channel", "outcome", "age_days")
AMOUNTS = ("amount_minor", "log_amount", "log_amount_squared")


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
        write_verdicts(task, lambda question: _cohort(task, question, workspace, key))
    for name in TABLES:
        (file,) = (warehouse / name).rglob("*.parquet")
        file.rename(task.table(name))


def _cohort(task: Task, question: Question, workspace: Workspace, key: RunKey) -> Cohort:
    icp, asof, window = task.config.icp, asof_of(workspace, key, question.day), question.window
    with workspace.warehouse(icp) as (warehouse, catalogue):
        snapshot = opportunities(catalogue, asof, True, window).subquery("snapshot")
        keys = partial(bucket_keys, icp.attributes)
        scored = scored_opportunities(catalogue, icp, asof, snapshot, keys).subquery("scored")
        columns = (*COUNTED, *AMOUNTS, *map(key_name, icp.attributes))
        with warehouse.computed(sa.select(*(scored.c[name] for name in columns))) as deals:
            cells = life_tables(Deals(deals), [window], icp.horizon_days, asof.observed_until)
            attributes = attribute_distributions(deals, icp.attributes, [window], icp.horizon_days)
            counted = [warehouse.read(statement).to_pandas() for statement in (cells, attributes)]
    by_key = [["segment", "tier", "channel", "outcome", "age"], ["attribute", "value"]]
    ordered = (rows.sort_values(names, ignore_index=True) for rows, names in zip(counted, by_key, strict=True))
    return cohort_from(task, question, *ordered)


def _register_loads(workspace: Workspace) -> None:
    """Tell the ledger of the two pulls that stored the raw datasets."""
    loads = workspace.ledger.loads
    for known_on in (date.min, LATER):
        with loads.pulling():
            load = loads.begin("crm", NOW)
            loads.finish(load, fingerprint="", counts={}, observed_until=NOW.date(), known_on=known_on, at=NOW)
