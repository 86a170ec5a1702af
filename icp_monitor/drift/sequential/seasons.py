"""How much a fiscal quarter differs from the others, as far as four quarters can tell."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icp_monitor.drift.sequential.deals import Ints
from icp_monitor.metrics.life_table import Floats


@dataclass(frozen=True, eq=False)
class Season:
    """The shift of each fiscal quarter, and the variance of the estimate that it was shrunk from."""

    shifts: Floats
    variances: Floats

    @classmethod
    def estimated(cls, score: Floats, information: Floats, quarter: Ints) -> Season:
        """The season that one step from none reaches, given score statistics and the fiscal quarter of each."""
        u, v = (np.bincount(quarter - 1, weights=part, minlength=4) for part in (score, information))
        known = v > 0
        variances = np.where(known, 1 / np.where(known, v, 1.0), np.inf)
        return cls(shrunk(np.where(known, u, 0.0) / np.where(known, v, 1.0), variances), variances)

    @classmethod
    def none(cls) -> Season:
        """All quarters alike."""
        return cls(np.zeros(4), np.full(4, np.inf))

    def at(self, quarter: Ints) -> Floats:
        """The shift in each of the fiscal quarters."""
        return np.asarray(self.shifts[quarter - 1])

    def errors(self, rng: np.random.Generator, number: int) -> Floats:
        """By how much estimates like this one would miss this season; [4, number]."""
        known = np.isfinite(self.variances)
        noise = rng.standard_normal((number, 4)) * np.sqrt(np.where(known, self.variances, 0.0))
        return (shrunk(self.shifts + noise, self.variances) - self.shifts).T


def shrunk(estimates: Floats, variances: Floats) -> Floats:
    """Quarterly estimates about their mean, shrunk to none by the share of their scatter that is noise; [..., 4].

    An empirical Bayes estimate (Efron & Morris 1975): a company without seasons keeps almost none. A quarter without
    data has an infinite variance and no shift.
    """
    weights = 1 / variances
    total = weights.sum(-1, keepdims=True)
    mean = (weights * estimates).sum(-1, keepdims=True) / np.where(total > 0, total, 1.0)
    centred = np.where(weights > 0, estimates - mean, 0.0)
    scatter = (weights * centred**2).sum(-1, keepdims=True)
    freedom = np.maximum(np.count_nonzero(weights, axis=-1, keepdims=True) - 1, 1)
    return np.asarray(np.maximum(0.0, 1 - freedom / np.where(scatter > 0, scatter, np.inf)) * centred)
