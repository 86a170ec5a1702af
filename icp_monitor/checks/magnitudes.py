"""How large the values of a quantity are: counts by quarters of a power of ten, the same on every engine."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from icp_monitor.scoring.numbers import double

STEPS = 4  # bins in each power of ten
LOWEST, HIGHEST = -3 * STEPS, 15 * STEPS

Histogram = Mapping[int, int]


def magnitude(value: sa.ColumnElement[Any]) -> sa.ColumnElement[Any]:
    """The bin of a positive value: the greatest k for which it is at least 10^(k/4); NULL for others."""
    number = sa.cast(value, sa.Double)
    steps = range(HIGHEST, LOWEST, -1)
    found = ((number >= double(10 ** (step / STEPS)), step) for step in steps)
    return sa.cast(sa.case((number <= double(0), None), *found, (number > double(0), LOWEST)), sa.Integer)


def median(counts: Histogram) -> float | None:
    """The decimal logarithm of the median, even within its bin; None without values.

    >>> median({8: 10})
    2.125
    """
    return quantile(counts, 0.5)


def quantile(counts: Histogram, share: float) -> float | None:
    """The decimal logarithm below which a share of the values lies."""
    wanted, below = sum(counts.values()) * share, 0.0
    for step in sorted(counts):
        if counts[step] and below + counts[step] >= wanted:
            return (step + (wanted - below) / counts[step]) / STEPS
        below += counts[step]
    return None


def above(counts: Histogram, logarithm: float) -> int:
    """How many values lie in bins that begin at ``logarithm`` or above."""
    return sum(n for step, n in counts.items() if step >= math.ceil(logarithm * STEPS))
