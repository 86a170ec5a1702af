"""What a new customer costs: fully loaded, and with the cost of so many months before as a sale takes."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from icp_monitor.config.icp import COMPANY
from icp_monitor.metrics.incidence import days_to_win
from icp_monitor.metrics.intervals import Interval
from icp_monitor.metrics.life_table import life_table
from icp_monitor.metrics.lifetime import log_normal
from icp_monitor.metrics.months import YEAR
from icp_monitor.metrics.mrr import UNIT

DAYS_A_MONTH = 365.25 / 12
COLUMNS = ("month", "method", "segment", "tier", "cost_minor", "customers")


def lag_months(cycle_days: float | None) -> int:
    """The median cycle in whole months; none where no cycle is known.

    >>> lag_months(75.0), lag_months(None)
    (2, 0)
    """
    return 0 if cycle_days is None else round(cycle_days / DAYS_A_MONTH)


def cycle_lags(cells: pd.DataFrame, segments: Sequence[str], horizon_days: int) -> dict[str, int]:
    """The median cycle in months, of the company and of each segment; the company's where a segment has no win.

    ``cells`` are deals by age, as `life_table` reads them.
    """

    def cycle(rows: pd.DataFrame) -> float | None:
        return days_to_win(life_table(rows, horizon_days), 0.5)

    usual = cycle(cells)
    found = {segment: cycle(cells[cells["segment"] == segment]) for segment in segments}
    return {COMPANY: lag_months(usual), **{name: lag_months(days or usual) for name, days in found.items()}}


def acquisition_costs(
    costs: Mapping[str, pd.DataFrame],
    movements: pd.DataFrame,
    ends: Sequence[int],
    lags: Mapping[str, int],
    span: int = YEAR,
) -> pd.DataFrame:
    """The cost of the new customers of the ``span`` months up to each of ``ends``, by method, segment and tier.

    ``costs`` holds what `allocated` gives, by method; ``lags`` the months from cost to customer, by segment, and the
    company's, which also holds for what is unallocated. A period whose costs are not all known is left out.
    """
    new = movements[movements["movement"] == "new"]
    parts = [_of_period(allocated, new, end, method, lags, span) for method, allocated in costs.items() for end in ends]
    return pd.concat([part for part in parts if part is not None] or [pd.DataFrame(columns=list(COLUMNS))])


def _of_period(
    allocated: pd.DataFrame, new: pd.DataFrame, end: int, method: str, lags: Mapping[str, int], span: int
) -> pd.DataFrame | None:
    spent = allocated[allocated["purpose"] == "acquisition"]
    lag = spent["segment"].map(lags).fillna(lags[COMPANY]).astype(int)
    longest, shortest = max(lags.values()), min(lags.values())
    if spent.empty or spent["month"].min() > end - span + 1 - longest or spent["month"].max() < end - shortest:
        return None
    due = spent["month"] + lag
    cells = ["segment", "tier"]
    cost = spent[(due > end - span) & (due <= end)].groupby(cells)["amount_minor"].sum()
    came = new[(new["month"] > end - span) & (new["month"] <= end)].groupby(cells)["n"].sum()
    both = pd.concat({"cost_minor": cost, "customers": came}, axis=1).fillna(0).astype("int64").reset_index()
    return both.assign(month=end, method=method)[list(COLUMNS)]


def cost_per_customer(rows: pd.DataFrame, level: float) -> tuple[Interval | None, int]:
    """The cost by new customer, in currency, with their number; None where nobody came or nothing was allocated.

    The cost is known; how many came is chance, as a Poisson number's logarithm.
    """
    cost, customers = int(rows["cost_minor"].sum()), int(rows["customers"].sum())
    if not customers or cost <= 0:
        return None, customers
    return log_normal(cost / UNIT / customers, 1 / customers, level), customers


def payback_months(cost: float, monthly_revenue: float, margin: float) -> float | None:
    """Months of gross margin that pay the acquisition of a customer back; None where there is no margin.

    >>> payback_months(1200, 400, 0.75), payback_months(500, 40, 0.8)
    (4.0, 15.625)
    """
    return cost / (monthly_revenue * margin) if monthly_revenue * margin > 0 else None


def starting_revenue(months: sa.FromClause, ends: Sequence[int], span: int = YEAR) -> sa.Select[Any]:
    """The median revenue of a new customer's first month, by segment, by tier, and of all.

    ``low_minor`` and ``high_minor`` are the two in the middle, which are one where there is an odd number.
    """
    rows = months.c
    company, everyone = sa.literal(COMPANY, sa.Text), sa.literal("all", sa.Text)
    groups = ((rows.segment, everyone), (company, rows.tier), (company, everyone))
    every = sa.union_all(
        *(_middle(months, end, span, segment, tier) for end in ends for segment, tier in groups)
    ).subquery("starting")
    return sa.select(*every.c)


def _middle(months: sa.FromClause, end: int, span: int, segment: Any, tier: Any) -> sa.Select[Any]:
    rows = months.c
    own = (segment, tier)
    began = (
        sa.select(
            segment.label("segment"),
            tier.label("tier"),
            rows.mrr_minor,
            sa.func.row_number().over(partition_by=own, order_by=rows.mrr_minor).label("place"),
            sa.func.count().over(partition_by=own).label("n"),
        )
        .where(rows.before_minor.is_(None), rows.number > end - span, rows.number <= end)
        .subquery("began")
    )
    twice = began.c.place * 2
    return (
        sa.select(
            sa.literal(end, sa.Integer).label("month"),
            began.c.segment,
            began.c.tier,
            sa.func.max(began.c.n).label("n"),
            sa.func.min(began.c.mrr_minor).label("low_minor"),
            sa.func.max(began.c.mrr_minor).label("high_minor"),
        )
        .where(twice >= began.c.n, twice <= began.c.n + 2)
        .group_by(began.c.segment, began.c.tier)
    )


@dataclass(frozen=True)
class Ranking:
    """The tiers by their cost for each method, cheapest first; ``robust`` where all methods agree."""

    orders: Mapping[str, tuple[str, ...]]

    @property
    def robust(self) -> bool | None:
        """None where no two methods rank at least two tiers."""
        ranked = [order for order in self.orders.values() if len(order) > 1]
        return len({*ranked}) == 1 if len(ranked) > 1 else None


def ranking(costs: pd.DataFrame, tiers: Iterable[str], level: float) -> Ranking:
    """The order of the tiers by cost for a new customer, by each method that gives all of them a cost."""
    wanted, orders = [*tiers], {}
    for method, rows in costs.groupby("method"):
        found = {tier: cost_per_customer(rows[rows["tier"] == tier], level)[0] for tier in wanted}
        known = {tier: interval.value for tier, interval in found.items() if interval}
        orders[str(method)] = tuple(sorted(known, key=lambda tier: known[tier])) if len(known) == len(wanted) else ()
    return Ranking(orders)
