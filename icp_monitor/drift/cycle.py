"""Are deals decided as fast as in the baseline, won or lost?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.comparison import Cause, Comparison, Precision, estimate
from icp_monitor.drift.incidence import days_to_win
from icp_monitor.drift.intervals import Interval, normal_quantile
from icp_monitor.drift.life_table import LifeTable, life_table
from icp_monitor.drift.phrases import percent
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.resolution import RestrictedMean, log_rank, restricted_mean
from icp_monitor.drift.strata import Stratum, equal_mix, strata_of

METHOD = "log-rank test of the time to a decision; mean days up to the horizon"


def compare_cycle(baseline: Cohort, current: Cohort, keys: tuple[str, ...], plan: Plan) -> Comparison:
    """The relative change of the mean days until a deal is won or lost, at equal mix of the strata by ``keys``.

    A deal still open at the horizon counts as the horizon. The interval is by the delta method on the log ratio; the
    p-value is that of the log-rank test stratified by ``keys``.
    """
    material = plan.material.cycle
    whole = [life_table(cohort.cells, cohort.horizon_days) for cohort in (baseline, current)]
    shown = [restricted_mean(table) for table in whole]
    pairs = _pairs(strata_of(baseline, current, keys))
    if shown[0] is None or shown[1] is None or not pairs:
        return Comparison.impossible(METHOD, "relative", material, baseline.n, current.n)
    before, after = _at_equal_mix(pairs)
    z = normal_quantile(plan.level)
    spread = Precision(before.variance / before.value**2, after.variance / after.value**2, ratio=True)
    log_ratio, half = math.log(after.value / before.value), z * math.sqrt(spread.baseline + spread.current)
    change = Interval(*(math.expm1(log_ratio + step) for step in (0.0, -half, half)))
    return Comparison(
        method=METHOD,
        baseline=estimate(_interval(shown[0], z), baseline.n),
        current=estimate(_interval(shown[1], z), current.n, current.maturity),
        unit="relative",
        material=material,
        change=change,
        p_value=log_rank([pair.tables for pair in pairs]),
        precision=spread,
        causes=(*_causes(whole, baseline.horizon_days, change.value), *_carriers(pairs)),
    )


@dataclass(frozen=True)
class _Pair:
    name: str
    tables: tuple[LifeTable, LifeTable]
    before: RestrictedMean
    after: RestrictedMean


def _pairs(strata: Sequence[Stratum]) -> list[_Pair]:
    """The strata that both cohorts followed to the horizon."""
    return [
        _Pair(stratum.name, stratum.tables, before, after)
        for stratum in strata
        if (before := restricted_mean(stratum.tables[0])) and (after := restricted_mean(stratum.tables[1]))
    ]


def _at_equal_mix(pairs: Sequence[_Pair]) -> tuple[RestrictedMean, RestrictedMean]:
    weights = equal_mix([(pair.tables[0].n, pair.tables[1].n) for pair in pairs])
    return _weighted(weights, [pair.before for pair in pairs]), _weighted(weights, [pair.after for pair in pairs])


def _weighted(weights: Sequence[float], means: Sequence[RestrictedMean]) -> RestrictedMean:
    both = list(zip(weights, means, strict=True))
    return RestrictedMean(
        value=sum(weight * mean.value for weight, mean in both),
        variance=sum(weight**2 * mean.variance for weight, mean in both),
    )


def _interval(mean: RestrictedMean, z: float) -> Interval:
    half = z * math.sqrt(mean.variance)
    return Interval(mean.value, mean.value - half, mean.value + half)


def _causes(whole: Sequence[LifeTable], horizon_days: int, change: float) -> Iterator[Cause]:
    before, after = (table.open_after[-1] for table in whole)
    yield Cause(f"{percent(after)} still open at {horizon_days} days against {percent(before)}", change)
    medians = [days_to_win(table, 0.5) for table in whole]
    if medians[0] is not None and medians[1] is not None:
        yield Cause(f"half of the wins took {medians[1]:.0f} days or more against {medians[0]:.0f}", change)


def _carriers(pairs: Sequence[_Pair]) -> Iterator[Cause]:
    weights = equal_mix([(pair.tables[0].n, pair.tables[1].n) for pair in pairs])
    for pair, weight in zip(pairs, weights, strict=True) if len(pairs) > 1 else ():
        days = pair.after.value - pair.before.value
        text = f"{pair.name}: {pair.after.value:.0f} days against {pair.before.value:.0f}"
        yield Cause(text, weight * days / pair.before.value, carrier=True)
