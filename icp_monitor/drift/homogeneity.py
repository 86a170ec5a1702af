"""Did the odds of winning change by the same factor for every kind of deal?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from icp_monitor.drift.noncentral import ChiSquare
from icp_monitor.metrics.life_table import Floats


@dataclass(frozen=True, eq=False)
class Counts:
    """Deals and those of them that were won, by kind, in both cohorts."""

    n_before: Floats
    won_before: Floats
    n_after: Floats
    won_after: Floats


@dataclass(frozen=True, eq=False)
class Homogeneity:
    """The test of one common odds ratio, and what it leaves for each kind.

    ``excess`` is the change of the won share beyond that which the common odds ratio explains, ``variance`` that of the
    wins.
    """

    test: ChiSquare
    excess: Floats
    variance: Floats


def homogeneity(counts: Counts, design_effect: float = 1.0) -> Homogeneity | None:
    """The Breslow-Day test with Tarone's correction (Breslow & Day 1980; Tarone 1985) at Mantel and Haenszel's ratio.

    Given the margins of a kind, e of its wins are expected in the current cohort where the common odds ratio ψ holds:
    e (N - T + e) = ψ (T - e)(n - e). X² = Σ (won - e)²/V - (Σ (won - e))² / Σ V, on one degree fewer than kinds,
    with variances V widened by ``design_effect``. None where the cohorts leave no common ratio or nothing varies.
    """
    n, won, total = counts.n_after, counts.won_after, counts.won_after + counts.won_before
    ratio = _common_ratio(counts)
    if ratio is None:
        return None
    expected = _expected(n, counts.n_before, total, ratio)
    cells = np.stack([expected, total - expected, n - expected, counts.n_before - total + expected])
    if not (cells > 0).all():
        return None
    variance = design_effect / (1 / cells).sum(axis=0)
    left = won - expected
    statistic = max(float((left**2 / variance).sum() - left.sum() ** 2 / variance.sum()), 0.0)
    freedom = len(n) - 1
    return Homogeneity(
        test=ChiSquare(statistic, freedom, float(stats.chi2.sf(statistic, freedom))),
        excess=left * (1 / n + 1 / counts.n_before),
        variance=variance,
    )


def _common_ratio(counts: Counts) -> float | None:
    size = counts.n_before + counts.n_after
    up = float((counts.won_after * (counts.n_before - counts.won_before) / size).sum())
    down = float((counts.won_before * (counts.n_after - counts.won_after) / size).sum())
    return up / down if up > 0 and down > 0 else None


def _expected(n: Floats, n_before: Floats, total: Floats, ratio: float) -> Floats:
    """The root of (1 - ψ) e² + (N - T + ψ (T + n)) e - ψ T n that lies between the margins, without cancellation."""
    linear = n_before - total + ratio * (total + n)
    root = np.sqrt(linear**2 + 4 * (1 - ratio) * ratio * total * n)
    return np.asarray(2 * ratio * total * n / (linear + root))
