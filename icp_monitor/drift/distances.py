"""How far two distributions are apart: the measures that people know, and what noise alone would show."""

from __future__ import annotations

import math

import numpy as np
from scipy import special

from icp_monitor.drift.verdict import Distances
from icp_monitor.metrics.life_table import Floats


def distances(baseline: Floats, current: Floats, level: float) -> Distances:
    """PSI, its critical value, Jensen-Shannon distance (base 2) and Hellinger distance of two rows of counts.

    >>> round(distances(np.array([50.0, 50.0]), np.array([20.0, 80.0]), 0.90).psi, 10)
    0.4158883083
    """
    before, after = baseline / baseline.sum(), current / current.sum()
    return Distances(
        psi=psi(baseline, current),
        psi_critical=psi_critical(int(baseline.sum()), int(current.sum()), len(baseline), level),
        jensen_shannon=jensen_shannon(before, after),
        hellinger=math.sqrt(max(1 - float(np.sqrt(before * after).sum()), 0.0)),
    )


def jensen_shannon(before: Floats, after: Floats) -> float:
    """The Jensen-Shannon distance of two distributions, in base 2: the root of their divergence (Lin 1991)."""
    middle = (before + after) / 2
    divergence = (special.rel_entr(before, middle).sum() + special.rel_entr(after, middle).sum()) / 2 / math.log(2)
    return math.sqrt(max(float(divergence), 0.0))


def psi(baseline: Floats, current: Floats) -> float:
    """Population stability index Σ (q - p) ln(q / p); a category that one side lacks counts as half a deal there."""
    before, after = (np.maximum(counts, 0.5) / counts.sum() for counts in (baseline, current))
    return float(((after - before) * np.log(after / before)).sum())


def psi_critical(n_baseline: int, n_current: int, categories: int, level: float) -> float:
    """The PSI that two samples of one population exceed with probability 1 - level (Yurdakul 2018).

    >>> round(psi_critical(200, 60, 10, 0.95), 2)
    0.37
    """
    return (1 / n_baseline + 1 / n_current) * float(special.chdtri(categories - 1, 1 - level))
