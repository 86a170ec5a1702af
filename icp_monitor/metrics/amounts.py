"""How large won deals are."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pandas as pd

from icp_monitor.catalogue.units import LOG_SCALE, MINOR_UNITS
from icp_monitor.metrics.intervals import Interval, normal_quantile

_SUMS = ("n_amount", "amount_minor", "log_amount", "log_amount_squared")
ACCOUNT_SCALE = 1e6  # an account's sum is large, its square larger: 250,000 deals of an account still fit


@dataclass(frozen=True)
class Moments:
    """How many amounts there are, their mean in currency units, and mean and variance of their logarithms."""

    n: int
    mean: float
    log_mean: float
    log_variance: float


def won_amounts(cells: pd.DataFrame, horizon_days: int) -> Moments | None:
    """The known positive amounts of deals won within the horizon; None for fewer than two."""
    is_won = (cells["outcome"].to_numpy(object) == "won") & (cells["age"].to_numpy() <= horizon_days)
    return _moments(*(int(cells[name].to_numpy()[is_won].sum()) for name in _SUMS))


def moments_of(cells: pd.DataFrame) -> Moments | None:
    """The known positive amounts of counted deals; None for fewer than two."""
    return _moments(*(int(cells[name].sum()) for name in _SUMS))


def _moments(n: int, minor: int, log: int, squared: int) -> Moments | None:
    if n < 2:
        return None
    mean = log / LOG_SCALE / n
    variance = max(squared / LOG_SCALE - n * mean**2, 0.0) / (n - 1)
    return Moments(n, minor / MINOR_UNITS / n, mean, variance)


def mean_amount(amounts: Moments, level: float) -> Interval:
    """The plain mean with Cox's interval for the mean of a log-normal (Zhou & Gao 1997), widened to hold it."""
    variance = amounts.log_variance
    half = normal_quantile(level) * math.sqrt(variance / amounts.n + variance**2 / (2 * (amounts.n - 1)))
    centre = amounts.log_mean + variance / 2
    low, high = math.exp(centre - half), math.exp(centre + half)
    return Interval(amounts.mean, min(low, amounts.mean), max(high, amounts.mean))
