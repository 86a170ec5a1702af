"""Monthly recurring revenue of every customer, without gaps, and how it moves from month to month."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from icp_monitor.metrics.customers import FACTS
from icp_monitor.metrics.months import YEAR, every_month
from icp_monitor.scoring.numbers import double
from icp_monitor.snapshots.dialects import floor_to_int, integer_sum

MOVEMENTS = ("new", "reactivation", "upgrade", "downgrade", "churn", "unchanged")
UNIT = 100  # minor units in one of currency

Column = sa.ColumnElement[Any]


def customer_months(customers: sa.FromClause, spans: sa.FromClause, first: int, last: int) -> sa.Select[Any]:
    """One row for each customer and month from its first paid one to ``last``, those without revenue included.

    Beside who the customer is: ``number`` of the month, ``mrr_minor`` on its last day, ``before_minor`` on that of the
    month before (NULL in the first), and ``left``: the first month without revenue, NULL while there was none.
    ``first`` must be no later than the first month of any customer.
    """
    months = every_month(first, last)
    runs = sa.and_(
        spans.c.account_id == customers.c.account_id,
        spans.c.first <= months.c.number,
        months.c.number < spans.c.last,
    )
    who = [customers.c[name] for name in ("account_id", "first", *FACTS, "bucket")]
    summed = (
        sa.select(*who, months.c.number, integer_sum(spans.c.mrr_minor).label("mrr_minor"))
        .select_from(customers.join(months, months.c.number >= customers.c.first).outerjoin(spans, runs))
        .group_by(*who, months.c.number)
        .subquery("summed")
    )
    lagged = sa.func.lag(summed.c.mrr_minor, type_=sa.BigInteger)
    before = lagged.over(partition_by=summed.c.account_id, order_by=summed.c.number)
    left = sa.func.min(sa.case((summed.c.mrr_minor == 0, summed.c.number))).over(partition_by=summed.c.account_id)
    return sa.select(*summed.c, before.label("before_minor"), left.label("left"))


def revenue_movements(months: sa.FromClause, first: int, last: int) -> sa.Select[Any]:
    """Customers and revenue by month, segment, tier, band and movement, from ``first`` to ``last``.

    A customer is in one movement of a month: new, reactivation (it had left), upgrade, downgrade, churn or unchanged.
    ``after_minor`` less ``before_minor`` is the movement; their sums over all movements are the revenue of the month
    and of the one before. ``largest_minor`` is the largest customer's revenue, ``squared`` the sum of squares in
    whole currency.
    """
    rows = months.c
    before = sa.func.coalesce(rows.before_minor, 0)
    movement = sa.case(
        (rows.before_minor.is_(None), "new"),
        (before == 0, "reactivation"),
        (rows.mrr_minor == 0, "churn"),
        (rows.mrr_minor > before, "upgrade"),
        (rows.mrr_minor < before, "downgrade"),
        else_="unchanged",
    )
    keys = (
        rows.number.label("month"),
        *(rows[name] for name in FACTS),
        sa.type_coerce(movement, sa.Text).label("movement"),
    )
    return (
        sa.select(
            *keys,
            sa.func.count().label("n"),
            integer_sum(before).label("before_minor"),
            integer_sum(rows.mrr_minor).label("after_minor"),
            sa.func.max(rows.mrr_minor).label("largest_minor"),
            squared(rows.mrr_minor).label("squared"),
        )
        .where(rows.number >= first, rows.number <= last, sa.or_(before > 0, rows.mrr_minor > 0))
        .group_by(*keys)
    )


def squared(minor: Column, other: Column | None = None) -> Column:
    """Aggregate: the sum of products of two amounts, in whole currency squared, as an integer."""
    left, right = (sa.cast(part, sa.Double) / double(UNIT) for part in (minor, minor if other is None else other))
    return integer_sum(floor_to_int(left * right + double(0.5)))


@dataclass(frozen=True)
class RecurringRevenue:
    """What customers pay on the last day of a month, in minor units."""

    customers: int
    mrr_minor: int
    largest_minor: int
    squared: int

    @property
    def arr_minor(self) -> int:
        """Twelve times the monthly revenue.

        >>> RecurringRevenue(2, 10_000, 7_500, 5_625 + 625).arr_minor
        120000
        """
        return YEAR * self.mrr_minor

    @property
    def top_share(self) -> float | None:
        """The largest customer's part of the revenue; one whale makes a segment."""
        return self.largest_minor / self.mrr_minor if self.mrr_minor else None


def recurring_revenue(movements: pd.DataFrame) -> RecurringRevenue:
    """The revenue at the end of the month whose movements are given."""
    paying = movements[movements["after_minor"] > 0]
    n, after, square = (int(paying[name].sum()) for name in ("n", "after_minor", "squared"))
    return RecurringRevenue(n, after, int(paying["largest_minor"].max()) if n else 0, square)


def movement_totals(movements: pd.DataFrame) -> dict[str, int]:
    """The change of revenue by movement, in minor units; together they are the whole change."""
    change = (movements["after_minor"] - movements["before_minor"]).groupby(movements["movement"]).sum()
    return {name: int(change.get(name, 0)) for name in MOVEMENTS}
