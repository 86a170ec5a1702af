"""Do the opportunities come in the same shares of segments, tiers or attribute values as in the baseline?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np
from scipy import special

from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.comparison import Cause, Comparison, estimate
from icp_monitor.drift.distances import distances
from icp_monitor.drift.noncentral import ChiSquare, freed_from_noise, noise_of
from icp_monitor.drift.phrases import percent, points
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.verdict import Unit
from icp_monitor.metrics.intervals import Interval
from icp_monitor.metrics.life_table import Floats

CHI_SQUARE = "chi-square test of two samples; share of deals that changed category"
PERMUTATION = "permutation test of two samples; share of deals that changed category"
MIN_EXPECTED = 5
PERMUTATIONS = 9_999


MIX_KEYS = {"segment_mix": "segment", "tier_mix": "tier"}


def counts_of(unit: Unit, cohort: Cohort) -> dict[str, int]:
    """The cohort's opportunities by the category that a mix unit counts."""
    counts = cohort.values_of(unit.attribute) if unit.attribute else cohort.counts_by(MIX_KEYS[unit.metric])
    return {str(category): int(n) for category, n in counts.items()}


def compare_mix(baseline: Mapping[str, int], current: Mapping[str, int], plan: Plan) -> Comparison:
    """Counts by category against the baseline's counts: total variation, half of Σ |q - p|, freed from noise.

    Categories with fewer than 5 expected deals are merged; where that leaves only one, the table is kept as it is and
    tested by permutation.
    """
    full = _table(baseline, current)
    sizes = [int(size) for size in full.sum(axis=1)]
    if full.shape[1] < 2 or min(sizes) == 0:
        return Comparison.impossible(CHI_SQUARE, "points", plan.material.mix, *sizes)
    merged = merge_small(full)
    exact = merged.shape[1] < 2
    table = full if exact else merged
    test = chi_square(table)
    return Comparison(
        method=PERMUTATION if exact else CHI_SQUARE,
        baseline=estimate(None, sizes[0]),
        current=estimate(None, sizes[1]),
        unit="points",
        material=plan.material.mix,
        change=total_variation(table, test, plan.level),
        p_value=permutation_p_value(table) if exact else test.p_value,
        precision=noise_of(_shape(table, test), test, (sizes[0], sizes[1]), plan),
        distances=distances(table[0], table[1], plan.level),
        causes=tuple(_causes(baseline, current, sizes)),
    )


def _table(baseline: Mapping[str, int], current: Mapping[str, int]) -> Floats:
    categories = sorted({*baseline, *current})
    table = np.array([[side.get(category, 0) for category in categories] for side in (baseline, current)], np.float64)
    return table[:, table.sum(axis=0) > 0]


def merge_small(table: Floats) -> Floats:
    """The table with its rarest categories added up until each has at least 5 expected deals in both rows."""
    rarest_first = table[:, np.argsort(table.sum(axis=0), kind="stable")]
    expected = rarest_first.sum(axis=0) * float((table.sum(axis=1) / table.sum()).min())
    small = int((expected < MIN_EXPECTED).sum())
    short_sums = int((np.cumsum(expected) < MIN_EXPECTED).sum())
    if not small:
        return table
    together = max(small, short_sums + 1)
    return np.column_stack([rarest_first[:, :together].sum(axis=1), rarest_first[:, together:]])


def chi_square(table: Floats) -> ChiSquare:
    """Pearson's chi-square of the two-row table, both rows being samples."""
    statistic, freedom = float(_pearson(table, _expected(table))), table.shape[1] - 1
    return ChiSquare(statistic, freedom, float(special.chdtrc(freedom, statistic)))


def permutation_p_value(table: Floats) -> float:
    """The share of random tables with the same margins whose chi-square is as large; the seed is the table itself."""
    from scipy import stats

    seed = np.random.default_rng(table.astype(np.int64).ravel().tolist())
    draws = stats.random_table(table.sum(axis=1), table.sum(axis=0), seed=seed).rvs(size=PERMUTATIONS)
    expected = _expected(table)
    as_large = int((_pearson(draws, expected) >= _pearson(table, expected) * (1 - 1e-9)).sum())
    return (1 + as_large) / (1 + PERMUTATIONS)


def total_variation(table: Floats, test: ChiSquare, level: float) -> Interval:
    """The distance of the two populations' shares, half of Σ |q - p|, with its interval; noise is taken out."""
    found = freed_from_noise(_shape(table, test), test, level)
    return Interval(found.value, found.low, min(found.high, 1.0))


def _shape(table: Floats, test: ChiSquare) -> float:
    """Total variation for each unit of √x; where the shares agree exactly, the largest that there can be."""
    before, after = table[0] / table[0].sum(), table[1] / table[1].sum()
    if test.statistic > 0:
        return float(np.abs(after - before).sum()) / 2 / math.sqrt(test.statistic)
    return math.sqrt(float((1 / table.sum(axis=1)).sum())) / 2


def _expected(table: Floats) -> Floats:
    """The counts that both rows would have if their shares were the same."""
    return np.asarray(np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum())


def _pearson(tables: Floats, expected: Floats) -> Floats:
    """Pearson's statistic of a table, or of each of many."""
    return np.asarray(((tables - expected) ** 2 / expected).sum(axis=(-2, -1)))


def _causes(baseline: Mapping[str, int], current: Mapping[str, int], sizes: Sequence[int]) -> Iterator[Cause]:
    for value in sorted({*baseline, *current}):
        old, new = (side.get(value, 0) / size for side, size in zip((baseline, current), sizes, strict=True))
        text = f"{value}: {percent(new)} against {percent(old)} ({points(new - old)})"
        yield Cause(text, abs(new - old), carrier=True)
