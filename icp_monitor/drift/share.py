"""Of deals decided at the same age, in the same stratum: is the won share the same in both cohorts?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from icp_monitor.drift.groups import Groups
from icp_monitor.metrics.intervals import Interval, normal_quantile
from icp_monitor.metrics.life_table import Floats


@dataclass(frozen=True)
class WonShare:
    """The difference in won share at equal age, current minus baseline, and the p-value of no difference."""

    difference: Interval
    p_value: float


def won_share_at_equal_age(groups: Sequence[Groups], level: float, design_effect: float = 1.0) -> WonShare | None:
    """Mantel-Haenszel risk difference over all groups, Sato's interval, Cochran-Mantel-Haenszel test.

    With m, M resolved and x, X won deals of current and baseline in a group, and N = m + M:
    difference Σ(xM - Xm)/N ÷ ΣmM/N; its variance holds for a few large and for many thin groups
    (Mantel & Haenszel 1959; Sato 1989; Greenland & Robins 1985). ``design_effect`` multiplies it and divides the
    statistic (Rao & Scott 1992). None when no group has both cohorts.
    """
    m, x, big_m, big_x = (
        np.concatenate([getattr(side, field) for side in sides])
        for sides in ([group.current for group in groups], [group.baseline for group in groups])
        for field in ("resolved", "won")
    )
    both = (m > 0) & (big_m > 0)
    m, x, big_m, big_x = m[both], x[both], big_m[both], big_x[both]
    n = m + big_m
    weight = float((m * big_m / n).sum())
    if not weight:
        return None
    difference = float(((x * big_m - big_x * m) / n).sum()) / weight
    p = m**2 * big_x - big_m**2 * x + m * big_m * (big_m - m) / 2
    q = x * (big_m - big_x) + big_x * (m - x)
    variance = (difference * float((p / n**2).sum()) + float((q / (2 * n)).sum())) / weight**2
    half = normal_quantile(level) * math.sqrt(max(variance * design_effect, 0.0))
    return WonShare(
        Interval(difference, difference - half, difference + half),
        _cmh_p_value(difference * weight, (x + big_x) / n, design_effect * m * big_m / np.maximum(n - 1, 1)),
    )


def _cmh_p_value(excess: float, won_share: Floats, size: Floats) -> float:
    variance = float((won_share * (1 - won_share) * size).sum())
    if variance <= 0:
        return 1.0
    return float(stats.chi2.sf(excess**2 / variance, 1))
