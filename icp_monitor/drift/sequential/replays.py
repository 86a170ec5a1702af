"""What the streams would look like if the baseline went on for ever: replays drawn from the baseline itself."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from icp_monitor.drift.combinations import counted
from icp_monitor.drift.sequential.amounts import Residuals
from icp_monitor.drift.sequential.channels import Streams
from icp_monitor.drift.sequential.deals import Ints
from icp_monitor.drift.sequential.evidence import Evidence, symmetric
from icp_monitor.drift.sequential.histories import History
from icp_monitor.drift.sequential.outcomes import SLOPE_PRIOR, Outcomes
from icp_monitor.drift.sequential.resolutions import Resolutions
from icp_monitor.drift.sequential.seasons import MONTHS, QUARTERS, Season
from icp_monitor.drift.sequential.shares import Counts
from icp_monitor.metrics.life_table import Floats

WEEKS_A_QUARTER = 13
POOL = 4096  # typical deals kept of each unit
DRAWN = 60.0  # deals a week and unit that are drawn one by one; more are scaled up from as many


@dataclass(frozen=True, eq=False)
class Replays:
    """How many replays to draw, of how many weekly looks."""

    rng: np.random.Generator
    looks: int
    number: int

    def streams(self, history: History) -> Streams:
        """The streams of the replays, shaped [looks, replays, units]."""
        effects = history.design_effects
        win_rate, score = self._outcomes(history.outcomes, effects)
        return {
            "win_rate": (win_rate,),
            "acv": (self._amounts(history.amounts, effects),),
            "cycle": (self._resolutions(history.resolutions),),
            "score": (score,),
            "mix": tuple(self._shares(counts) for counts in history.created),
            "attribute_power": tuple(
                self._outcomes(values.outcomes, np.full(len(values.names), history.design_effect))[0]
                for values in history.attributes
            ),
            "retention": (self._resolutions(history.retention),) if history.retention else (),
        }

    def _outcomes(self, outcomes: Outcomes, effects: Floats) -> tuple[Evidence, Evidence]:
        first = outcomes.in_baseline
        units = [first.deals.segment == unit for unit in range(outcomes.segments)]
        pools = [_pool(np.column_stack([first.p[own], first.z[own]]), first.deals.n[own]) for own in units]
        a_week = np.array([first.deals.n[own].sum() for own in units]) / outcomes.baseline_weeks / effects
        parts = []
        for pool, rate in zip(pools, a_week, strict=True):
            cell, scale, (p, z) = self._drawn(pool, rate)
            miss = (self.rng.random(len(cell)) < p) - p
            variance = p * (1 - p)
            values = (miss, variance, variance * (1 - 2 * p), z * miss, z**2 * variance)
            powers = (0.5, 1.0, 1.5, 0.5, 1.0)
            parts.append([self._sums(cell, part) * scale**power for part, power in zip(values, powers, strict=True)])
        u, v, k, zu, zv = (np.stack(part, -1) for part in zip(*parts, strict=True))
        u = u - v * self._seasonal_errors(outcomes.odds.season)
        weeks = outcomes.baseline_weeks
        u0, v0, k0 = self._before(u, v, k, weeks)
        zu0, zv0, _ = self._before(zu, zv, zv, weeks)
        return Evidence(u, v, k, u0, v0, k0), symmetric(zu, zv, zu0, zv0 + SLOPE_PRIOR / effects)

    def _amounts(self, residuals: Residuals, effects: Floats) -> Evidence:
        first = residuals.week < residuals.baseline_weeks
        parts = []
        for unit, (variance, effect) in enumerate(zip(residuals.variance, effects, strict=True)):
            own = first & (residuals.segment == unit)
            rate = residuals.n[own].sum() / residuals.baseline_weeks / effect
            cell, scale, (residual,) = self._drawn(_pool(residuals.residual[own][:, None], residuals.n[own]), rate)
            u = self._sums(cell, residual / variance) * scale**0.5
            parts.append((u, self._sums(cell, np.full(len(cell), 1 / variance)) * scale))
        u, v = (np.stack(part, -1) for part in zip(*parts, strict=True))
        u = u - v * self._seasonal_errors(residuals.season)
        u0, v0, _ = self._before(u, v, v, residuals.baseline_weeks)
        return symmetric(u, v, u0, v0)

    def _resolutions(self, counts: Resolutions) -> Evidence:
        first = counts.baseline_weeks
        mean = counts.variance[:first].mean(0) / counts.dispersion
        v = np.broadcast_to(mean, (self.looks, self.number, len(mean)))
        u = self.rng.poisson(v) - v * (1 + self._seasonal_errors(counts.season))
        u0, v0, _ = self._before(u, v, v, first)
        return symmetric(u, v, u0, v0)

    def _shares(self, counts: Counts) -> Evidence:
        first = counts.n[: counts.baseline_weeks]
        p = first.sum(0) / first.sum()
        rate = first.sum() / len(first) / counts.dispersion
        total = self.rng.poisson(rate, (self.looks, self.number))
        n, n0 = self.rng.multinomial(total, p), self.rng.multinomial(round(rate * len(first)), p, self.number)
        v, v0 = total[..., None] * p * (1 - p), rate * len(first) * p * (1 - p) * np.ones((self.number, 1))
        return Evidence(n - total[..., None] * p, v, v * (1 - 2 * p), n0 - rate * len(first) * p, v0, v0 * (1 - 2 * p))

    def _seasonal_errors(self, season: Season) -> Floats:
        """How far the estimated season is off at each look, for all units alike; [looks, replays, 1]."""
        week = np.arange(self.looks)
        quarter, month = week // WEEKS_A_QUARTER % QUARTERS, week % WEEKS_A_QUARTER * MONTHS // WEEKS_A_QUARTER
        return season.errors(self.rng, self.number, quarter * MONTHS + month)[..., None]

    def _drawn(self, pool: Floats, rate: float) -> tuple[Ints, float, Iterator[Floats]]:
        """Deals drawn from a pool: the look and replay of each, what the sums are to be scaled by, and its values."""
        scale = max(1.0, rate / DRAWN)
        number = self.rng.poisson(rate / scale, self.looks * self.number)
        cell = np.repeat(np.arange(len(number)), number)
        drawn = pool[self.rng.integers(len(pool), size=len(cell))] if len(pool) else np.zeros((0, pool.shape[1]))
        return cell[: len(drawn)], scale, iter(drawn.T)

    def _sums(self, cell: Ints, values: Floats) -> Floats:
        return counted(cell, values, (self.looks, self.number))

    def _before(self, u: Floats, v: Floats, k: Floats, weeks: int) -> tuple[Floats, Floats, Floats]:
        """The sums over a baseline of so many weeks as these: a normal score with the variance that they have."""
        v0, k0 = v.mean((0, 1)) * weeks, k.mean((0, 1)) * weeks
        normal = self.rng.standard_normal(u.shape[1:])
        return normal * np.sqrt(v0), np.broadcast_to(v0, normal.shape), np.broadcast_to(k0, normal.shape)


def _pool(values: Floats, n: Floats) -> Floats:
    """At most `POOL` rows that are distributed as ``values`` with weights ``n``: its quantiles by rank."""
    if not len(values) or n.sum() <= 0:
        return values[:0]
    order = np.lexsort(values.T)
    values, ranks = values[order], np.cumsum(n[order])
    size = int(min(POOL, max(round(float(ranks[-1])), 1)))
    return np.asarray(values[np.searchsorted(ranks, (np.arange(size) + 0.5) * ranks[-1] / size)])
