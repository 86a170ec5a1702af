"""Turns the day's scores into the small tables that everything below the engine reads."""

from __future__ import annotations

from typing import TYPE_CHECKING

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.ledger import RunKey
from icp_monitor.metrics.attributes import attribute_distributions
from icp_monitor.metrics.cohorts import close_counts, life_tables, open_pipeline
from icp_monitor.metrics.deals import Deals
from icp_monitor.metrics.win_loss import win_loss_counts
from icp_monitor.periods import Quarter, quarter_of
from icp_monitor.pipeline.customer_base import mapped_tables
from icp_monitor.pipeline.economics import Economics
from icp_monitor.pipeline.naming import asof_of, step, version_of
from icp_monitor.pipeline.partitions import of_run, rows_of, stamped
from icp_monitor.pipeline.stored_deals import stored_deals
from icp_monitor.pipeline.workspace import Workspace
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.stages import valued
from icp_monitor.snapshots.visible import visible
from icp_monitor.warehouse import Warehouse

if TYPE_CHECKING:
    import pandas as pd
    import pyarrow as pa


def write_measures(workspace: Workspace, key: RunKey) -> dict[str, int]:
    """Write the cohorts, counts and metrics of the run's day; returns the rows of each dataset."""
    icp, asof = version_of(workspace, key).icp, asof_of(workspace, key)
    quarters = history(workspace, key)
    with step(workspace, key, "measure", after="score") as counts, workspace.warehouse(icp) as (warehouse, catalogue):
        counts.update(_count(warehouse, catalogue, icp, asof, key, quarters))
        level = workspace.config.monitoring.evidence.level
        of_customers = Economics(warehouse, catalogue, icp, asof, key, mapped_tables(workspace), quarters, level)
        written, economics = of_customers.write()
        counts.update(written)
        metrics = _metrics(warehouse, catalogue, icp, key, quarters, level, economics)
        counts["segment_metrics"] = warehouse.replace_partition(catalogue.segment_metrics, of_run(key), metrics)
    return counts


def history(workspace: Workspace, key: RunKey) -> tuple[Quarter, ...]:
    """The fiscal quarters that a run measures, the current one last."""
    current = quarter_of(key.as_of, workspace.first_month)
    return tuple(current.shift(-back) for back in reversed(range(workspace.config.monitoring.history_quarters)))


def _count(
    warehouse: Warehouse,
    catalogue: Catalogue,
    icp: IcpConfig,
    asof: Asof,
    key: RunKey,
    quarters: tuple[Quarter, ...],
) -> dict[str, int]:
    scored = rows_of(catalogue.opportunity_scores, key)
    deals, windows = Deals(scored), [quarter.window for quarter in quarters]
    reasons = visible(catalogue.raw_win_loss, asof).subquery("reasons")
    anchored = stored_deals(catalogue, icp, asof, key).subquery("anchored")
    statements = {
        catalogue.life_tables: life_tables(deals, windows, icp.horizon_days, asof.observed_until),
        catalogue.close_counts: close_counts(Deals(valued(catalogue, asof, scored)), windows),
        catalogue.win_loss_counts: win_loss_counts(deals, reasons, windows),
        catalogue.attribute_distributions: attribute_distributions(anchored, icp.attributes, windows, icp.horizon_days),
    }
    return {
        dataset.name: warehouse.replace_partition(dataset, of_run(key), stamped(rows, key))
        for dataset, rows in statements.items()
    }


def _metrics(
    warehouse: Warehouse,
    catalogue: Catalogue,
    icp: IcpConfig,
    key: RunKey,
    quarters: tuple[Quarter, ...],
    level: float,
    economics: pd.DataFrame,
) -> pa.Table:
    """The metrics of deals, and then those of leads, customers and costs."""
    import pandas as pd
    import pyarrow as pa

    from icp_monitor.metrics.segment_metrics import Counts, segment_metrics

    def frame(dataset_rows: sa.FromClause) -> pd.DataFrame:
        rows: pd.DataFrame = warehouse.read(sa.select(*dataset_rows.c)).to_pandas()
        return rows

    counts = Counts(
        life_tables=frame(rows_of(catalogue.life_tables, key)),
        closes=frame(rows_of(catalogue.close_counts, key)),
        pipeline=frame(open_pipeline(Deals(rows_of(catalogue.opportunity_scores, key))).subquery("pipeline")),
    )
    of_deals = segment_metrics(counts, quarters, icp.segment_ids, icp.horizon_days, level)
    rows = pd.concat([of_deals, economics], ignore_index=True) if len(economics) else of_deals
    return pa.Table.from_pandas(rows.assign(**vars(key)), preserve_index=False)
