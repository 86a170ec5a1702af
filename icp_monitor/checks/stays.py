"""Did deals suddenly stay longer in one stage than in the others? A slower market slows every stage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from scipy import stats

from icp_monitor.checks.jumps import FEWEST, NEIGHBOURS, SUDDEN, Jump

Stays = Sequence[Mapping[int, int]]
Moments = np.ndarray[Any, Any]  # a row of number, sum and sum of squares of the doublings for each week


def relative_jump(own: Stays, others: Sequence[Stays], first: int) -> Jump | None:
    """The split after which the mean doublings of a stage changed most beyond those of the others.

    ``change`` is that excess, in doublings. None where no split is sudden, or there is no other stage. The chance is
    that of the z-test, times the number of splits that were tried.
    """
    if not others:
        return None
    mine, rest = _moments(own), np.sum([_moments(item) for item in others], axis=0)
    splits = range(max(first, FEWEST), len(mine) - FEWEST + 1)
    tried = [(abs(found[0]), found[1], at) for at in splits if (found := _excess(mine, rest, 0, at, len(mine)))]
    if not tried:
        return None
    score, change, at = max(tried)
    near = _excess(mine, rest, max(at - NEIGHBOURS, 0), at, at + NEIGHBOURS)
    if near is None or near[1] * np.sign(change) < SUDDEN * abs(change):
        return None
    return Jump(at, 0.0, change, min(float(2 * stats.norm.sf(score)) * len(splits), 1.0))


def _excess(mine: Moments, rest: Moments, start: int, at: int, end: int) -> tuple[float, float] | None:
    """The statistic and the excess of the change at ``at``; None where a side is too small to have a variance."""
    change, variance = 0.0, 0.0
    for moments, sign in ((mine, 1), (rest, -1)):
        for side, direction in ((moments[start:at], -1), (moments[at:end], 1)):
            n, total, squares = side.sum(axis=0)
            if n < 2:
                return None
            mean = total / n
            change += sign * direction * mean
            variance += max(squares / n - mean**2, 0.0) / (n - 1)
    return (change / float(np.sqrt(variance)), change) if variance > 0 else None


def _moments(weeks: Stays) -> Moments:
    rows = [
        [sum(week.values()), sum(k * n for k, n in week.items()), sum(k * k * n for k, n in week.items())]
        for week in weeks
    ]
    return np.asarray(rows, dtype=float)
