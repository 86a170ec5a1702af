"""What a week says about a unit: the score statistic of a shift since the validated baseline, and how sure it is."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from icp_monitor.metrics.life_table import Floats


@dataclass(frozen=True, eq=False)
class Evidence:
    """Score statistics of many units, week by week after the baseline.

    ``u`` is the derivative of the log-likelihood at "nothing has changed", a martingale difference while that holds;
    ``v`` its variance and ``k`` its third cumulant, all shaped [weeks, ..., units]. ``u0``, ``v0`` and ``k0``, shaped
    [..., units], are the sums over the baseline.
    """

    u: Floats
    v: Floats
    k: Floats
    u0: Floats
    v0: Floats
    k0: Floats

    @cached_property
    def skewed(self) -> bool:
        """Whether any third cumulant matters."""
        return bool(self.k.any() or self.k0.any())

    def over(self, design_effect: Floats | float) -> Evidence:
        """The evidence of deals that are worth only ``1 / design_effect`` independent ones (quasi-likelihood)."""
        parts = (self.u, self.v, self.k, self.u0, self.v0, self.k0)
        return Evidence(*(part / design_effect for part in parts))

    def units(self, which: slice | list[int]) -> Evidence:
        """Some of the units."""
        return Evidence(*(part[..., which] for part in (self.u, self.v, self.k, self.u0, self.v0, self.k0)))


def symmetric(u: Floats, v: Floats, u0: Floats, v0: Floats) -> Evidence:
    """Evidence whose third cumulant is taken as nil."""
    return Evidence(u, v, np.zeros_like(v), u0, v0, np.zeros_like(v0))
