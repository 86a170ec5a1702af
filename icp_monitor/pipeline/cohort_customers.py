"""What the customers of a window did, and what those who came in it cost: the tables of a cohort about customers."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.metrics.lifetime import customer_lives
from icp_monitor.metrics.months import YEAR, first_day, last_complete
from icp_monitor.metrics.mrr import revenue_movements
from icp_monitor.periods import Window
from icp_monitor.pipeline.customer_base import REVENUE, CustomerBase, customer_base
from icp_monitor.pipeline.spending import Spending, spending
from icp_monitor.scoring.opportunities import deals_to_score, scored_opportunities
from icp_monitor.snapshots.asof import Asof
from icp_monitor.warehouse import Warehouse

if TYPE_CHECKING:
    import pandas as pd

LOOKED_BACK = 2 * YEAR  # months before the window: who was served when the costs of its customers were spent


def customer_tables(
    warehouse: Warehouse,
    catalogue: Catalogue,
    icp: IcpConfig,
    asof: Asof,
    window: Window,
    cells: pd.DataFrame,
    tables: frozenset[str],
) -> dict[str, pd.DataFrame]:
    """``subscriptions`` and ``costs`` of the window's whole months; a table that its sources don't tell is left out.

    ``cells`` are the window's deals by age, whose median cycle is the time from cost to customer.
    """
    if not tables & {*REVENUE}:
        return {}
    snapshot = deals_to_score(catalogue, asof).subquery("snapshot")
    with (
        warehouse.computed(scored_opportunities(catalogue, icp, asof, snapshot)) as deals,
        customer_base(warehouse, catalogue, icp, asof, tables, deals) as base,
    ):
        if base is None:
            return {}
        months = months_within(window, base.last)
        if not months:
            return {}
        return _tables(warehouse, catalogue, icp, asof, base, deals, months, cells, tables)


def months_within(window: Window, last: int) -> range:
    """The whole months of a window that were over."""
    first = last_complete(window.start) + 1
    return range(first + (first_day(first) < window.start), min(last_complete(window.end), last) + 1)


def _tables(
    warehouse: Warehouse,
    catalogue: Catalogue,
    icp: IcpConfig,
    asof: Asof,
    base: CustomerBase,
    deals: sa.FromClause,
    months: range,
    cells: pd.DataFrame,
    tables: frozenset[str],
) -> dict[str, pd.DataFrame]:
    from icp_monitor.metrics.acquisition_cost import acquisition_costs, cycle_lags

    end, span = months[-1], len(months)
    lives = _read(warehouse, customer_lives(base.months, [end], span, "bucket"))
    if "costs" not in tables:
        return {"subscriptions": _subscriptions(lives, {})}
    since = months[0] - LOOKED_BACK
    movements = _read(warehouse, revenue_movements(base.months, max(base.first, since), end))
    spent = spending(warehouse, catalogue, asof, base, tables, deals, icp.segment_ids, movements, since)
    found = {"subscriptions": _subscriptions(lives, _margins(movements, spent, months))}
    lags = cycle_lags(cells, icp.segment_ids, icp.horizon_days)
    acquired = acquisition_costs({spent.method: spent.principal}, movements, [end], lags, span)
    if len(acquired):
        found["costs"] = _costs(acquired, _read(warehouse, _newcomers(base.months, months)))
    return found


def _subscriptions(lives: pd.DataFrame, margins: dict[str, float]) -> pd.DataFrame:
    """Customer-months by segment, bucket and tenure, with the margin that they brought, or all revenue without one."""
    share = lives["segment"].map(margins).fillna(1.0) if margins else 1.0
    rows = lives.assign(month=lives["tenure"], margin_minor=(lives["revenue_minor"] * share).round().astype("int64"))
    keys = ["segment", "bucket", "month"]
    return rows.groupby(keys, as_index=False)[["at_risk", "churned", "margin_minor"]].sum()


def _margins(movements: pd.DataFrame, spent: Spending, months: range) -> dict[str, float]:
    """The gross margin of each segment in the window; nothing where the cost of goods of a month isn't known."""
    goods = spent.principal[spent.principal["purpose"] == "delivery"]
    if goods.empty or goods["month"].min() > months[0] or goods["month"].max() < months[-1]:
        return {}
    paid, cost = (
        frame[frame["month"].isin([*months])].groupby("segment")[name].sum()
        for frame, name in ((movements, "after_minor"), (goods, "amount_minor"))
    )
    return {str(segment): 1 - float(cost.get(segment, 0)) / float(paid[segment]) for segment in paid.index[paid > 0]}


def _newcomers(months: sa.FromClause, within: range) -> sa.Select[Any]:
    """The customers whose first month is one of ``within``, by segment and bucket."""
    rows = months.c
    keys = (rows.segment, rows.bucket)
    began = (rows.before_minor.is_(None), rows.number >= within[0], rows.number <= within[-1])
    return sa.select(*keys, sa.func.count().label("customers")).where(*began).group_by(*keys)


def _costs(acquired: pd.DataFrame, newcomers: pd.DataFrame) -> pd.DataFrame:
    """Newcomers by bucket; the cost of a segment stands with one of its buckets, as only sums are looked at."""
    import pandas as pd

    bucket = newcomers.groupby("segment")["bucket"].min()
    spent = acquired.groupby("segment", as_index=False)["cost_minor"].sum()
    spent["bucket"] = spent["segment"].map(bucket).fillna(int(bucket.min()) if len(bucket) else 0).astype("int64")
    both = pd.concat([newcomers.assign(cost_minor=0), spent.assign(customers=0)], ignore_index=True)
    summed: pd.DataFrame = both.groupby(["segment", "bucket"], as_index=False)[["cost_minor", "customers"]].sum()
    return summed


def _read(warehouse: Warehouse, statement: sa.Select[Any]) -> pd.DataFrame:
    frame: pd.DataFrame = warehouse.read(statement).to_pandas()
    return frame
