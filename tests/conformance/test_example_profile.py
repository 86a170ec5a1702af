"""The profile that new installations begin with can be scored on every engine, however deep its statements are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from icp_monitor.catalogue import catalogue_of
from icp_monitor.config.loading import load_config
from icp_monitor.ledger import RunKey
from icp_monitor.pipeline.partitions import of_run, stamped
from icp_monitor.scoring.accounts import account_scores
from icp_monitor.scoring.opportunities import deals_to_score, opportunity_scores
from icp_monitor.snapshots.asof import Asof, Fill
from icp_monitor.warehouse import open_warehouse

EXAMPLE = Path(__file__).parents[2] / "config"
DAY = date(2026, 1, 5)
EVERYTHING = Asof(
    DAY,
    "as-was",
    1,
    DAY,
    has_account_history=True,
    has_merges=True,
    has_stage_events=True,
    has_stage_amounts=True,
    fills=(Fill("core_stack", "technologies"),),
    currency="USD",
    rates={"EUR": 1.08},
)


@pytest.mark.parametrize("asof", [Asof(DAY, "as-was", 1, DAY), EVERYTHING], ids=["little is known", "all is known"])
def test_the_example_profile_is_scored(warehouse_url: str, asof: Asof) -> None:
    icp, key = load_config(EXAMPLE).icp, RunKey("live", DAY, 1, "c", "1", "as-was")
    catalogue = catalogue_of(icp)
    with (
        open_warehouse(warehouse_url, catalogue) as warehouse,
        warehouse.computed(deals_to_score(catalogue, asof)) as deals,
    ):
        scores = {
            catalogue.account_scores: account_scores(catalogue, icp, asof, deals),
            catalogue.opportunity_scores: opportunity_scores(catalogue, icp, asof, deals),
        }
        for dataset, rows in scores.items():
            assert warehouse.replace_partition(dataset, of_run(key), stamped(rows, key)) == 0
