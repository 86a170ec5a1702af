"""Does the score still tell the deals that are won from those that are lost?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd
from scipy import stats

from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.combinations import counted
from icp_monitor.drift.comparison import Cause, Comparison, Precision, estimate
from icp_monitor.drift.design_effect import DesignEffect, of_outcomes
from icp_monitor.drift.phrases import AT_EQUAL_MIX, percent, plural, points
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.strata import REST, WHOLE, equal_mix
from icp_monitor.metrics.buckets import BAND_POINTS, UNSCORED_BAND
from icp_monitor.metrics.discrimination import Auc, auc, calibration_slope, slope
from icp_monitor.metrics.intervals import Interval, normal_quantile
from icp_monitor.metrics.life_table import Floats

METHOD = "DeLong's test of the area under the ROC curve; Cox's calibration slope"
MIN_OF_EACH = 10
MIX_POINTS = 20
BANDS = 100 // BAND_POINTS + 1

Counts = tuple[Floats, Floats]
NOTHING: Counts = (np.zeros(BANDS), np.zeros(BANDS))


@dataclass(frozen=True, eq=False)
class _Scored:
    """Won and lost deals with a score by segment and band, [segments, bands]."""

    segments: tuple[str, ...]
    won: Floats
    lost: Floats

    @property
    def whole(self) -> Counts:
        return self.won.sum(axis=0), self.lost.sum(axis=0)

    @property
    def by_segment(self) -> dict[str, Counts]:
        return {name: (self.won[place], self.lost[place]) for place, name in enumerate(self.segments)}


@dataclass(frozen=True)
class _Pair:
    name: str
    n: tuple[int, int]
    areas: tuple[Auc, Auc]

    @property
    def change(self) -> float:
        return self.areas[1].value - self.areas[0].value


def compare_score_power(baseline: Cohort, current: Cohort, keys: tuple[str, ...], plan: Plan) -> Comparison:
    """The change of the chance that a won deal scored above a lost one; what is left of it at equal mix is tested.

    Deals resolved within the horizon count, those without a score don't. At equal mix, deals are compared within their
    segment only, and weighted to the same shares of scores, by 20 points: else a team that works its best accounts only
    would seem to score worse. Segments with fewer than 10 wins or losses in either cohort are taken together. Variances
    are clustered by account. A loss of power is the drift, a gain is none.
    """
    sides = [_scored(cohort) for cohort in (baseline, current)]
    both = [side.whole for side in sides]
    sizes = [_size(counts) for counts in both]
    clustered = of_outcomes(baseline, current)
    whole = _pair(WHOLE, both, clustered)
    if whole is None:
        return Comparison.impossible(METHOD, "points", plan.material.score_power, *sizes)
    pairs = list(_pairs(sides[0], sides[1], clustered)) if "segment" in keys else []
    pairs = pairs if len(pairs) > 1 else [_pair(WHOLE, both, clustered, _weights(both)) or whole]
    before, after = _at_equal_mix(pairs)
    return Comparison(
        method=clustered.told(METHOD),
        baseline=estimate(whole.areas[0].interval(plan.level), sizes[0]),
        current=estimate(whole.areas[1].interval(plan.level), sizes[1], current.maturity),
        unit="points",
        material=plan.material.score_power,
        change=_difference(*whole.areas, plan.level),
        tested=_difference(before, after, plan.level),
        tested_at=AT_EQUAL_MIX,
        p_value=_p_value(before, after),
        precision=Precision(before.variance, after.variance),
        one_sided=True,
        causes=(
            *_causes(whole, before, after, ("segment", "score") if len(pairs) > 1 else ("score",)),
            *_calibration(after.value - before.value, both[0], both[1], plan.level),
            *_carriers(pairs),
        ),
    )


def scored_deals(cohort: Cohort) -> tuple[int, int]:
    """How many deals with a score were won and lost within the horizon; none where scores are not known."""
    won, lost = _scored(cohort).whole
    return int(won.sum()), int(lost.sum())


def _scored(cohort: Cohort) -> _Scored:
    if cohort.scores is None:
        return _Scored((), np.zeros((0, BANDS)), np.zeros((0, BANDS)))
    band = cohort.scores["band"].to_numpy(np.int64)
    segment, names = pd.factorize(cohort.scores["segment"])
    known = band != UNSCORED_BAND
    won, lost = (
        counted((segment * BANDS + band)[known], cohort.scores[name].to_numpy()[known], (len(names), BANDS))
        for name in ("won", "lost")
    )
    return _Scored(tuple(map(str, names)), won, lost)


def _pairs(baseline: _Scored, current: _Scored, clustered: DesignEffect) -> Iterator[_Pair]:
    """The segments, those that are thin in either cohort as one."""
    before, after = baseline.by_segment, current.by_segment
    thin = [NOTHING, NOTHING]
    for segment in sorted({*before, *after}):
        both = [before.get(segment, NOTHING), after.get(segment, NOTHING)]
        pair = _pair(segment, both, clustered, _weights(both)) if _few(both) >= MIN_OF_EACH else None
        if pair:
            yield pair
        else:
            thin = [(won + own[0], lost + own[1]) for (won, lost), own in zip(thin, both, strict=True)]
    rest = _pair(REST, thin, clustered, _weights(thin))
    if rest:
        yield rest


def _few(both: Sequence[Counts]) -> float:
    return min(float(counts.sum()) for side in both for counts in side)


def _weights(both: Sequence[Counts]) -> tuple[Floats, Floats]:
    """What a deal of each band counts for, so that both cohorts have the mean of their shares of scores.

    By 20 points, where both cohorts have deals; others don't count.
    """
    group = np.arange(BANDS) * BAND_POINTS // MIX_POINTS
    deals = [np.bincount(group, counts[0] + counts[1]) for counts in both]
    shares = [np.where((deals[0] > 0) & (deals[1] > 0), n, 0.0) / max(float(n.sum()), 1.0) for n in deals]
    target = (shares[0] + shares[1]) / 2
    before, after = (np.divide(target, own, out=np.zeros_like(target), where=own > 0)[group] for own in shares)
    return before, after


def _pair(
    name: str, both: Sequence[Counts], clustered: DesignEffect, weights: tuple[Floats, Floats] | None = None
) -> _Pair | None:
    before, after = (auc(*counts, each) for counts, each in zip(both, weights or (None, None), strict=True))
    if before is None or after is None:
        return None
    areas = (
        Auc(before.value, before.variance * clustered.baseline),
        Auc(after.value, after.variance * clustered.current),
    )
    return _Pair(name, (_size(both[0]), _size(both[1])), areas)


def _size(counts: Counts) -> int:
    return int(counts[0].sum() + counts[1].sum())


def _at_equal_mix(pairs: Sequence[_Pair]) -> tuple[Auc, Auc]:
    weights = equal_mix([pair.n for pair in pairs])
    before, after = (
        Auc(
            value=sum(weight * pair.areas[side].value for weight, pair in zip(weights, pairs, strict=True)),
            variance=sum(weight**2 * pair.areas[side].variance for weight, pair in zip(weights, pairs, strict=True)),
        )
        for side in (0, 1)
    )
    return before, after


def _difference(before: Auc, after: Auc, level: float) -> Interval:
    half = normal_quantile(level) * math.sqrt(before.variance + after.variance)
    change = after.value - before.value
    return Interval(change, change - half, change + half)


def _p_value(before: Auc, after: Auc) -> float:
    z = abs(after.value - before.value) / math.sqrt(before.variance + after.variance)
    return float(2 * stats.norm.sf(z))


def _causes(whole: _Pair, before: Auc, after: Auc, keys: tuple[str, ...]) -> Iterator[Cause]:
    change = after.value - before.value
    yield Cause(
        f"a won deal scored above a lost one {AT_EQUAL_MIX} in {percent(after.value)} of pairs "
        f"against {percent(before.value)} (50 % is chance)",
        change,
    )
    mix = whole.change - change
    yield Cause(f"mix: other shares of {plural(keys)} ({points(mix)})", mix)


def _calibration(change: float, before: Counts, after: Counts, level: float) -> Iterator[Cause]:
    middle = (np.arange(BANDS, dtype=np.float64) + 0.5) * BAND_POINTS
    slopes = slope(middle, *before), slope(middle, *after)
    found = calibration_slope(slopes[0], slopes[1], level) if slopes[0] and slopes[1] else None
    if found:
        worth = f"{percent(found.value)} ({percent(found.low)} to {percent(found.high)})"
        yield Cause(f"a point of score is worth {worth} of what it was", change, carrier=True)


def _carriers(pairs: Sequence[_Pair]) -> Iterator[Cause]:
    if len(pairs) < 2:
        return
    for pair, weight in zip(pairs, equal_mix([pair.n for pair in pairs]), strict=True):
        text = f"{pair.name}: {percent(pair.areas[1].value)} of pairs against {percent(pair.areas[0].value)}"
        yield Cause(text, weight * pair.change, carrier=True)
