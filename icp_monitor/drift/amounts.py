"""Are won deals as large as in the baseline?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy import stats

from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.comparison import Cause, Comparison, Precision, estimate
from icp_monitor.drift.design_effect import INDEPENDENT, DesignEffect, of_amounts
from icp_monitor.drift.phrases import AT_EQUAL_MIX, plural, signed_percent
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.strata import WHOLE, Stratum, equal_mix, strata_of
from icp_monitor.drift.verdict import Estimate
from icp_monitor.metrics.amounts import Moments, won_amounts
from icp_monitor.metrics.intervals import Interval

METHOD = "Welch's t-test on the logarithms of won amounts"


@dataclass(frozen=True)
class LogChange:
    """A change of the mean logarithm, the variance that each cohort adds, and Welch-Satterthwaite's freedom."""

    value: float
    baseline_variance: float
    current_variance: float
    freedom: float

    @property
    def p_value(self) -> float:
        """Two-sided, of no change."""
        return float(2 * stats.t.sf(abs(self.value) / self._error, self.freedom))

    def interval(self, level: float) -> Interval:
        """The ratio of the geometric means minus 1."""
        half = float(stats.t.ppf((1 + level) / 2, self.freedom)) * self._error
        return Interval(*(math.expm1(self.value + step) for step in (0.0, -half, half)))

    @property
    def _error(self) -> float:
        return math.sqrt(self.baseline_variance + self.current_variance)


@dataclass(frozen=True)
class Amounts:
    """The amounts of like deals, in the baseline and now."""

    name: str
    before: Moments
    after: Moments

    @property
    def change(self) -> float:
        """Of the mean logarithm."""
        return self.after.log_mean - self.before.log_mean


def compare_amounts(baseline: Cohort, current: Cohort, keys: tuple[str, ...], plan: Plan) -> Comparison:
    """The ratio of the geometric mean amounts of won deals minus 1; what is left of it at equal mix is tested.

    Mixes are equal by ``keys``, variances clustered by account. The values shown are plain means: they include the mix,
    and one large deal moves them.
    """
    before, after = (won_amounts(cohort.cells, cohort.horizon_days) for cohort in (baseline, current))
    strata = strata_of(baseline, current, keys)
    found = change_of_amounts(
        Amounts(WHOLE, before, after) if before and after else None,
        _alike(strata) if len(strata) > 1 else [],
        keys,
        plan,
        of_amounts(baseline, current),
    )
    return replace(found, baseline=_shown(before), current=_shown(after, current.maturity))


def change_of_amounts(
    whole: Amounts | None,
    alike: Sequence[Amounts],
    kinds: tuple[str, ...],
    plan: Plan,
    clustered: DesignEffect = INDEPENDENT,
) -> Comparison:
    """The comparison of all amounts and, at equal mix, of those ``alike``; ``kinds`` says what makes them so."""
    all_of_them = _log_change([whole] if whole else [], clustered)
    if all_of_them is None:
        return Comparison.impossible(METHOD, "relative", plan.material.acv, 0, 0)
    at_equal_mix = _log_change(alike, clustered)
    found = at_equal_mix or all_of_them
    return Comparison(
        clustered.told(METHOD),
        estimate(None, 0),
        estimate(None, 0),
        "relative",
        plan.material.acv,
        change=all_of_them.interval(plan.level),
        tested=at_equal_mix.interval(plan.level) if at_equal_mix else None,
        tested_at=AT_EQUAL_MIX,
        p_value=found.p_value,
        precision=Precision(found.baseline_variance, found.current_variance, ratio=True),
        causes=tuple(_causes(all_of_them, at_equal_mix, alike, kinds)),
    )


def _shown(moments: Moments | None, maturity: float | None = None) -> Estimate:
    """The plain mean; its interval is unknown, because the sum of squared amounts is not kept."""
    if moments is None:
        return Estimate(None, None, None, 0, maturity)
    return Estimate(moments.mean, None, None, moments.n, maturity)


def _alike(strata: Sequence[Stratum]) -> list[Amounts]:
    """The strata with two amounts or more in both cohorts."""
    return [
        Amounts(stratum.name, before, after)
        for stratum in strata
        if (before := won_amounts(stratum.baseline, stratum.horizon_days))
        and (after := won_amounts(stratum.current, stratum.horizon_days))
    ]


def _log_change(pairs: Sequence[Amounts], clustered: DesignEffect) -> LogChange | None:
    """Σ w (mean log current - mean log baseline), w the mean share of won amounts; with one pair Welch's test (1947).

    Amounts of one account count, in variance and freedom, for as many as they are worth. None where no stratum can be
    compared or nothing varies.
    """
    if not pairs:
        return None
    weights = np.array(equal_mix([(pair.before.n, pair.after.n) for pair in pairs]))
    sides = [pair.before for pair in pairs], [pair.after for pair in pairs]
    worth = np.concatenate(
        [np.array([moments.n for moments in side]) / factor for side, factor in zip(sides, clustered, strict=True)]
    )
    variances = np.tile(weights**2, 2) * [moments.log_variance for side in sides for moments in side] / worth
    freedoms = np.maximum(worth - 1, 1)
    before, after = np.split(variances, 2)
    if not variances.any():
        return None
    return LogChange(
        value=float(weights @ [pair.change for pair in pairs]),
        baseline_variance=float(before.sum()),
        current_variance=float(after.sum()),
        freedom=float(variances.sum() ** 2 / (variances**2 / freedoms).sum()),
    )


def _causes(
    whole: LogChange, alike: LogChange | None, pairs: Sequence[Amounts], keys: tuple[str, ...]
) -> Iterator[Cause]:
    found = alike or whole
    yield Cause(f"the typical deal{f' {AT_EQUAL_MIX}' if alike else ''}: {_percent(found.value)}", found.value)
    if alike is None:
        return
    mix = whole.value - alike.value
    yield Cause(f"mix: other shares of {plural(keys)} ({_percent(mix)})", mix)
    weights = equal_mix([(pair.before.n, pair.after.n) for pair in pairs])
    for pair, weight in zip(pairs, weights, strict=True):
        yield Cause(f"{pair.name}: {_percent(pair.change)}", weight * pair.change, carrier=True)


def _percent(log_change: float) -> str:
    return signed_percent(math.expm1(log_change))
