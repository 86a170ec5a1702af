"""Are won deals as large as in the baseline?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd
from scipy import stats

from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.comparison import Cause, Comparison, Precision
from icp_monitor.drift.intervals import Interval
from icp_monitor.drift.phrases import signed_percent
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.strata import Stratum, equal_mix, strata_of
from icp_monitor.drift.verdict import Estimate

METHOD = "Welch's t-test on the logarithms of won amounts"
LOG_SCALE = 1e9
MINOR_UNITS = 100


@dataclass(frozen=True)
class Moments:
    """How many amounts there are, their mean in currency units, and mean and variance of their logarithms."""

    n: int
    mean: float
    log_mean: float
    log_variance: float


@dataclass(frozen=True)
class LogDifference:
    """A difference of mean logarithms, the variance that each cohort adds, and Welch-Satterthwaite's freedom."""

    value: float
    baseline_variance: float
    current_variance: float
    freedom: float

    @property
    def error(self) -> float:
        """Standard error."""
        return math.sqrt(self.baseline_variance + self.current_variance)


@dataclass(frozen=True)
class _Pair:
    name: str
    before: Moments
    after: Moments

    @property
    def change(self) -> float:
        return self.after.log_mean - self.before.log_mean


def won_amounts(cells: pd.DataFrame, horizon_days: int) -> Moments | None:
    """The known positive amounts of deals won within the horizon; None for fewer than two."""
    won = cells[(cells["outcome"] == "won") & (cells["age"] <= horizon_days)]
    n, minor, log, squared = (
        int(won[name].sum()) for name in ("n_amount", "amount_minor", "log_amount", "log_amount_squared")
    )
    if n < 2:
        return None
    mean = log / LOG_SCALE / n
    variance = max(squared / LOG_SCALE - n * mean**2, 0.0) / (n - 1)
    return Moments(n, minor / MINOR_UNITS / n, mean, variance)


def compare_amounts(baseline: Cohort, current: Cohort, keys: tuple[str, ...], plan: Plan) -> Comparison:
    """The ratio of the geometric mean amounts of won deals minus 1, at equal mix of the strata by ``keys``.

    The values shown are plain means: they include the mix, and one large deal moves them.
    """
    material = plan.material.acv
    before, after = (won_amounts(cohort.cells, cohort.horizon_days) for cohort in (baseline, current))
    pairs = _pairs(strata_of(baseline, current, keys))
    found = _log_difference(pairs)
    if before is None or after is None or found is None:
        return Comparison(METHOD, _shown(before, baseline), _shown(after, current), "relative", material)
    half = float(stats.t.ppf((1 + plan.level) / 2, found.freedom)) * found.error
    change = Interval(*(math.expm1(found.value + step) for step in (0.0, -half, half)))
    return Comparison(
        method=METHOD,
        baseline=_shown(before, baseline),
        current=_shown(after, current),
        unit="relative",
        material=material,
        change=change,
        p_value=float(2 * stats.t.sf(abs(found.value) / found.error, found.freedom)),
        precision=Precision(found.baseline_variance, found.current_variance, ratio=True),
        causes=(
            Cause(f"the average won deal is {after.mean:,.0f} against {before.mean:,.0f}", change.value),
            *_carriers(pairs),
        ),
    )


def _shown(moments: Moments | None, cohort: Cohort) -> Estimate:
    """The plain mean; its interval is unknown, because the sum of squared amounts is not kept."""
    if moments is None:
        return Estimate(None, None, None, 0, cohort.maturity)
    return Estimate(moments.mean, None, None, moments.n, cohort.maturity)


def _pairs(strata: Sequence[Stratum]) -> list[_Pair]:
    """The strata with two amounts or more in both cohorts."""
    return [
        _Pair(stratum.name, before, after)
        for stratum in strata
        if (before := won_amounts(stratum.baseline, stratum.horizon_days))
        and (after := won_amounts(stratum.current, stratum.horizon_days))
    ]


def _log_difference(pairs: Sequence[_Pair]) -> LogDifference | None:
    """Σ w (mean log current - mean log baseline), w the mean share of won amounts; with one stratum Welch's (1947).

    None where no stratum can be compared or nothing varies.
    """
    if not pairs:
        return None
    weights = equal_mix([(pair.before.n, pair.after.n) for pair in pairs])
    old, new = (
        [
            (weight**2 * moments.log_variance / moments.n, moments.n)
            for weight, moments in zip(weights, side, strict=True)
        ]
        for side in ([pair.before for pair in pairs], [pair.after for pair in pairs])
    )
    variance = sum(term for term, _ in (*old, *new))
    if variance <= 0:
        return None
    return LogDifference(
        value=sum(weight * pair.change for weight, pair in zip(weights, pairs, strict=True)),
        baseline_variance=sum(term for term, _ in old),
        current_variance=sum(term for term, _ in new),
        freedom=variance**2 / sum(term**2 / (n - 1) for term, n in (*old, *new)),
    )


def _carriers(pairs: Sequence[_Pair]) -> Iterator[Cause]:
    weights = equal_mix([(pair.before.n, pair.after.n) for pair in pairs])
    for pair, weight in zip(pairs, weights, strict=True) if len(pairs) > 1 else ():
        text = f"{pair.name}: {signed_percent(math.expm1(pair.change))}"
        yield Cause(text, weight * pair.change, carrier=True)
