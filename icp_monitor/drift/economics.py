"""The cost of a new customer, and how far a positive figure has changed, with ranges from accounts drawn again."""

from __future__ import annotations

import math

import numpy as np

from icp_monitor.drift.bootstrap import Bootstrapped, Figure
from icp_monitor.metrics.intervals import Interval, normal_quantile
from icp_monitor.metrics.life_table import Floats


def acquisition_cost(cost: float) -> Figure:
    """``cost`` of marketing and sales by new customer, of the sum: new customers.

    The cost is fully loaded, and lagged by the median cycle; it is known, and only who became a customer is drawn.

    >>> float(acquisition_cost(24_000.0)(np.array([20.0])))
    1200.0
    """
    return lambda sums: _ratio(np.full(sums.shape[:-1], cost), sums[..., 0])


def relative_change(before: Bootstrapped, after: Bootstrapped, level: float) -> Interval | None:
    """Current over baseline minus 1, normal on the logarithm; None where a figure is not above 0."""
    if min(before.value, after.value) <= 0:
        return None
    return change_on_logs(before.value, after.value, log_variance(before) + log_variance(after), level)


def change_on_logs(before: float, after: float, variance: float, level: float) -> Interval:
    """Current over baseline minus 1, where the logarithm of the ratio has ``variance``."""
    log, half = math.log(after / before), normal_quantile(level) * math.sqrt(variance)
    return Interval(*(math.expm1(log + step) for step in (0.0, -half, half)))


def log_variance(item: Bootstrapped) -> float:
    """The variance of a figure's logarithm, by the delta method."""
    return item.variance / item.value**2


def _ratio(above: Floats, below: Floats) -> Floats:
    return np.asarray(np.divide(above, below, out=np.full(np.shape(above), np.nan), where=below > 0))
