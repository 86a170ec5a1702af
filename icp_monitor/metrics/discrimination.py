"""Does the score tell won deals from lost ones, and does a point of score still mean as much?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from icp_monitor.metrics.intervals import Interval, normal_quantile
from icp_monitor.metrics.life_table import Floats

FEWEST = 2
ITERATIONS = 50
CONVERGED = 1e-10


@dataclass(frozen=True)
class Auc:
    """The chance that a won deal scores above a lost one (a tie counts half), with its variance."""

    value: float
    variance: float

    def interval(self, level: float) -> Interval:
        """The normal interval, kept inside 0 and 1."""
        half = normal_quantile(level) * math.sqrt(self.variance)
        return Interval(self.value, max(self.value - half, 0.0), min(self.value + half, 1.0))


def auc(won: Floats, lost: Floats, weights: Floats | None = None) -> Auc | None:
    """Counts of won and lost deals by score band, lowest first, with DeLong's variance (DeLong et al. 1988).

    With V(b) the share of lost deals below band b plus half of those in it, the value is the mean of V over won deals
    and the variance var(V) / won plus the like for lost deals. Where all deals are told apart without an error that
    variance is 0; then Bamber's bound A(1 - A) / min(won, lost) holds, at half a pair short of all (1975). ``weights``
    say for how much a deal of each band counts, as if drawn from another mix of scores. None for fewer than two won or
    two lost deals that count.

    >>> hanley = auc(np.array([3.0, 2, 2, 11, 33]), np.array([33.0, 6, 6, 11, 2]))
    >>> round(hanley.value, 4), round(hanley.variance**0.5, 4)
    (0.8932, 0.0307)
    """
    each = np.ones_like(won) if weights is None else weights
    n_won, n_lost = (float(counts[each > 0].sum()) for counts in (won, lost))
    if min(n_won, n_lost) < FEWEST:
        return None
    below, above = _below(lost * each), 1 - _below(won * each)
    value = float((won * each * below).sum() / (won * each).sum())
    variance = _variance(below, won, each) + _variance(above, lost, each)
    return Auc(value, variance or _least_variance(value, n_won, n_lost))


def _below(counts: Floats) -> Floats:
    """The share of deals below each band, and half of those in it."""
    return np.asarray((np.cumsum(counts) - counts / 2) / counts.sum())


def _variance(values: Floats, counts: Floats, each: Floats) -> float:
    """Of the weighted mean of ``values`` over so many deals."""
    size, n = float((counts * each).sum()), float(counts[each > 0].sum())
    mean = float((counts * each * values).sum()) / size
    return float((counts * each**2 * (values - mean) ** 2).sum()) / size**2 * n / (n - 1)


def _least_variance(value: float, n_won: float, n_lost: float) -> float:
    short = 0.5 / (n_won * n_lost + 1)
    inside = min(max(value, short), 1 - short)
    return inside * (1 - inside) / min(n_won, n_lost)


@dataclass(frozen=True)
class Slope:
    """The logistic regression of won on the score: by how much the log-odds rise with a point."""

    intercept: float
    value: float
    variance: float


def slope(points: Floats, won: Floats, lost: Floats) -> Slope | None:
    """Maximum likelihood on counts by score, by Newton's method. None where no finite slope is the most likely one.

    >>> found = slope(np.array([0.0, 10.0]), np.array([20.0, 50.0]), np.array([80.0, 50.0]))
    >>> round(found.value, 4), round(found.variance**0.5, 4)
    (0.1386, 0.032)
    """
    n = won + lost
    if not _overlap(points, won, lost):
        return None
    centre = float((n * points).sum() / n.sum())
    design = np.column_stack([np.ones_like(points), points - centre])
    estimate = np.array([math.log(won.sum() / lost.sum()), 0.0])
    for _ in range(ITERATIONS):
        share = 1 / (1 + np.exp(-design @ estimate))
        information = (design * (n * share * (1 - share))[:, None]).T @ design
        step = np.linalg.solve(information, design.T @ (won - n * share))
        estimate += step
        if float(np.abs(step).max()) < CONVERGED:
            break
    variance = float(np.linalg.inv(information)[1, 1])
    return Slope(float(estimate[0] - estimate[1] * centre), float(estimate[1]), variance)


def _overlap(points: Floats, won: Floats, lost: Floats) -> bool:
    """Whether won and lost deals share scores, without which the most likely slope is infinite (Albert 1984)."""
    of_won, of_lost = points[won > 0], points[lost > 0]
    if not len(of_won) or not len(of_lost):
        return False
    return bool(of_won.min() < of_lost.max() and of_lost.min() < of_won.max())


def calibration_slope(before: Slope, after: Slope, level: float) -> Interval | None:
    """Cox's calibration slope (1958): of the present log-odds on those that the baseline's fit predicts.

    1 says that a point of score is worth as much as it was, 0 that it is worth nothing; its interval by the delta
    method counts the baseline's own error. None where the baseline's score was worth nothing.
    """
    if before.value == 0:
        return None
    ratio = after.value / before.value
    variance = (after.variance + ratio**2 * before.variance) / before.value**2
    half = normal_quantile(level) * math.sqrt(variance)
    return Interval(ratio, ratio - half, ratio + half)
