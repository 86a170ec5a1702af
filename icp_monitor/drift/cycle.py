"""Are deals decided as fast as in the baseline, won or lost?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.comparison import Cause, Comparison, Precision, estimate
from icp_monitor.drift.lives import BothTables, Lives, lives_of
from icp_monitor.drift.log_rank import log_rank
from icp_monitor.drift.phrases import AT_EQUAL_MIX, percent, plural, signed_days, signed_percent
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.strata import equal_mix
from icp_monitor.metrics.incidence import days_to_win
from icp_monitor.metrics.intervals import Interval, normal_quantile
from icp_monitor.metrics.resolution import RestrictedMean, restricted_mean

METHOD = "log-rank test of the time to a decision; mean days up to the horizon"


@dataclass(frozen=True)
class Ratio:
    """Two mean times to a decision, compared as a ratio; variances by the delta method on its logarithm."""

    before: RestrictedMean
    after: RestrictedMean

    @property
    def log(self) -> float:
        """The logarithm of current over baseline."""
        return math.log(self.after.value / self.before.value)

    @property
    def precision(self) -> Precision:
        """The variance of the logarithm."""
        before, after = (mean.variance / mean.value**2 for mean in (self.before, self.after))
        return Precision(before, after, ratio=True)

    def difference(self, z: float) -> Interval:
        """The difference of the two restricted means, in days (Royston & Parmar 2013)."""
        days, half = self.after.value - self.before.value, z * math.sqrt(self.before.variance + self.after.variance)
        return Interval(days, days - half, days + half)

    def interval(self, z: float) -> Interval:
        """The ratio minus 1."""
        half = z * math.sqrt(self.precision.baseline + self.precision.current)
        return Interval(*(math.expm1(self.log + step) for step in (0.0, -half, half)))


@dataclass(frozen=True)
class _Pair:
    name: str
    tables: BothTables
    ratio: Ratio


def compare_cycle(baseline: Cohort, current: Cohort, keys: tuple[str, ...], plan: Plan) -> Comparison:
    """The relative change of the mean days until a deal is decided, with strata by ``keys``."""
    return change_of_cycle(lives_of(baseline, current, keys), plan)


def change_of_cycle(lives: Lives, plan: Plan) -> Comparison:
    """The relative change of the mean days until a deal is won or lost; what is left of it at equal mix is tested.

    A deal still open at the horizon counts as the horizon. The p-value is that of the log-rank test stratified by the
    kinds of deals.
    """
    material, z = plan.material.cycle, normal_quantile(plan.level)
    whole = _ratio(lives.whole)
    pairs = [_Pair(item.name, item.tables, ratio) for item in lives.strata if (ratio := _ratio(item.tables))]
    if whole is None or not pairs:
        return Comparison.impossible(METHOD, "relative", material, *lives.sizes)
    alike = _at_equal_mix(pairs) if len(lives.strata) > 1 else None
    return Comparison(
        method=METHOD,
        baseline=estimate(_interval(whole.before, z), lives.sizes[0]),
        current=estimate(_interval(whole.after, z), lives.sizes[1], lives.maturity),
        unit="relative",
        material=material,
        change=whole.interval(z),
        tested=alike.interval(z) if alike else None,
        tested_at=AT_EQUAL_MIX,
        p_value=log_rank([pair.tables for pair in pairs]),
        precision=(alike or whole).precision,
        causes=(*_causes(whole, alike, lives.kinds, z), *_carriers(lives.whole, alike or whole, pairs)),
    )


def _ratio(tables: BothTables) -> Ratio | None:
    before, after = (restricted_mean(table) for table in tables)
    return Ratio(before, after) if before and after else None


def _at_equal_mix(pairs: Sequence[_Pair]) -> Ratio:
    weights = _weights(pairs)
    return Ratio(
        _weighted(weights, [pair.ratio.before for pair in pairs]),
        _weighted(weights, [pair.ratio.after for pair in pairs]),
    )


def _weights(pairs: Sequence[_Pair]) -> list[float]:
    return equal_mix([(pair.tables[0].n, pair.tables[1].n) for pair in pairs])


def _weighted(weights: Sequence[float], means: Sequence[RestrictedMean]) -> RestrictedMean:
    both = list(zip(weights, means, strict=True))
    return RestrictedMean(
        value=sum(weight * mean.value for weight, mean in both),
        variance=sum(weight**2 * mean.variance for weight, mean in both),
    )


def _interval(mean: RestrictedMean, z: float) -> Interval:
    half = z * math.sqrt(mean.variance)
    return Interval(mean.value, mean.value - half, mean.value + half)


def _causes(whole: Ratio, alike: Ratio | None, keys: tuple[str, ...], z: float) -> Iterator[Cause]:
    found = alike or whole
    log, days = found.log, found.difference(z)
    size = f"{signed_percent(math.expm1(log))}, by {signed_days(days.value)}"
    between = f"{signed_days(days.low)} to {signed_days(days.high)}"
    yield Cause(f"time to a decision{f' {AT_EQUAL_MIX}' if alike else ''}: {size} ({between})", log)
    if alike:
        mix = whole.log - log
        yield Cause(f"mix: other shares of {plural(keys)} ({signed_percent(math.expm1(mix))})", mix)


def _carriers(tables: BothTables, found: Ratio, pairs: Sequence[_Pair]) -> Iterator[Cause]:
    horizon = int(tables[0].edges[-1]) - 1
    before, after = (table.open_after[-1] for table in tables)
    yield Cause(f"{percent(after)} still open at {horizon} days against {percent(before)}", found.log, carrier=True)
    medians = [days_to_win(table, 0.5) for table in tables]
    if medians[0] is not None and medians[1] is not None:
        text = f"half of the wins took {medians[1]:.0f} days or more against {medians[0]:.0f}"
        yield Cause(text, found.log, carrier=True)
    for pair, weight in zip(pairs, _weights(pairs), strict=True) if len(pairs) > 1 else ():
        text = f"{pair.name}: {pair.ratio.after.value:.0f} days against {pair.ratio.before.value:.0f}"
        yield Cause(text, weight * pair.ratio.log, carrier=True)
