"""How far apart two samples are beneath their noise: what the noncentral chi-square distribution says of a distance."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special

from icp_monitor.drift.comparison import Precision
from icp_monitor.drift.plan import Plan
from icp_monitor.metrics.intervals import Interval, normal_quantile


@dataclass(frozen=True)
class ChiSquare:
    """The statistic of a test, its degrees of freedom and p-value; 0 degrees say nothing."""

    statistic: float
    freedom: int
    p_value: float


def freed_from_noise(shape: float, test: ChiSquare, level: float) -> Interval:
    """A distance that is ``shape`` times the root of the test's statistic, without what noise adds to it.

    The statistic x follows a noncentral chi-square distribution and the distance grows with the root of its
    noncentrality. So the value is shape √max(x - df, 0), and the ends are shape √λ at the λ for which x lies at the
    ends of its distribution. A closer fit than chance allows does not narrow the interval: x below df counts as df for
    the upper end.
    """
    tail = (1 - level) / 2
    value = shape * math.sqrt(max(test.statistic - test.freedom, 0.0))
    low = shape * math.sqrt(_noncentrality(test.statistic, test.freedom, 1 - tail))
    high = shape * math.sqrt(_noncentrality(max(test.statistic, test.freedom), test.freedom, tail))
    return Interval(value, min(low, value), high)


def noise_of(shape: float, test: ChiSquare, sizes: tuple[float, float], plan: Plan) -> Precision:
    """Variances that stand for the noise of the distance: z + z_power of their root is what the power can detect."""
    z = normal_quantile(plan.level)
    critical = float(special.chdtri(test.freedom, 1 - plan.level))
    detectable = float(special.chndtrinc(critical, test.freedom, 1 - plan.power))
    unit = shape**2 * detectable / (z + float(special.ndtri(plan.power))) ** 2
    baseline, current = (1 / size / (1 / sizes[0] + 1 / sizes[1]) for size in sizes)
    return Precision(baseline=unit * baseline, current=unit * current)


def _noncentrality(statistic: float, freedom: int, probability: float) -> float:
    """The noncentrality with which the statistic is the quantile at ``probability``; 0 where none is small enough."""
    if special.chdtr(freedom, statistic) <= probability:
        return 0.0
    return float(special.chndtrinc(statistic, freedom, probability))
