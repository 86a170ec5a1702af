"""How far a figure made of several sums may be off: accounts are drawn again, with all that belongs to them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from icp_monitor.metrics.intervals import Interval
from icp_monitor.metrics.life_table import Floats

DRAWS = 2_000
FEWEST_CLUSTERS = 10

Figure: TypeAlias = Callable[[Floats], Floats]
"""A figure of column sums: from an array [..., columns] to an array [...]; NaN where it can't be had."""


@dataclass(frozen=True)
class Bootstrapped:
    """A figure, and what it would be with other accounts (Efron & Tibshirani 1993)."""

    value: float
    draws: Floats

    @property
    def variance(self) -> float:
        """Of the figure, over draws in which it can be had."""
        return float(np.nanvar(self.draws, ddof=1))

    def interval(self, level: float) -> Interval:
        """The percentile interval, widened to hold the value."""
        low, high = np.nanquantile(self.draws, [(1 - level) / 2, (1 + level) / 2])
        return Interval(self.value, min(float(low), self.value), max(float(high), self.value))


def bootstrap(clusters: Floats, figure: Figure, seed: int = 0) -> Bootstrapped | None:
    """2,000 draws of as many clusters with replacement; ``clusters`` has a row for each account, or group of accounts.

    Accounts may be put into groups by a hash of their ids: groups are drawn as a whole, so that nothing within an
    account is taken for independent. None for fewer than 10 rows, or where the figure can't be had.

    >>> accounts = np.tile([4.0, 1.0], (50, 1))
    >>> found = bootstrap(accounts, lambda sums: sums[..., 1] / sums[..., 0])
    >>> found.value, found.variance
    (0.25, 0.0)
    """
    value = float(figure(clusters.sum(axis=0)))
    if len(clusters) < FEWEST_CLUSTERS or not np.isfinite(value):
        return None
    rng = np.random.default_rng(seed)
    times = rng.multinomial(len(clusters), np.full(len(clusters), 1 / len(clusters)), DRAWS)
    return Bootstrapped(value, figure(times @ clusters))
