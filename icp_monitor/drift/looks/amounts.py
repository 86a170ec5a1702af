"""How large the deals were that were decided in a stretch of weeks, from counts by bin of the logarithm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.amounts import Amounts, change_of_amounts
from icp_monitor.drift.comparison import Comparison, estimate
from icp_monitor.drift.design_effect import DesignEffect
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.strata import WHOLE
from icp_monitor.drift.verdict import Estimate
from icp_monitor.drift.weekly import LOG_BIN, LOG_SCALE, WeeklyTables
from icp_monitor.metrics.amounts import Moments, mean_amount

FEWEST = 2


def compare_amounts_of_weeks(
    tables: WeeklyTables, segment: str, weeks: range, plan: Plan, clustered: DesignEffect
) -> Comparison:
    """The ratio of the geometric mean amounts of decided deals, won or lost, minus 1; for the company at equal mix.

    Amounts of lost deals count too: there are several times as many, and a rep who aims higher shows in both. The
    values shown are the plain means of won deals.
    """
    rows = tables.amounts if segment == COMPANY else tables.amounts[tables.amounts["segment"] == segment]
    baseline = range(tables.baseline_weeks)
    before, after = (_within(rows, stretch) for stretch in (baseline, weeks))
    whole = _amounts(WHOLE, before, after)
    parts = sorted({*before["segment"], *after["segment"]}) if segment == COMPANY else []
    alike = [_amounts(name, *(side[side["segment"] == name] for side in (before, after))) for name in parts]
    found = change_of_amounts(whole, [item for item in alike if item], ("segment",), plan, clustered)
    return replace(found, baseline=_shown(before, plan.level), current=_shown(after, plan.level))


def moments(rows: pd.DataFrame) -> Moments | None:
    """Plain mean, and mean and variance of the logarithms; within a bin they are taken as evenly spread.

    None for fewer than two amounts.
    """
    n = int(rows["n"].sum())
    if n < FEWEST:
        return None
    counts, sums = rows["n"].to_numpy(float), rows["log_amount"].to_numpy(float) / LOG_SCALE
    mean, typical = float(sums.sum()) / n, np.exp(sums / counts)
    within = (LOG_BIN / LOG_SCALE) ** 2 / 12
    between = float((counts * (sums / counts - mean) ** 2).sum())
    return Moments(n, float((counts * typical).sum()) / n, mean, between / (n - 1) + within)


def _within(rows: pd.DataFrame, weeks: range) -> pd.DataFrame:
    return rows[(rows["resolved"] >= weeks.start) & (rows["resolved"] < weeks.stop)]


def _amounts(name: str, before: pd.DataFrame, after: pd.DataFrame) -> Amounts | None:
    sides = moments(before), moments(after)
    return Amounts(name, sides[0], sides[1]) if sides[0] and sides[1] else None


def _shown(rows: pd.DataFrame, level: float) -> Estimate:
    """The plain mean of won amounts with its interval."""
    won = moments(rows[rows["outcome"] == "won"])
    return estimate(mean_amount(won, level) if won else None, won.n if won else 0)
