"""The share of the money in closed deals that was won: a few large deals decide it, so that nobody is alerted by it."""

from __future__ import annotations

import math

import pandas as pd

from icp_monitor.metrics.amounts import moments_of
from icp_monitor.metrics.intervals import Interval, normal_quantile

MIN_FILL = 0.8  # of won and of lost deals alike; below it the deals without an amount could be anything


def value_rate(closes: pd.DataFrame, level: float) -> tuple[int, Interval | None]:
    """Deals with a value, and Σ value won ÷ Σ value closed; None where too many of either kind have no value.

    Values are those that the deals had when they entered their first stage, where that is known: what is won has been
    negotiated, what is lost has its list price. The interval is symmetric in the log-odds, whose variance is
    Σ (1 + c²) ÷ n over both kinds (sums of a random number of amounts with variation c, here of a log-normal).
    """
    won, lost = (closes[closes["outcome"] == "won"], closes[closes["outcome"].isin(("lost", "no_decision"))])
    valued = [int(part["n_value"].sum()) for part in (won, lost)]
    sums = [int(part["value_minor"].sum()) for part in (won, lost)]
    closed = [int(part["n"].sum()) for part in (won, lost)]
    if not min(sums) or any(some < MIN_FILL * every for some, every in zip(valued, closed, strict=True)):
        return sum(valued), None
    variance = sum((1 + _variation(part)) / n for part, n in zip((won, lost), valued, strict=True))
    odds, half = math.log(sums[0] / sums[1]), normal_quantile(level) * math.sqrt(variance)
    low, middle, high = (1 / (1 + math.exp(-value)) for value in (odds - half, odds, odds + half))
    return sum(valued), Interval(middle, low, high)


def _variation(closes: pd.DataFrame) -> float:
    """The squared coefficient of variation of log-normal amounts."""
    moments = moments_of(closes)
    return math.expm1(moments.log_variance) if moments else 0.0
