"""Scores every account and opportunity as known on the day."""

from __future__ import annotations

from icp_monitor.ledger import RunKey
from icp_monitor.pipeline.naming import asof_of, step, version_of
from icp_monitor.pipeline.partitions import of_run, stamped
from icp_monitor.pipeline.score_changes import write_score_changes
from icp_monitor.pipeline.workspace import Workspace
from icp_monitor.scoring.accounts import account_scores
from icp_monitor.scoring.opportunities import deals_to_score, opportunity_scores


def write_scores(workspace: Workspace, key: RunKey) -> dict[str, int]:
    """Write the scores of the run's day; returns the rows of each dataset."""
    icp, asof = version_of(workspace, key).icp, asof_of(workspace, key)
    with step(workspace, key, "score") as counts:
        with (
            workspace.warehouse(icp) as (warehouse, catalogue),
            warehouse.computed(deals_to_score(catalogue, asof)) as deals,
        ):
            statements = {
                catalogue.account_scores: account_scores(catalogue, icp, asof, deals),
                catalogue.opportunity_scores: opportunity_scores(catalogue, icp, asof, deals),
            }
            for dataset, rows in statements.items():
                counts[dataset.name] = warehouse.replace_partition(dataset, of_run(key), stamped(rows, key))
        counts.update(write_score_changes(workspace, key))
    return counts
