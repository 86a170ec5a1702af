"""How large the deals were that were decided in a stretch of weeks, from counts by bin of the logarithm."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd

from icp_monitor.catalogue.units import LOG_SCALE
from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.amounts import Amounts, change_of_amounts
from icp_monitor.drift.comparison import Comparison, estimate
from icp_monitor.drift.design_effect import DesignEffect
from icp_monitor.drift.looks.running import Running, running
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.strata import WHOLE
from icp_monitor.drift.verdict import Estimate
from icp_monitor.drift.weekly import WeeklyTables
from icp_monitor.metrics.amounts import Moments, mean_amount
from icp_monitor.metrics.buckets import LOG_BIN

FEWEST = 2
FAR_LESS = 0.8


def lost_amounts_missing(tables: WeeklyTables) -> bool:
    """Whether lost deals have an amount far less often than won ones, so that only the latter can be compared."""
    decided = tables.deals.groupby("outcome")["n"].sum().drop("open", errors="ignore")
    share = (tables.amounts.groupby("outcome")["n"].sum() / decided).fillna(0.0)
    won, others = float(share.get("won", 0.0)), share.drop("won", errors="ignore")
    return won > 0 and bool((others < FAR_LESS * won).any())


def running_amounts(tables: WeeklyTables, *, won_only: bool) -> Running:
    """Amounts by segment, outcome and bin."""
    rows = tables.amounts[tables.amounts["outcome"] == "won"] if won_only else tables.amounts
    return running(rows, "resolved", ("segment", "outcome", "bin"), ("n", "log_amount"), tables.weeks)


def compare_amounts_of_weeks(
    amounts: Running, segment: str, stretches: tuple[range, range], plan: Plan, clustered: DesignEffect
) -> Comparison:
    """The ratio of the geometric mean amounts of decided deals, won or lost, minus 1; for the company at equal mix.

    ``stretches`` are the baseline's weeks and those that are looked at.
    Amounts of lost deals count too: there are several times as many, and a rep who aims higher shows in both. The
    values shown are the plain means of won deals.
    """
    before, after = (amounts.between(weeks, segment) for weeks in stretches)
    whole = _amounts(WHOLE, before, after)
    parts = sorted({*before["segment"], *after["segment"]}) if segment == COMPANY else []
    alike = [_amounts(name, *(amounts.between(weeks, name) for weeks in stretches)) for name in parts]
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


def _amounts(name: str, before: pd.DataFrame, after: pd.DataFrame) -> Amounts | None:
    sides = moments(before), moments(after)
    return Amounts(name, sides[0], sides[1]) if sides[0] and sides[1] else None


def _shown(rows: pd.DataFrame, level: float) -> Estimate:
    """The plain mean of won amounts with its interval."""
    won = moments(rows[rows["outcome"] == "won"])
    return estimate(mean_amount(won, level) if won else None, won.n if won else 0)
