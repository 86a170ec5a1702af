"""How long customers stay and what they are worth: period life tables by the months since they signed."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import pandas as pd

from icp_monitor.catalogue.units import MINOR_UNITS
from icp_monitor.metrics.life_table import Floats, LifeTable

SUMS = ("at_risk", "churned", "margin_minor")
RETAINED_AFTER = 12
WORTH_UNTIL = 36


@dataclass(frozen=True, eq=False)
class Tenure:
    """Customer-months by month of tenure, as they were seen in one window; every array begins with the first month.

    ``at_risk`` customers began the month, ``churned`` of them ended in it, and ``margin`` is what all of them brought.
    A customer who had signed before the window enters at the tenure that it had, one who stays leaves at that which it
    has: customers still active are censored, never counted as gone.
    """

    at_risk: Floats
    churned: Floats
    margin: Floats

    @cached_property
    def survival(self) -> Floats:
        """Kaplan-Meier: the share of customers that begin each month, and after them all the share that stays."""
        return np.concatenate(([1.0], (1 - self.churned / np.maximum(self.at_risk, 1)).cumprod()))

    @property
    def months(self) -> int:
        """The months of tenure for which at least one customer was seen, without a gap."""
        seen = self.at_risk > 0
        return int(len(seen) if seen.all() else seen.argmin())

    def life_table(self, months: int) -> LifeTable:
        """The same as a life table of so many months; leaving is being lost."""
        at_risk, churned = self.at_risk[:months], self.churned[:months]
        edges = np.arange(months + 1, dtype=np.float64)
        return LifeTable(edges, at_risk, np.zeros(months), churned, np.zeros(months))


def tenure_of(subscriptions: pd.DataFrame, months: int = WORTH_UNTIL) -> Tenure:
    """The first ``months`` of tenure, over all accounts; the table has the columns month (from 0) and ``SUMS``."""
    seen = subscriptions[subscriptions["month"] < months]
    month = seen["month"].to_numpy(np.int64)
    at_risk, churned, margin = (
        np.bincount(month, seen[name].to_numpy(np.float64), months).astype(np.float64) for name in SUMS
    )
    return Tenure(at_risk, churned, margin / MINOR_UNITS)


def retained(tenure: Tenure, months: int = RETAINED_AFTER) -> tuple[float, float] | None:
    """The share of customers that stay so many months, with Greenwood's variance (1926); None where nobody was seen.

    >>> half = Tenure(np.array([100.0, 50.0]), np.array([10.0, 0.0]), np.array([0.0, 0.0]))
    >>> value, variance = retained(half, months=2)
    >>> round(value, 2), round(variance, 4)
    (0.9, 0.0009)
    """
    if tenure.months < months:
        return None
    n, gone = tenure.at_risk[:months], tenure.churned[:months]
    value = float(tenure.survival[months])
    terms = np.divide(gone, n * (n - gone), out=np.zeros_like(n), where=n > gone)
    return value, value**2 * float(terms.sum())


def lifetime_value(tenure: Tenure, months: int, monthly_discount: float = 0.0) -> float:
    """Σ S(m) GM(m) / (1 + r)^m over the first ``months``: a restricted mean, without a guess at what comes after.

    A segment that nobody leaves is worth its margin of so many months, not infinitely much.

    >>> nobody_leaves = Tenure(np.full(36, 20.0), np.zeros(36), np.full(36, 2_000.0))
    >>> lifetime_value(nobody_leaves, months=36)
    3600.0
    """
    margin = tenure.margin[:months] / np.maximum(tenure.at_risk[:months], 1)
    return float((tenure.survival[:months] * margin / (1 + monthly_discount) ** np.arange(months)).sum())
