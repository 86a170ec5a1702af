"""How much a fiscal quarter differs from the others, as far as four quarters can tell."""

from __future__ import annotations

import numpy as np

from icp_monitor.metrics.life_table import Floats


def seasonal_shifts(estimates: Floats, variances: Floats) -> Floats:
    """The quarters' shifts about their mean, shrunk to none by the share of their scatter that is noise.

    An empirical Bayes estimate (Efron & Morris 1975): a company without seasons keeps almost none. A quarter without
    data has an infinite variance and no shift.
    """
    known = np.isfinite(variances)
    if known.sum() < 2:
        return np.zeros_like(estimates)
    weights = np.where(known, 1 / np.where(known, variances, 1.0), 0.0)
    centred = np.where(known, estimates - weights @ np.where(known, estimates, 0.0) / weights.sum(), 0.0)
    scatter = float((centred[known] ** 2 / variances[known]).sum())
    kept = max(0.0, 1 - max(known.sum() - 1, 1) / scatter) if scatter > 0 else 0.0
    return kept * centred
