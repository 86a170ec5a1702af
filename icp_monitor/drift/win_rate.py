"""Is the same share of deals won within the horizon as in the baseline, at equal age and equal mix?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.comparison import Cause, Comparison, Precision, estimate
from icp_monitor.drift.decomposition import Split, decompose
from icp_monitor.drift.design_effect import INDEPENDENT, DesignEffect, of_outcomes
from icp_monitor.drift.groups import groups_of
from icp_monitor.drift.lives import BothTables, Lives, lives_of
from icp_monitor.drift.phrases import AT_EQUAL_AGE, percent, plural, points
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.share import WonShare, won_share_at_equal_age
from icp_monitor.drift.verdict import Decomposition
from icp_monitor.metrics.incidence import incidence_of_winning
from icp_monitor.metrics.intervals import Interval, newcombe, normal_quantile, rothman
from icp_monitor.metrics.life_table import LifeTable

METHOD = "Cochran-Mantel-Haenszel test of the won share at equal age; Aalen-Johansen incidence at the horizon"


def compare_win_rate(baseline: Cohort, current: Cohort, keys: tuple[str, ...], plan: Plan) -> Comparison:
    """The change of the share won within the horizon, with strata by ``keys``; variances are clustered by account."""
    return change_of_win_rate(lives_of(baseline, current, keys), plan, of_outcomes(baseline, current))


def change_of_win_rate(lives: Lives, plan: Plan, clustered: DesignEffect = INDEPENDENT) -> Comparison:
    """The change of the share won within the horizon, split into share, timing and mix; the share part is tested.

    ``change`` is that of the incidence, Σ w F over the strata, with Newcombe's interval. ``tested`` is its share part
    with the interval of a standardised difference. The p-value is the Cochran-Mantel-Haenszel test's over the same
    groups of like strata and ages.
    """
    nothing = Comparison.impossible(METHOD, "points", plan.material.win_rate, *lives.sizes)
    tables = [stratum.tables for stratum in lives.strata]
    if not _followed(tables):
        return nothing
    groups = [groups_of(stratum) for stratum in lives.strata]
    split = decompose(groups)
    both = split.baseline_variance, split.current_variance
    won_share = won_share_at_equal_age(groups, plan.level, clustered.pooled(*both))
    if won_share is None:
        return nothing
    old, new = zip(*tables, strict=True)
    before = _incidence(old, clustered.baseline, plan.level)
    after = _incidence(new, clustered.current, plan.level)
    half = normal_quantile(plan.level) * math.sqrt(sum(both) * clustered.pooled(*both))
    return Comparison(
        method=clustered.told(METHOD),
        baseline=estimate(before, lives.sizes[0]),
        current=estimate(after, lives.sizes[1], lives.maturity),
        unit="points",
        material=plan.material.win_rate,
        change=newcombe(after, before),
        tested=Interval(split.share, split.share - half, split.share + half),
        tested_at=AT_EQUAL_AGE,
        p_value=won_share.p_value,
        precision=Precision(both[0] * clustered.baseline, both[1] * clustered.current),
        decomposition=Decomposition(split.share, split.timing, split.mix),
        causes=_causes(split, won_share, lives),
    )


def _followed(strata: Sequence[BothTables]) -> bool:
    return bool(strata) and all(
        any(table.n for table in tables) and all(table.reaches_horizon for table in tables if table.n)
        for tables in zip(*strata, strict=True)
    )


def _incidence(tables: Sequence[LifeTable], design_effect: float, level: float) -> Interval:
    """Σ w F over the strata; its variance counts the strata's sizes as drawn too, so that strata cost nothing."""
    size = sum(table.n for table in tables)
    value = variance = second_moment = 0.0
    for table in tables:
        curve = incidence_of_winning(table)
        if curve is not None:
            weight, share = table.n / size, float(curve.value[-1])
            value += weight * share
            second_moment += weight * share**2
            variance += weight**2 * float(curve.variance[-1])
    variance += max(second_moment - value**2, 0.0) / size
    known = sum(table.known for table in tables) / design_effect
    return rothman(value, variance * design_effect, known, level)


def _causes(split: Split, won_share: WonShare, lives: Lives) -> tuple[Cause, ...]:
    before, after = (table.open_after[-1] for table in lives.whole)
    difference = won_share.difference.value
    fewer = "fewer" if difference < 0 else "more"
    size = points(abs(difference)).lstrip("+")
    still_open = f"{percent(after)} still open at {lives.horizon_days} days against {percent(before)}"
    return (
        Cause(f"won share: of deals decided at the same age, {size} {fewer} were won", split.share),
        Cause(f"timing: {still_open} ({points(split.timing)})", split.timing),
        *(_by_stratum(split, lives.kinds) if len(split.parts) > 1 else ()),
    )


def _by_stratum(split: Split, keys: tuple[str, ...]) -> Iterator[Cause]:
    yield Cause(f"mix: other shares of {plural(keys)} ({points(split.mix)})", split.mix)
    for part in split.parts:
        yield Cause(f"{part.name}: {points(part.share)} (of {points(split.share)})", part.share, carrier=True)
