"""Why the share won within the horizon moved: won share at equal age, timing, or mix; the parts sum to the whole."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from icp_monitor.drift.groups import Groups, Side
from icp_monitor.metrics.life_table import Floats


@dataclass(frozen=True)
class Part:
    """What one stratum adds to the change of the whole."""

    name: str
    share: float
    timing: float
    mix: float
    baseline_variance: float
    current_variance: float


@dataclass(frozen=True)
class Split:
    """The share won within the horizon in both cohorts, and the change between them by cause and stratum."""

    baseline: float
    current: float
    parts: tuple[Part, ...]

    @property
    def share(self) -> float:
        """Change because another share of the deals decided at equal age was won."""
        return sum(part.share for part in self.parts)

    @property
    def baseline_variance(self) -> float:
        """What the baseline's won shares add to the variance of ``share``, given how many deals were resolved."""
        return sum(part.baseline_variance for part in self.parts)

    @property
    def current_variance(self) -> float:
        """What the current cohort's won shares add to it."""
        return sum(part.current_variance for part in self.parts)

    @property
    def timing(self) -> float:
        """Change because more or fewer deals were decided by each age."""
        return sum(part.timing for part in self.parts)

    @property
    def mix(self) -> float:
        """Change because the cohort holds other shares of the strata."""
        return sum(part.mix for part in self.parts)


def decompose(groups: Sequence[Groups]) -> Split:
    """Kitagawa's symmetric split (1955) of the change of Σ w F over strata, with F = Σ r p over groups of ages.

    w is a stratum's weight in its cohort, r the share of its deals resolved in a group of ages, p the won share of
    those. Each difference is taken at the mean of the other factors: share w̄ r̄ Δp, timing w̄ p̄ Δr, mix (F̄ - ΣwF) Δw.
    Where a cohort has no stratum or no resolved deal in a group, it takes the other cohort's r or p.
    """
    before, after = (_weights([getattr(group, cohort) for group in groups]) for cohort in ("baseline", "current"))
    baseline = _total(before, [group.baseline for group in groups])
    current = _total(after, [group.current for group in groups])
    middle = (baseline + current) / 2
    parts = (_part(group, w0, w1, middle) for group, w0, w1 in zip(groups, before, after, strict=True))
    return Split(baseline, current, tuple(parts))


def _weights(sides: Sequence[Side]) -> list[float]:
    size = sum(side.size for side in sides)
    return [side.size / size for side in sides]


def _total(weights: Sequence[float], sides: Sequence[Side]) -> float:
    return sum(weight * float(side.won_density.sum()) for weight, side in zip(weights, sides, strict=True))


def _part(group: Groups, w0: float, w1: float, middle: float) -> Part:
    old, new = group.baseline, group.current
    r0 = old.density if old.size else new.density
    r1 = new.density if new.size else old.density
    p0, p1 = _won_share(old, new), _won_share(new, old)
    weight, reach = (w0 + w1) / 2, (w0 + w1) / 2 * (r0 + r1) / 2
    both = (old.resolved > 0) & (new.resolved > 0)
    incidence = float((r0 * p0 + r1 * p1).sum()) / 2
    return Part(
        name=group.name,
        share=float((reach * (p1 - p0)).sum()),
        timing=float((weight * (p0 + p1) / 2 * (r1 - r0)).sum()),
        mix=(w1 - w0) * (incidence - middle),
        baseline_variance=float((reach[both] ** 2 * _variance(old, p0)[both]).sum()),
        current_variance=float((reach[both] ** 2 * _variance(new, p1)[both]).sum()),
    )


def _won_share(side: Side, other: Side) -> Floats:
    """The won share by group; the other cohort's where nothing is resolved, and 0 where neither has anything."""
    own = np.divide(side.won_density, side.density, out=np.zeros_like(side.density), where=side.density > 0)
    others = np.divide(other.won_density, other.density, out=np.zeros_like(own), where=other.density > 0)
    return np.where(side.density > 0, own, others)


def _variance(side: Side, won_share: Floats) -> Floats:
    """Unbiased variance of p; a single deal says nothing about it and gets the largest possible."""
    return np.where(side.resolved > 1, won_share * (1 - won_share) / np.maximum(side.resolved - 1, 1), 0.25)
