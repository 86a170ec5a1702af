"""How strongly the weeks so far speak for a change: mixture likelihood ratios, summed over when it may have begun.

Shiryaev (1963), Roberts (1966); with bets in place of known alternatives an e-detector (Shin, Ramdas & Rinaldo 2024).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from icp_monitor.drift.sequential.bets import Bet
from icp_monitor.drift.sequential.deals import Ints
from icp_monitor.drift.sequential.evidence import Evidence
from icp_monitor.drift.sequential.shifts import Shift, against_the_rest, bounded, joined
from icp_monitor.drift.sequential.starts import Shape, Starts
from icp_monitor.metrics.life_table import Floats

LARGEST = 300.0  # a log likelihood ratio beyond any threshold, far from overflow
SURPRISE = 0.5
TINY = np.finfo(float).tiny


@dataclass(frozen=True, eq=False)
class Path:
    """Log-evidence at every look, and how many weeks a sudden change has most likely lasted; [looks, ..., units]."""

    log_evidence: Floats
    lag: Ints


class _Sum:
    """R = Σ Λ over starts, sizes, directions and shapes, and the start whose step has the largest Λ."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        self._sum, self._best, self._lag = np.zeros(shape), np.zeros(shape), np.ones(shape, dtype=np.int64)

    def add(self, ratio: Floats, lag: int, stake: float, *, dates: bool) -> None:
        first = len(self._sum) - len(ratio)
        self._sum[first:] += stake * ratio
        if dates:
            better = ratio > self._best[first:]
            self._best[first:][better] = ratio[better]
            self._lag[first:][better] = lag

    def path(self) -> Path:
        return Path(np.log(np.maximum(self._sum, TINY)), self._lag)


def segment_paths(evidence: Evidence, bet: Bet) -> Path:
    """The evidence of a change in each unit, against the rest where the bet says so."""
    total = _Sum(evidence.u.shape)
    for lag, starts, shape, shift in _shifts(evidence, bet):
        own = bounded(shift if bet.spread is None else against_the_rest(shift, bet.spread))
        total.add(_ratio(own, bet, lag), lag, starts * bet.shapes[shape], dates=shape == "step")
    return total.path()


def company_path(evidence: Evidence, bet: Bet) -> Path:
    """The evidence of a change in all segments at once; the last axis has one unit, the company.

    A segment's log likelihood ratio counts only up to what the company's change would give on average there, and
    `SURPRISE` standard deviations more: what a single segment says beyond that speaks for a change of its own.
    """
    total = _Sum((*evidence.u.shape[:-1], 1))
    for lag, starts, shape, shift in _shifts(evidence, bet):
        total.add(_common_ratio(bounded(shift), bet, lag), lag, starts * bet.shapes[shape], dates=shape == "step")
    return total.path()


def shares_path(evidence: Evidence, bet: Bet) -> Path:
    """The evidence that an attribute's values, the units, have other shares than in the baseline; one unit.

    Pearson's statistic is Σu² / np = Σ(1 - p)u² / v, with 1 - p read off the skewness.
    """
    others = (1 + evidence.k0 / np.maximum(evidence.v0, TINY)) / 2
    return _scatter_path(evidence, bet, lambda shift: (others * shift.u**2 / np.maximum(shift.v, TINY)).sum(-1))


def differences_path(evidence: Evidence, bet: Bet) -> Path:
    """The evidence that an attribute's values, the units, have shifted by different amounts; one unit."""
    return _scatter_path(evidence, bet, _heterogeneity)


def _heterogeneity(shift: Shift) -> Floats:
    """Cochran's Q: the scatter of the values' shifts about their common one."""
    common = shift.u.sum(-1) ** 2 / np.maximum(shift.v.sum(-1), TINY)
    return np.asarray((shift.u**2 / np.maximum(shift.v, TINY)).sum(-1) - common)


def _scatter_path(evidence: Evidence, bet: Bet, statistic: Callable[[Shift], Floats]) -> Path:
    """Λ = (1 + τ²v)^(-f/2) exp(X² / 2 · τ²v / (1 + τ²v)): normal shifts of standard deviation τ, f degrees of freedom.

    X² is a χ² statistic of no shifts, and v the variance that each degree of freedom brings.
    """
    total = _Sum((*evidence.u.shape[:-1], 1))
    freedom = evidence.u.shape[-1] - 1
    for lag, starts, shape, shift in _shifts(evidence, bet):
        square, information = statistic(shift), shift.v.sum(-1) / freedom
        ratio = np.zeros_like(square)
        for theta in bet.thetas:
            known = theta**2 * information
            log_ratio = square / 2 * known / (1 + known) - freedom / 2 * np.log1p(known)
            ratio += np.exp(np.minimum(log_ratio, LARGEST)) / len(bet.thetas)
        total.add(ratio[..., None], lag, starts * bet.shapes[shape], dates=shape == "step")
    return total.path()


def _shifts(evidence: Evidence, bet: Bet) -> Iterator[tuple[int, int, Shape, Shift]]:
    starts = Starts(evidence)
    for lag, number in starts.lags():
        for shape in bet.shapes:
            yield lag, number, shape, joined(starts.sums(lag, shape), evidence, starts.totals)


def _directions(bet: Bet, lag: int) -> Iterator[tuple[float, float]]:
    """Each signed size with its stake."""
    for theta in bet.thetas:
        yield -theta, bet.down / len(bet.thetas)
        if bet.down < 1 and lag >= bet.patience:
            yield theta, (1 - bet.down) / len(bet.thetas)


def _ratio(shift: Shift, bet: Bet, lag: int) -> Floats:
    """Λ: the likelihood ratio of the bet, by the cumulant expansion of the score to the third order."""
    total = np.zeros_like(shift.u)
    for theta, stake in _directions(bet, lag):
        log_ratio = theta * shift.u - theta**2 / 2 * shift.v - theta**3 / 6 * shift.k
        total += stake * np.exp(np.minimum(log_ratio, LARGEST))
    return total


def _common_ratio(shift: Shift, bet: Bet, lag: int) -> Floats:
    total = np.zeros((*shift.u.shape[:-1], 1))
    deviation = np.sqrt(shift.v)
    for theta, stake in _directions(bet, lag):
        expected = theta**2 / 2 * shift.v
        log_ratio = theta * shift.u - expected - theta**3 / 6 * shift.k
        allowed = np.minimum(log_ratio, expected + SURPRISE * abs(theta) * deviation)
        total += stake * np.exp(np.minimum(allowed.sum(-1, keepdims=True), LARGEST))
    return total
