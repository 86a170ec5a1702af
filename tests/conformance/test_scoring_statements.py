"""Snapshots, scores and contributions are the same to the last bit on every engine."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from functools import partial
from typing import Any

import pyarrow as pa
import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.metrics.attributes import attribute_distributions, bucket_keys
from icp_monitor.periods import Window
from icp_monitor.scoring.accounts import account_scores
from icp_monitor.scoring.contributions import contributions
from icp_monitor.scoring.opportunities import scored_opportunities
from icp_monitor.scoring.weights import points_on
from icp_monitor.snapshots.accounts import accounts
from icp_monitor.snapshots.anchors import accounts_at_anchor
from icp_monitor.snapshots.asof import Asof, Knowledge
from icp_monitor.snapshots.opportunities import opportunities
from icp_monitor.snapshots.stages import stage_history

pytestmark = pytest.mark.postgres

Agree = Callable[[sa.Select[Any]], pa.Table]

DAY = date(2026, 3, 1)
PUSH = {
    "attribute": "industry", "multiplier": 1.3, "author": "cmo", "reason": "launch", "expires": date(2025, 1, 1)
}  # fmt: skip


@pytest.fixture(params=["as-was", "restated"])
def asof(request: pytest.FixtureRequest) -> Asof:
    knowledge: Knowledge = request.param
    return Asof(DAY, knowledge, 1, DAY, has_stage_events=True)


@pytest.fixture(params=["zero", "neutral", "renormalise"])
def scored_icp(request: pytest.FixtureRequest, icp: IcpConfig) -> IcpConfig:
    """The profile under each policy for missing values, with an override, a knock-out and a segment."""
    changed = {
        "scoring": {"missing": {"default": request.param, "coverage_floor": 0.3}},
        "strategic_overrides": (PUSH,),
        "knockouts": ({"id": "huge", "when": "employees > 4000 and not has(technologies, 'sales')"},),
    }
    return IcpConfig.model_validate({**icp.model_dump(by_alias=True), **changed}, strict=False)


def in_order(statement: sa.Select[Any]) -> sa.Select[Any]:
    rows = statement.subquery("rows")
    return sa.select(rows).order_by(*(rows.c[name] for name in rows.c.keys()[:3]))


def snapshot(catalogue: Catalogue, asof: Asof) -> sa.Subquery:
    return opportunities(catalogue, asof).subquery("snapshot")


def test_accounts_score_alike(agree: Agree, catalogue: Catalogue, scored_icp: IcpConfig, asof: Asof) -> None:
    scores = agree(in_order(account_scores(catalogue, scored_icp, asof, snapshot(catalogue, asof))))
    assert scores.num_rows > 50
    assert {"customer", "pipeline", "prospect"} == set(scores["population"].to_pylist())
    assert {"disqualified", "unscored", "tier_3"} <= set(scores["tier"].to_pylist())


def test_deals_score_alike(agree: Agree, catalogue: Catalogue, scored_icp: IcpConfig, asof: Asof) -> None:
    scores = agree(in_order(scored_opportunities(catalogue, scored_icp, asof, snapshot(catalogue, asof))))
    assert scores.num_rows > 100
    assert scores["score"].null_count < scores.num_rows


def test_contributions_are_alike(agree: Agree, catalogue: Catalogue, scored_icp: IcpConfig, asof: Asof) -> None:
    visible = accounts(catalogue, asof).subquery("accounts")
    explained = agree(in_order(contributions(scored_icp, visible, points_on(scored_icp, DAY))))
    assert explained.num_rows > 50


def test_histories_and_anchors_are_alike(agree: Agree, catalogue: Catalogue, icp: IcpConfig, asof: Asof) -> None:
    deals = snapshot(catalogue, asof)
    assert agree(in_order(stage_history(catalogue, asof, deals))).num_rows > 100
    assert agree(in_order(accounts_at_anchor(catalogue, icp, asof, deals))).num_rows > 100


def test_attributes_are_counted_alike(agree: Agree, catalogue: Catalogue, icp: IcpConfig, asof: Asof) -> None:
    keys = partial(bucket_keys, icp.attributes)
    anchored = accounts_at_anchor(catalogue, icp, asof, snapshot(catalogue, asof), keys).subquery("anchored")
    windows = [Window(date(2024, 1, 1), date(2025, 1, 1)), Window(date(2025, 1, 1), DAY)]
    counts = agree(in_order(attribute_distributions(anchored, icp.attributes, windows, 120)))
    assert set(counts["attribute"].to_pylist()) == {attribute.id for attribute in icp.attributes}


def test_the_deals_of_a_window_are_those_of_the_snapshot_that_were_created_in_it(
    agree: Agree, catalogue: Catalogue, asof: Asof
) -> None:
    window = Window(date(2025, 1, 1), date(2025, 7, 1))
    deals = snapshot(catalogue, asof)
    created = sa.select(deals).where(deals.c.created_on >= window.start, deals.c.created_on < window.end)
    found = agree(in_order(opportunities(catalogue, asof, window)))
    assert found.num_rows > 10
    assert found.to_pylist() == agree(in_order(created)).to_pylist()
