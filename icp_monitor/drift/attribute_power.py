"""Does an attribute still separate the deals that are won from the others, as it did in the baseline?"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import numpy as np

from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.comparison import Cause, Comparison
from icp_monitor.drift.design_effect import of_outcomes
from icp_monitor.drift.homogeneity import Counts, Homogeneity, homogeneity
from icp_monitor.drift.noncentral import freed_from_noise, noise_of
from icp_monitor.drift.phrases import percent, points
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.verdict import Estimate
from icp_monitor.metrics.life_table import Floats

METHOD = "Breslow-Day test of one odds ratio for all values, with Tarone's correction"
MIN_EXPECTED = 5
MERGED = "all other values"
NOTHING = (0, 0)

ByValue = dict[str, tuple[int, int]]


def compare_attribute_power(baseline: Cohort, current: Cohort, attribute: str, plan: Plan) -> Comparison:
    """By how much the win rates of the attribute's values moved beside one another, freed from noise.

    The change is the root mean square, over deals, of what is left of each value's change when the odds of winning
    change by one factor for all: a market in which everyone wins less, or in which deals take longer, changes nothing.
    A value that is not known is a value like others; values with fewer than 5 expected wins or other deals in a cohort
    are merged. The values shown are the standard deviations of the win rates over deals, freed from noise.
    """
    values, counts = _merged(_by_value(baseline, attribute), _by_value(current, attribute))
    sizes = int(counts.n_before.sum()), int(counts.n_after.sum())
    clustered = of_outcomes(baseline, current)
    result = (
        homogeneity(counts, clustered.pooled(1 / max(sizes[0], 1), 1 / max(sizes[1], 1))) if len(values) > 1 else None
    )
    if result is None:
        return Comparison.impossible(METHOD, "points", plan.material.attribute_power, *sizes)
    shape = _shape(counts, result)
    change = freed_from_noise(shape, result.test, plan.level)
    spreads = _spread(counts.n_before, counts.won_before), _spread(counts.n_after, counts.won_after)
    return Comparison(
        method=clustered.told(METHOD),
        baseline=Estimate(spreads[0], None, None, sizes[0]),
        current=Estimate(spreads[1], None, None, sizes[1], current.maturity),
        unit="points",
        material=plan.material.attribute_power,
        change=change,
        p_value=result.test.p_value,
        precision=noise_of(shape, result.test, sizes, plan),
        causes=(_separation(spreads, change.value), *_carriers(values, counts, result)),
    )


def _by_value(cohort: Cohort, attribute: str) -> ByValue:
    """Deals and wins by value."""
    table = cohort.attributes
    rows = table[(table["attribute"] == attribute).to_numpy()]
    counts: ByValue = {}
    for value, n, won in zip(rows["value"], rows["n"], rows["n_won"], strict=True):
        others = counts.get(value, NOTHING)
        counts[value] = others[0] + n, others[1] + won
    return counts


def _merged(before: ByValue, after: ByValue) -> tuple[tuple[str, ...], Counts]:
    """The values and both cohorts' counts, the rarest values as one until each expects at least 5 wins and 5 others.

    Values of which no deal was won, or every one, in either cohort have no odds that could change; they are left out.
    """
    values = np.array(sorted({*before, *after}), dtype=object)
    rows = [(*before.get(value, NOTHING), *after.get(value, NOTHING)) for value in values]
    both = np.array(rows, np.float64).reshape(-1, 4)
    n, won = both[:, [0, 2]], both[:, [1, 3]]
    share = won.sum(axis=1) / np.maximum(n.sum(axis=1), 1)
    expected = n.min(axis=1) * np.minimum(share, 1 - share)
    rarest_first = np.argsort(expected, kind="stable")
    rarest_first = rarest_first[((share > 0) & (share < 1))[rarest_first]]
    expected = expected[rarest_first]
    small, short_sums = int((expected < MIN_EXPECTED).sum()), int((expected.cumsum() < MIN_EXPECTED).sum())
    together = max(small, short_sums + 1) if small else 0
    kept = np.sort(rarest_first[together:])
    if not together:
        return tuple(values[kept]), Counts(*both[kept].T)
    rest = both[rarest_first[:together]].sum(axis=0)
    return (*values[kept], MERGED), Counts(*np.vstack([both[kept], rest]).T)


def _shape(counts: Counts, found: Homogeneity) -> float:
    """The change for each unit of √X²; where nothing is left of any value's change, the largest that there can be."""
    weights = (counts.n_before / counts.n_before.sum() + counts.n_after / counts.n_after.sum()) / 2
    if found.test.statistic > 0:
        return math.sqrt(float((weights * found.excess**2).sum()) / found.test.statistic)
    each = np.sqrt(weights * found.variance) * (1 / counts.n_before + 1 / counts.n_after)
    return float(each.max())


def _spread(n: Floats, won: Floats) -> float:
    """The standard deviation of the win rates over deals, without what noise adds to it."""
    share, weights = won / n, n / n.sum()
    between = float((weights * (share - won.sum() / n.sum()) ** 2).sum())
    noise = float((weights * (1 - weights) * share * (1 - share) / np.maximum(n - 1, 1)).sum())
    return math.sqrt(max(between - noise, 0.0))


def _separation(spreads: tuple[float, float], change: float) -> Cause:
    before, after = (points(spread).lstrip("+") for spread in spreads)
    return Cause(f"win rates lie {after} around their mean, against {before}", change)


def _carriers(values: Sequence[str], counts: Counts, result: Homogeneity) -> Iterator[Cause]:
    shares = counts.won_after / counts.n_after, counts.won_before / counts.n_before
    for value, after, before, excess in zip(values, *shares, result.excess, strict=True):
        text = f"{value}: {percent(after)} won against {percent(before)} ({points(excess)} beside the others)"
        yield Cause(text, abs(float(excess)), carrier=True)
