"""How far a share, a difference of shares or a ratio of shares may be from what was counted."""

from __future__ import annotations

import math
from dataclasses import dataclass

from scipy import special


@dataclass(frozen=True)
class Interval:
    """An estimate with the ends of its interval."""

    value: float
    low: float
    high: float


def normal_quantile(level: float) -> float:
    """The z that leaves (1 - level) / 2 in each tail.

    >>> round(normal_quantile(0.90), 4)
    1.6449
    """
    return float(special.ndtri((1 + level) / 2))


def wilson(won: int, n: int, level: float) -> Interval | None:
    """Wilson's score interval of won / n (1927); None when n is 0.

    >>> interval = wilson(12, 98, 0.90)
    >>> round(interval.low, 3), round(interval.high, 3)
    (0.078, 0.187)
    """
    return _score_interval(won / n, n, level) if n > 0 else None


def rothman(share: float, variance: float, known: float, level: float) -> Interval:
    """Wilson's interval of a share read off a curve: at the sample size whose binomial variance is ``variance``.

    At 0 and 1, where the variance is 0, that size is ``known``: the deals whose outcome is known (Rothman 1978).
    """
    size = share * (1 - share) / variance if variance > 0 else max(known, 1)
    return _score_interval(share, size, level)


def _score_interval(share: float, size: float, level: float) -> Interval:
    z = normal_quantile(level)
    centre = (share + z * z / (2 * size)) / (1 + z * z / size)
    half = z / (1 + z * z / size) * math.sqrt(share * (1 - share) / size + (z / (2 * size)) ** 2)
    return Interval(share, min(max(centre - half, 0.0), share), max(min(centre + half, 1.0), share))


def jeffreys(won: float, n: float, level: float) -> Interval | None:
    """Jeffreys' interval: quantiles of Beta(won + ½, n - won + ½), closed at 0 and n; None when n is 0.

    Steadier than Wilson's for a handful of deals (Brown, Cai & DasGupta 2001).
    """
    if n <= 0:
        return None
    tail = (1 - level) / 2
    low = 0.0 if won <= 0 else float(special.betaincinv(won + 0.5, n - won + 0.5, tail))
    high = 1.0 if won >= n else float(special.betaincinv(won + 0.5, n - won + 0.5, 1 - tail))
    return Interval(won / n, low, high)


def newcombe(current: Interval, baseline: Interval) -> Interval:
    """The difference current - baseline from the intervals of the two, at their level (Newcombe 1998, method 10).

    Each end is as far from the difference as the two ends that pull that way allow together.
    """
    difference = current.value - baseline.value
    down = math.hypot(current.value - current.low, baseline.high - baseline.value)
    up = math.hypot(current.high - current.value, baseline.value - baseline.low)
    return Interval(difference, difference - down, difference + up)


def katz(won: int, n: int, won_other: int, n_other: int, level: float) -> Interval | None:
    """The ratio of two independent shares with Katz' log interval (1978); None where a count is 0.

    >>> katz(40, 100, 60, 300, 0.90).value
    2.0
    """
    from scipy import stats

    if min(won, n, won_other, n_other) <= 0:
        return None
    ratio = stats.contingency.relative_risk(won, n, won_other, n_other)
    ends = ratio.confidence_interval(level)
    return Interval(float(ratio.relative_risk), float(ends.low), float(ends.high))


def lift(won: int, n: int, won_rest: int, n_rest: int, level: float) -> Interval | None:
    """The share of a part divided by the share of the whole (part and rest), with a log interval.

    The part is inside the whole, so with S = won + won_rest and V = won(n-won)/n the variance of the log ratio is
    V(1/won - 1/S)² + V_rest/S² (delta method). None where the part has no win.

    >>> lift(40, 100, 60, 300, 0.90).value
    1.6
    """
    if won <= 0 or n_rest <= 0:
        return None
    total = won + won_rest
    ratio = (won / n) / (total / (n + n_rest))
    variance = won * (n - won) / n * (1 / won - 1 / total) ** 2
    variance += won_rest * (n_rest - won_rest) / n_rest / total**2
    half = normal_quantile(level) * math.sqrt(variance)
    return Interval(ratio, ratio * math.exp(-half), ratio * math.exp(half))
