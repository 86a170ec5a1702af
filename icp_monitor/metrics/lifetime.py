"""What a customer is worth: three values under three names, which are never mixed.

``ltv_simple`` extrapolates, ``ltv_realised`` has been earned, and ``ltv_km`` weighs what customers bring by how long
they stay, up to a horizon. Amounts are gross margin where the costs of delivery are known, else revenue.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
import sqlalchemy as sa

from icp_monitor.metrics.customers import FACTS
from icp_monitor.metrics.intervals import Interval, normal_quantile
from icp_monitor.metrics.months import YEAR
from icp_monitor.metrics.mrr import squared
from icp_monitor.metrics.tenure import Tenure, lifetime_value, tenure_of
from icp_monitor.snapshots.dialects import integer_sum

REALISED_MONTHS = 12


def customer_lives(months: sa.FromClause, ends: Sequence[int], span: int = YEAR, *by: str) -> sa.Select[Any]:
    """Customer-months of the ``span`` months up to each of ``ends``, by how long the customers had been there.

    ``tenure`` 0 is the month after the first paid one. ``at_risk`` customers paid ``revenue_minor`` on the day before
    the month began, and ``churned`` of them nothing on its last: they left. A life ends there; what a customer brings
    who comes back belongs to no life. The columns of ``by`` stand beside segment, tier and band.
    """
    rows = months.c
    keys = (
        *(rows[name] for name in (*FACTS, *by)),
        (rows.number - rows.first - 1).label("tenure"),
    )
    first_life = sa.or_(rows.left.is_(None), rows.number <= rows.left)
    return _by_end(
        ends,
        lambda end: (
            sa.select(
                sa.literal(end, sa.Integer).label("month"),
                *keys,
                sa.func.count().label("at_risk"),
                integer_sum(sa.case((rows.number == rows.left, 1), else_=0)).label("churned"),
                integer_sum(rows.before_minor).label("revenue_minor"),
            )
            .where(rows.number > end - span, rows.number <= end, rows.before_minor > 0, first_life)
            .group_by(*keys)
        ),
    )


def realised_values(months: sa.FromClause, ends: Sequence[int], horizon: int = REALISED_MONTHS) -> sa.Select[Any]:
    """What customers brought in their first ``horizon`` months, of those who began in a year that ended so long before.

    All who began count, those who left too. ``squared`` is the sum of the squares in whole currency.
    """
    rows = months.c
    each = (
        sa.select(
            rows.account_id, rows.first, *(rows[name] for name in FACTS), integer_sum(rows.mrr_minor).label("sum")
        )
        .where(rows.number < rows.first + horizon)
        .group_by(rows.account_id, rows.first, *(rows[name] for name in FACTS))
        .cte("first_months")
    )
    keys = [each.c[name] for name in FACTS]

    def of_year(end: int) -> sa.Select[Any]:
        newest = end - horizon + 1
        return (
            sa.select(
                sa.literal(end, sa.Integer).label("month"),
                *keys,
                sa.func.count().label("n"),
                integer_sum(each.c.sum).label("revenue_minor"),
                squared(each.c.sum).label("squared"),
            )
            .where(each.c.first > newest - YEAR, each.c.first <= newest)
            .group_by(*keys)
        )

    return _by_end(ends, of_year)


def _by_end(ends: Sequence[int], statement: Any) -> sa.Select[Any]:
    """One statement for each end, put together: years overlap, so that a row counts in several of them."""
    every = sa.union_all(*(statement(end) for end in ends)).subquery("by_end")
    return sa.select(*every.c)


@dataclass(frozen=True)
class Spread:
    """How many customers there are, their mean, and its variance."""

    n: int
    mean: float
    variance: float

    @classmethod
    def of(cls, n: int, total: float, squares: float) -> Spread | None:
        """From a sum and a sum of squares; None without a customer."""
        if n < 1:
            return None
        mean = total / n
        spread = max(squares / n - mean**2, 0.0) * n / (n - 1) if n > 1 else mean**2
        return cls(n, mean, spread / n)

    @property
    def log_variance(self) -> float:
        """That of the mean's logarithm, by the delta method."""
        return self.variance / self.mean**2 if self.mean > 0 else 0.0

    def interval(self, level: float, factor: float = 1.0) -> Interval:
        """The normal interval of the mean, times a known ``factor``."""
        half = normal_quantile(level) * math.sqrt(self.variance)
        return Interval(*(factor * value for value in (self.mean, max(self.mean - half, 0.0), self.mean + half)))


def ltv_simple(arpa: float, margin: float, churn: float) -> float | None:
    """Revenue of an account in a month x gross margin / churn of a month; None where nobody left.

    Without a churned customer the formula would say that customers stay for ever.

    >>> round(ltv_simple(arpa=100, margin=1.0, churn=0.05))
    2000
    """
    return arpa * margin / churn if churn > 0 else None


def simple_interval(accounts: Spread, margin: float, tenure: Tenure, level: float) -> Interval | None:
    """`ltv_simple` with an interval that counts the chance in who pays how much, and in how many happened to leave."""
    gone, seen = float(tenure.churned.sum()), float(tenure.at_risk.sum())
    value = ltv_simple(accounts.mean, margin, gone / seen) if seen else None
    if value is None or value <= 0:
        return None
    return log_normal(value, accounts.log_variance + 1 / gone, level)


def tenure_of_lives(lives: pd.DataFrame, months: int, margin: float = 1.0) -> Tenure:
    """The first ``months`` of the rows of the table ``customer_lives``, with the margin of what was paid."""
    rows = lives[["at_risk", "churned"]].assign(month=lives["tenure"], margin_minor=lives["revenue_minor"] * margin)
    return tenure_of(rows, months)


@dataclass(frozen=True)
class Worth:
    """A value up to a horizon, and whether the horizon alone bounds it because nobody was seen to leave."""

    interval: Interval
    months: int
    capped: bool


def km_worth(
    lives: pd.DataFrame, margin: float, accounts: Spread, level: float, months: int, monthly_discount: float = 0.0
) -> Worth | None:
    """`lifetime_value` of the margin, over the months for which customers were seen and no more than ``months``.

    Its variance is that of the months that customers stay (Greenwood) and that of what they pay, on logarithms.
    None where no customer was seen in the first month.
    """
    tenure = tenure_of_lives(lives, months, margin)
    seen = tenure.months
    if not seen or not tenure.margin[:seen].any():
        return None
    value = lifetime_value(tenure, seen, monthly_discount)
    if value <= 0:
        return None
    stays = tenure.survival[:seen]
    variance = _variance_of_stay(tenure, seen) / float(stays.sum()) ** 2 + accounts.log_variance
    return Worth(log_normal(value, variance, level), seen, capped=not tenure.churned[:seen].any())


def log_normal(value: float, variance: float, level: float) -> Interval:
    """The interval of a positive value whose logarithm has ``variance``."""
    factor = math.exp(normal_quantile(level) * math.sqrt(variance))
    return Interval(value, value / factor, value * factor)


def _variance_of_stay(tenure: Tenure, months: int) -> float:
    """Of the mean number of months begun: Σ (Σ S after the month)² d / (n (n - d)) (Klein & Moeschberger 2003, 4.5)."""
    stays, n, gone = tenure.survival[:months], tenure.at_risk[:months], tenure.churned[:months]
    after = stays[::-1].cumsum()[::-1] - stays
    terms = np.divide(gone, n * (n - gone), out=np.zeros_like(n), where=n > gone)
    return float((after**2 * terms).sum())
