"""Of the customers of a year ago, how many are left, and how much of their revenue: logo, gross and net retention.

The same customers at both ends; what one of them pays more never makes up for what another pays less in gross
retention. Who left in between and came back counts as staying, at what it pays at the end; who came later is not looked
at. Segment, tier and score are those with which the customer was won.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd
import sqlalchemy as sa

from icp_monitor.metrics.customers import FACTS
from icp_monitor.metrics.intervals import Interval, normal_quantile, wilson
from icp_monitor.metrics.months import YEAR
from icp_monitor.metrics.mrr import squared
from icp_monitor.snapshots.dialects import integer_sum, least

SUMS = ("n", "n_stayed", "start_minor", "kept_minor", "end_minor")
PRODUCTS = ("start_squared", "kept_squared", "end_squared", "start_kept", "start_end")


def retention_counts(months: sa.FromClause, ends: Sequence[int], span: int = YEAR) -> sa.Select[Any]:
    """Customers ``span`` months before each of ``ends``, and what became of them, by segment, tier and band.

    ``n`` customers paid ``start_minor`` then; ``n_stayed`` of them pay ``end_minor`` at the end, of which
    ``kept_minor`` is no more than each paid at the start. The other columns are sums of products in whole currency.
    """
    then, now = months.alias("then"), months.alias("now")
    start, end = then.c.mrr_minor, now.c.mrr_minor
    kept = least(start, end)
    keys = (now.c.number.label("month"), *(then.c[name] for name in FACTS))
    same = sa.and_(now.c.account_id == then.c.account_id, now.c.number == then.c.number + span)
    return (
        sa.select(
            *keys,
            sa.func.count().label("n"),
            integer_sum(sa.case((end > 0, 1), else_=0)).label("n_stayed"),
            integer_sum(start).label("start_minor"),
            integer_sum(kept).label("kept_minor"),
            integer_sum(end).label("end_minor"),
            squared(start).label("start_squared"),
            squared(kept).label("kept_squared"),
            squared(end).label("end_squared"),
            squared(start, kept).label("start_kept"),
            squared(start, end).label("start_end"),
        )
        .select_from(then.join(now, same))
        .where(start > 0, now.c.number.in_([*ends]))
        .group_by(*keys)
    )


@dataclass(frozen=True)
class Retention:
    """Sums over customers: amounts in minor units, products in whole currency squared.

    >>> two = Retention(2, 2, 100_00, 85_00, 100_00, 5_200, 4_225, 6_250, 4_600, 5_500)
    >>> two.logo, two.gross, two.net
    (1.0, 0.85, 1.0)
    """

    n: int
    n_stayed: int
    start_minor: int
    kept_minor: int
    end_minor: int
    start_squared: int
    kept_squared: int
    end_squared: int
    start_kept: int
    start_end: int

    @property
    def logo(self) -> float | None:
        """The share of customers that stayed."""
        return self.n_stayed / self.n if self.n else None

    @property
    def gross(self) -> float | None:
        """The share of revenue that stayed, without what customers pay more; never above 1."""
        return self.kept_minor / self.start_minor if self.start_minor else None

    @property
    def net(self) -> float | None:
        """What the same customers pay now, of what they paid then."""
        return self.end_minor / self.start_minor if self.start_minor else None

    def logo_interval(self, level: float) -> Interval | None:
        """Wilson's interval."""
        return wilson(self.n_stayed, self.n, level)

    def gross_interval(self, level: float) -> Interval | None:
        """The interval of a ratio of sums over customers (Cochran 1977, 6.4), kept within 0 and 1."""
        found = self._ratio(self.gross, self.kept_squared, self.start_kept, level)
        return found and Interval(found.value, found.low, min(found.high, 1.0))

    def net_interval(self, level: float) -> Interval | None:
        """The like, above 0."""
        return self._ratio(self.net, self.end_squared, self.start_end, level)

    def _ratio(self, value: float | None, squares: int, products: int, level: float) -> Interval | None:
        """Var(Σe / Σs) = n / (n - 1) · Σ(e - R s)² / (Σs)²; None for fewer than two customers."""
        if value is None or self.n < 2:
            return None
        residuals = max(squares - 2 * value * products + value**2 * self.start_squared, 0.0)
        deviation = math.sqrt(self.n / (self.n - 1) * residuals) / (self.start_minor / 100)
        half = normal_quantile(level) * deviation
        return Interval(value, max(value - half, 0.0), value + half)


def retention_of(counts: pd.DataFrame) -> Retention:
    """The sums over the rows of the table ``retention_counts`` that are given."""
    return Retention(*(int(counts[name].sum()) for name in (*SUMS, *PRODUCTS)))
