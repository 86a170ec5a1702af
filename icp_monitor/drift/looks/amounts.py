"""How large the deals were that were decided in a stretch of weeks, from counts by bin of the logarithm."""

from __future__ import annotations

import math
from dataclasses import replace

import pandas as pd

from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.amounts import Amounts, change_of_amounts
from icp_monitor.drift.comparison import Comparison, estimate
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.strata import WHOLE
from icp_monitor.drift.verdict import Estimate
from icp_monitor.drift.weekly import LOG_BIN, LOG_SCALE, WeeklyTables
from icp_monitor.metrics.amounts import Moments
from icp_monitor.metrics.intervals import Interval, normal_quantile

MINOR_UNITS = 100
FEWEST = 2


def compare_amounts_of_weeks(tables: WeeklyTables, segment: str, weeks: range, plan: Plan) -> Comparison:
    """The ratio of the geometric mean amounts of decided deals, won or lost, minus 1; for the company at equal mix.

    Amounts of lost deals count too: there are several times as many, and a rep who aims higher shows in both. The
    values shown are the geometric means of won deals.
    """
    rows = tables.amounts if segment == COMPANY else tables.amounts[tables.amounts["segment"] == segment]
    baseline = range(tables.baseline_weeks)
    before, after = (_within(rows, stretch) for stretch in (baseline, weeks))
    whole = _amounts(WHOLE, before, after)
    parts = sorted({*before["segment"], *after["segment"]}) if segment == COMPANY else []
    alike = [_amounts(name, *(side[side["segment"] == name] for side in (before, after))) for name in parts]
    found = change_of_amounts(whole, [item for item in alike if item], ("segment",), plan)
    return replace(found, baseline=_typical(before, plan.level), current=_typical(after, plan.level))


def moments(rows: pd.DataFrame) -> Moments | None:
    """Mean and variance of the logarithms; within a bin amounts are taken as evenly spread. None for fewer than two."""
    n = int(rows["n"].sum())
    if n < FEWEST:
        return None
    counts, sums = rows["n"].to_numpy(float), rows["log_amount"].to_numpy(float) / LOG_SCALE
    mean = float(sums.sum()) / n
    within = (LOG_BIN / LOG_SCALE) ** 2 / 12
    between = float((counts * (sums / counts - mean) ** 2).sum())
    return Moments(n, math.exp(mean) / MINOR_UNITS, mean, between / (n - 1) + within)


def _within(rows: pd.DataFrame, weeks: range) -> pd.DataFrame:
    return rows[(rows["resolved"] >= weeks.start) & (rows["resolved"] < weeks.stop)]


def _amounts(name: str, before: pd.DataFrame, after: pd.DataFrame) -> Amounts | None:
    sides = moments(before), moments(after)
    return Amounts(name, sides[0], sides[1]) if sides[0] and sides[1] else None


def _typical(rows: pd.DataFrame, level: float) -> Estimate:
    """The geometric mean of won amounts with its interval."""
    won = moments(rows[rows["outcome"] == "won"])
    if won is None:
        return estimate(None, 0)
    half = normal_quantile(level) * math.sqrt(won.log_variance / won.n)
    return estimate(Interval(won.mean, won.mean * math.exp(-half), won.mean * math.exp(half)), won.n)
