"""How large a change is since it began, in units that people read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from icp_monitor.drift.sequential.bets import Metric
from icp_monitor.drift.sequential.channels import Group
from icp_monitor.drift.sequential.deals import Ints
from icp_monitor.drift.sequential.evidence import Evidence
from icp_monitor.metrics.intervals import Interval, normal_quantile
from icp_monitor.metrics.life_table import Floats

EffectUnit = Literal["points", "relative", "slope"]
TINY = np.finfo(float).tiny


@dataclass(frozen=True, eq=False)
class Since:
    """Score and variance of the shift since a start, and the deals since; arrays [looks, units].

    ``spread`` is the variance that one deal adds to the score: it turns a shift of log-odds into points.
    """

    u: Floats
    v: Floats
    n: Floats
    spread: Floats

    def together(self) -> Since:
        """The shift that all units have in common; one unit."""
        n = self.n.sum(-1, keepdims=True)
        spread = (self.n * self.spread).sum(-1, keepdims=True) / np.maximum(n, 1.0)
        return Since(self.u.sum(-1, keepdims=True), self.v.sum(-1, keepdims=True), n, spread)

    def only(self, unit: Ints) -> Since:
        """One unit of each look."""
        return Since(*(np.take_along_axis(part, unit[:, None], -1) for part in (self.u, self.v, self.n, self.spread)))

    @property
    def strongest(self) -> Ints:
        """The unit that moved most at each look, in standard errors."""
        return np.asarray((self.u**2 / np.maximum(self.v, TINY)).argmax(-1))

    def effects(self, metric: Metric, level: float, a_point: float) -> list[Interval | None]:
        """The effect at each look for the first unit: θ = U* / V*, one step from no change to the largest likelihood.

        Points of win rate or of a share; relative change of amounts, or of the pace at which deals are
        resolved or customers leave; change of the slope
        of the log-odds on the score, of which ``a_point`` is one score point in standard deviations.
        """
        u, v, spread = self.u[:, 0], np.maximum(self.v[:, 0], TINY), self.spread[:, 0]
        half = normal_quantile(level) / np.sqrt(v)
        ends = np.stack([u / v, u / v - half, u / v + half], -1)
        if metric == "acv":
            ends = np.expm1(np.minimum(ends, 50.0))
        elif metric in ("cycle", "retention"):
            ends = np.maximum(ends, -1.0)
        else:
            ends = ends * (a_point if metric == "score" else spread[:, None])
        known = self.v[:, 0] > 0
        return [Interval(*map(float, row)) if sure else None for row, sure in zip(ends, known, strict=True)]


def unit_of(metric: Metric) -> EffectUnit:
    """What a metric's effects are counted in."""
    return "relative" if metric in ("acv", "cycle", "retention") else "slope" if metric == "score" else "points"


def since(evidence: Evidence, group: Group, lag: Ints) -> Since:
    """The shift of each unit over the last ``lag`` weeks, [looks, units], freed from the level before."""
    totals_u, totals_v, totals_n = (_totals(part) for part in (evidence.u, evidence.v, group.n))
    u, v, n = (_last(totals, lag) for totals in (totals_u, totals_v, totals_n))
    level = np.maximum(evidence.v0 + totals_v[1:], TINY)
    g = v / level
    spread = v * group.design_effect / np.maximum(n, 1.0)
    return Since(u - g * (evidence.u0 + totals_u[1:]), v * (1 - g), n, spread)


def _totals(values: Floats) -> Floats:
    return np.concatenate([np.zeros((1, *values.shape[1:])), values.cumsum(0)])


def _last(totals: Floats, lag: Ints) -> Floats:
    """Sums over the last ``lag`` weeks up to each look."""
    start = np.arange(1, len(totals))[:, None] - lag
    return totals[1:] - np.take_along_axis(totals, start, 0)
