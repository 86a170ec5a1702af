"""What happened week by week is counted alike on every engine, and no deal is counted twice or lost."""

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
from icp_monitor.metrics import weekly
from icp_monitor.metrics.attributes import bucket_keys
from icp_monitor.metrics.buckets import LOG_BIN
from icp_monitor.metrics.deals import Deals
from icp_monitor.scoring.opportunities import scored_opportunities
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities

pytestmark = pytest.mark.postgres

Agree = Callable[[sa.Select[Any]], pa.Table]

DAY, ORIGIN = date(2026, 3, 2), date(2024, 6, 3)


@pytest.fixture
def scored(catalogue: Catalogue, icp: IcpConfig) -> sa.Subquery:
    asof = Asof(DAY, "as-was", 1, DAY, has_stage_events=True)
    snapshot = opportunities(catalogue, asof).subquery("snapshot")
    keys = partial(bucket_keys, icp.attributes)
    return scored_opportunities(catalogue, icp, asof, snapshot, keys).subquery("scored")


def in_order(statement: sa.Select[Any]) -> sa.Select[Any]:
    rows = statement.subquery("rows")
    return sa.select(rows).order_by(*(column.nulls_first() for column in rows.c))


def total(table: pa.Table, **wanted: str) -> int:
    return sum(row["n"] for row in table.to_pylist() if all(row[name] == value for name, value in wanted.items()))


def test_deals_and_amounts_are_counted_by_week_alike(agree: Agree, scored: sa.Subquery) -> None:
    deals = agree(in_order(weekly.weekly_deals(Deals(scored), ORIGIN)))
    of_interest = sa.or_(scored.c.closed_on.is_(None), scored.c.closed_on >= ORIGIN)
    existing = sa.select(sa.func.count().label("n")).where(of_interest, scored.c.anchor_on.is_not(None))
    assert total(deals) == agree(existing).to_pylist()[0]["n"] > 50
    assert {row["resolved"] is None for row in deals.to_pylist()} == {True, False}
    amounts = agree(in_order(weekly.weekly_amounts(Deals(scored), ORIGIN)))
    assert 0 < total(amounts) <= total(deals)
    assert all(row["bin"] <= row["log_amount"] / row["n"] < row["bin"] + LOG_BIN for row in amounts.to_pylist())


def test_values_and_accounts_are_counted_by_week_alike(agree: Agree, scored: sa.Subquery, icp: IcpConfig) -> None:
    deals = Deals(scored)
    created = agree(in_order(weekly.weekly_created_values(deals, icp.attributes, ORIGIN)))
    resolved = agree(in_order(weekly.weekly_resolved_values(deals, icp.attributes, ORIGIN)))
    for table in (created, resolved):
        totals = {total(table, attribute=item.id) for item in icp.attributes}
        assert len(totals) == 1
        assert totals.pop() > 20
    of_accounts = Deals(sa.select(*scored.c, weekly.account_of(scored)).subquery("of_accounts"))
    counts = weekly.account_counts(of_accounts, ORIGIN, DAY)
    accounts = agree(counts.order_by(*counts.selected_columns)).to_pylist()
    decided = sum(row["n"] for row in resolved.to_pylist() if row["attribute"] == icp.attributes[0].id)
    assert sum(row["n"] * row["accounts"] for row in accounts) == decided
