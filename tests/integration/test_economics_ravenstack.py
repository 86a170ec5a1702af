"""A public data set of a software company's billing: what it pays adds up, and who stays is what lifelines says."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import sqlalchemy as sa
from lifelines import KaplanMeierFitter

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.metrics.lifetime import customer_lives, tenure_of_lives
from icp_monitor.metrics.months import first_day, number_of
from icp_monitor.metrics.mrr import movement_totals, recurring_revenue, revenue_movements
from icp_monitor.metrics.retention_rates import retention_counts, retention_of
from icp_monitor.pipeline.customer_base import CustomerBase, customer_base
from icp_monitor.scoring.opportunities import scored_opportunities
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities
from icp_monitor.warehouse import Warehouse, open_warehouse

ROOT = Path(__file__).parents[2]
SHARED = Path(os.environ.get("ICP_SHARED_DATA", ROOT.parent / "shared" / "data"))  # noqa: TID251 - tests' switch
BILLING = SHARED / "ravenstack"
pytestmark = pytest.mark.skipif(not BILLING.is_dir(), reason=f"no {BILLING}: set ICP_SHARED_DATA")

DAY = date(2025, 1, 1)  # the data end with 2024
FIRST, LAST = number_of(date(2023, 1, 1)), number_of(date(2024, 12, 1))
CLOCKS = {"known_on": DAY, "valid_from": DAY, "assumed": True, "deleted": False, "source": "billing"}


@pytest.fixture(scope="module")
def subscriptions() -> pd.DataFrame:
    frame = pd.read_csv(BILLING / "ravenstack_subscriptions.csv", parse_dates=["start_date", "end_date"])
    return frame.rename(columns={"start_date": "started", "end_date": "ended", "mrr_amount": "mrr"})


@pytest.fixture(scope="module")
def billing(
    subscriptions: pd.DataFrame, catalogue: Catalogue, icp: IcpConfig, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[Warehouse, CustomerBase]]:
    accounts = pd.read_csv(BILLING / "ravenstack_accounts.csv", parse_dates=["signup_date"])
    rows = [
        {
            **CLOCKS,
            "account_id": item.account_id,
            "created_on": item.signup_date.date(),
            "industry": item.industry.lower(),
        }
        for item in accounts.itertuples()
    ]
    paid = [
        {
            **CLOCKS,
            "subscription_id": item.subscription_id,
            "account_id": item.account_id,
            "mrr_minor": item.mrr * 100,
            "started_on": item.started.date(),
            "ended_on": None if pd.isna(item.ended) else item.ended.date(),
            "is_trial": bool(item.is_trial),
        }
        for item in subscriptions.itertuples()
    ]
    asof = Asof(DAY, "restated", 1, DAY)
    with open_warehouse(f"file:{tmp_path_factory.mktemp('ravenstack')}", catalogue) as warehouse:
        warehouse.replace_partition(catalogue.raw_accounts, {"load": 1}, pa.Table.from_pylist(rows))
        warehouse.replace_partition(catalogue.raw_subscriptions, {"load": 1}, pa.Table.from_pylist(paid))
        snapshot = opportunities(catalogue, asof).subquery("snapshot")
        deals = scored_opportunities(catalogue, icp, asof, snapshot).subquery("deals")
        with customer_base(warehouse, catalogue, icp, asof, frozenset({"subscriptions"}), deals) as base:
            assert base is not None
            yield warehouse, base


def read(billing: tuple[Warehouse, CustomerBase], statement: sa.Select[Any]) -> pd.DataFrame:
    frame: pd.DataFrame = billing[0].read(statement).to_pandas()
    return frame


@pytest.fixture(scope="module")
def paying(subscriptions: pd.DataFrame) -> pd.DataFrame:
    """What each account pays on the last day of each month, added up subscription by subscription."""
    real = subscriptions[~subscriptions["is_trial"]]
    months = {}
    for month in range(FIRST, LAST + 1):
        after = pd.Timestamp(first_day(month + 1))
        runs = real[(real["started"] < after) & ~(real["ended"] < after)]
        months[month] = runs.groupby("account_id")["mrr"].sum()
    return pd.DataFrame(months).fillna(0).astype(int)


def test_revenue_is_that_of_the_subscriptions_and_movements_sum_to_its_change(
    billing: tuple[Warehouse, CustomerBase], paying: pd.DataFrame
) -> None:
    found = read(billing, revenue_movements(billing[1].months, FIRST, LAST))
    for month in range(FIRST, LAST + 1):
        rows = found[found["month"] == month]
        before = paying.get(month - 1, pd.Series(0, paying.index)).sum()
        assert rows["after_minor"].sum() == paying[month].sum() * 100
        assert sum(movement_totals(rows).values()) == (paying[month].sum() - before) * 100
    early, late = (
        recurring_revenue(found[found["month"] == number_of(day)]) for day in (date(2023, 5, 1), date(2024, 11, 1))
    )
    assert early.mrr_minor / 1e8 == pytest.approx(0.17, abs=0.005)  # millions on the first of June 2023
    assert late.mrr_minor / 1e8 == pytest.approx(8.5, abs=0.05)  # and of December 2024
    assert late.customers == (paying[number_of(date(2024, 11, 1))] > 0).sum()


def test_accounts_with_many_subscriptions_count_once_and_trials_pay_nothing(
    billing: tuple[Warehouse, CustomerBase], subscriptions: pd.DataFrame, paying: pd.DataFrame
) -> None:
    customers = read(billing, sa.select(*billing[1].customers.c))
    assert subscriptions.groupby("account_id").size().max() > 10
    assert sorted(customers["account_id"]) == sorted(paying.index[(paying > 0).any(axis=1)])
    assert subscriptions.loc[subscriptions["is_trial"], "mrr"].sum() == 0


def test_retention_is_that_of_the_same_accounts_a_year_apart(
    billing: tuple[Warehouse, CustomerBase], paying: pd.DataFrame
) -> None:
    found = retention_of(read(billing, retention_counts(billing[1].months, [LAST])))
    then, now = paying[LAST - 12], paying[LAST]
    there = then > 0
    assert found.logo == pytest.approx((now[there] > 0).mean())
    assert found.gross == pytest.approx(np.minimum(then, now)[there].sum() / then.sum())
    assert found.net == pytest.approx(now[there].sum() / then.sum())
    assert found.gross < 1 < found.net


def test_who_stays_is_what_lifelines_says(billing: tuple[Warehouse, CustomerBase], paying: pd.DataFrame) -> None:
    span = LAST - FIRST + 1
    tenure = tenure_of_lives(read(billing, customer_lives(billing[1].months, [LAST], span)), span)
    lives = []
    for _, paid in paying[(paying > 0).any(axis=1)].iterrows():
        first = next(month for month in paid.index if paid[month])
        left = next((month for month in paid.index if month > first and not paid[month]), None)
        if first < LAST:
            lives.append(((left or LAST) - first, left is not None))
    months, gone = zip(*lives, strict=True)
    theirs = KaplanMeierFitter().fit(months, gone).survival_function_at_times(range(1, 13)).to_numpy()
    assert tenure.survival[1:13] == pytest.approx(theirs, abs=1e-9)
    assert tenure.survival[12] < 1
