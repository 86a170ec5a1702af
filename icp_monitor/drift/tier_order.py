"""Do the tiers still rank: does tier 1 win more than tier 3, by as much as in the baseline?"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from icp_monitor.config.icp import TIERS
from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.comparison import Cause, Comparison, Precision, estimate
from icp_monitor.drift.design_effect import of_outcomes
from icp_monitor.drift.phrases import percent, points, tier_name
from icp_monitor.drift.plan import Plan
from icp_monitor.metrics.incidence import incidence_of_winning
from icp_monitor.metrics.intervals import Interval, newcombe, rothman
from icp_monitor.metrics.life_table import life_table

METHOD = "change of the Cochran-Armitage trend over tiers; win rate of tier 1 minus tier 3"
FIRST, *_, LAST = TIERS
ENDS = (FIRST, LAST)


@dataclass(frozen=True)
class TierRate:
    """A tier's share won within the horizon, its interval and variance, and its deals."""

    tier: str
    rate: Interval
    variance: float
    n: int


@dataclass(frozen=True)
class Trend:
    """By how much the win rate falls from one tier to the next, and the p-value of no trend."""

    slope: float
    variance: float
    p_value: float


def compare_tier_order(baseline: Cohort, current: Cohort, plan: Plan) -> Comparison:
    """The change of the gap between the win rates of tier 1 and tier 3; a loss of the gap is the drift.

    Rates are Aalen-Johansen incidences at the horizon. The gap's interval is Newcombe's, applied twice; the p-value is
    that of equal Cochran-Armitage slopes over all tiers in both cohorts.
    """
    clustered = of_outcomes(baseline, current)
    before, after = _rates(baseline, clustered.baseline, plan.level), _rates(current, clustered.current, plan.level)
    sizes = [sum(rate.n for rate in rates.values()) for rates in (before, after)]
    if not all(tier in rates for tier in ENDS for rates in (before, after)):
        return Comparison.impossible(METHOD, "points", plan.material.tier_order, *sizes)
    gaps = [newcombe(rates[FIRST].rate, rates[LAST].rate) for rates in (before, after)]
    change = newcombe(gaps[1], gaps[0])
    trends = [trend(list(rates.values())) for rates in (before, after)]
    return Comparison(
        method=clustered.told(METHOD),
        baseline=estimate(gaps[0], sizes[0]),
        current=estimate(gaps[1], sizes[1], current.maturity),
        unit="points",
        material=plan.material.tier_order,
        change=change,
        p_value=_p_value(trends[1].slope - trends[0].slope, trends[0].variance + trends[1].variance),
        precision=Precision(_gap_variance(before), _gap_variance(after)),
        one_sided=True,
        causes=_causes(before, after, trends[1], change.value, plan.level),
    )


def _rates(cohort: Cohort, design_effect: float, level: float) -> dict[str, TierRate]:
    found = {}
    for tier in TIERS:
        table = life_table(cohort.cells[cohort.cells["tier"] == tier], cohort.horizon_days)
        curve = incidence_of_winning(table)
        if curve is not None:
            variance = float(curve.variance[-1]) * design_effect
            rate = rothman(float(curve.value[-1]), variance, curve.known / design_effect, level)
            found[tier] = TierRate(tier, rate, variance, table.n)
    return found


def _gap_variance(rates: Mapping[str, TierRate]) -> float:
    return sum(rates[tier].variance for tier in ENDS)


def trend(rates: Sequence[TierRate]) -> Trend:
    """Cochran-Armitage: the weighted regression of the win rate on the tier's rank (Cochran 1954, Armitage 1955).

    ``variance`` is that of the slope as observed, for the comparison of two slopes; the p-value takes the variance
    under no trend, p(1 - p) / Σ n (t - t̄)².
    """
    n = np.array([rate.n for rate in rates], dtype=np.float64)
    share = np.array([rate.rate.value for rate in rates])
    rank = np.array([TIERS.index(rate.tier) for rate in rates], dtype=np.float64)
    leverage = n * (rank - float((n * rank).sum() / n.sum()))
    spread = float((leverage * rank).sum())
    pooled = float((n * share).sum() / n.sum())
    slope = -float((leverage * share).sum()) / spread
    variance = float((leverage**2 * np.array([rate.variance for rate in rates])).sum()) / spread**2
    return Trend(slope, variance, _p_value(slope, pooled * (1 - pooled) / spread))


def _p_value(difference: float, variance: float) -> float:
    if variance <= 0:
        return 1.0
    return float(2 * stats.norm.sf(abs(difference) / math.sqrt(variance)))


def _causes(
    before: Mapping[str, TierRate], after: Mapping[str, TierRate], now: Trend, change: float, level: float
) -> tuple[Cause, ...]:
    ranked = now.slope > 0 and now.p_value <= 1 - level
    order = "the tiers still rank" if ranked else "the tiers can't be told apart any more"
    first, last = (after[tier].rate.value - before[tier].rate.value for tier in ENDS)
    return (
        Cause(f"{order}: {_listed(after)}, against {_listed(before)}", change),
        Cause(f"{tier_name(FIRST)}: {points(first)}", first, carrier=True),
        Cause(f"{tier_name(LAST)}: {points(last)}", -last, carrier=True),
    )


def _listed(rates: Mapping[str, TierRate]) -> str:
    return ", ".join(f"{tier_name(tier)} wins {percent(rate.rate.value)}" for tier, rate in rates.items())
