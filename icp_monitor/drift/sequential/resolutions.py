"""Weekly evidence on speed: resolutions of any kind against those that the baseline's hazards expect."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icp_monitor.drift.combinations import counted
from icp_monitor.drift.sequential.deals import MAX_AGE, Deals, Ints
from icp_monitor.drift.sequential.evidence import Evidence, symmetric
from icp_monitor.drift.sequential.seasons import Season
from icp_monitor.metrics.life_table import Floats

SMOOTHING = np.array([1.0, 2.0, 3.0, 2.0, 1.0])
PRIOR_DEALS = 5.0  # at each age, a segment is given so many deals of the whole company's hazard


@dataclass(frozen=True, eq=False)
class Resolutions:
    """Resolved deals and those expected of all that were open, by week and segment, with the variance of the former."""

    observed: Floats
    expected: Floats
    variance: Floats
    season: Season
    baseline_weeks: int

    @property
    def dispersion(self) -> float:
        """How much more the weekly counts scatter in the baseline than independent deals would; at least 1.

        Sales teams close in bunches, above all at the end of a period.
        """
        first = self.baseline_weeks
        u, v = (self.observed - self.expected)[:first], self.variance[:first]
        used = v > 0
        return max(1.0, float((u[used] ** 2 / v[used]).mean())) if used.any() else 1.0


def resolutions(deals: Deals, seasons: Ints, baseline_weeks: int, segments: int) -> Resolutions:
    """Observed and expected resolutions of each week from the origin on; arrays [weeks, segments]."""
    weeks = len(seasons)
    open_deals, resolved = _exposure(deals, weeks, segments)
    hazard = _hazards(open_deals[:, :baseline_weeks], resolved[:, :baseline_weeks])
    expected = np.einsum("swa,sa->ws", open_deals, hazard)
    variance = np.einsum("swa,sa->ws", open_deals, hazard * (1 - hazard))
    observed = resolved.sum(2).T
    first = slice(0, baseline_weeks)
    pace = (observed[first].sum(0) + 0.5) / (expected[first].sum(0) + 0.5)
    season = Season.estimated(
        (observed - pace * expected)[first].sum(1), (pace * variance)[first].sum(1), seasons[first]
    )
    factor = pace * np.exp(season.at(seasons))[:, None]
    return Resolutions(observed, factor * expected, factor * variance, season, baseline_weeks)


def cycle_evidence(counts: Resolutions) -> Evidence:
    """U = Σ(O - E), V = ΣE(1 - h): the score of a shift of the log hazard (the sequential log-rank)."""
    first, u, v = counts.baseline_weeks, counts.observed - counts.expected, counts.variance
    return symmetric(u[first:], v[first:], u[:first].sum(0), v[:first].sum(0)).over(counts.dispersion)


def _exposure(deals: Deals, weeks: int, segments: int) -> tuple[Floats, Floats]:
    """Deals open at the start of each week or created in it, and those resolved; arrays [segments, weeks, ages]."""
    created = np.maximum(deals.created, -MAX_AGE) + MAX_AGE
    resolved = np.minimum(deals.resolved, weeks)
    cohorts, ends = weeks + MAX_AGE, weeks + 1
    cell = (deals.segment * cohorts + created) * ends + resolved
    counts = counted(cell, deals.n, (segments, cohorts, ends))
    at_risk = counts[:, :, ::-1].cumsum(2)[:, :, ::-1]
    week, age = np.arange(weeks)[:, None], np.arange(MAX_AGE + 1)
    cohort = week - age + MAX_AGE
    known = cohort >= 0
    place = np.maximum(cohort, 0)
    return at_risk[:, place, week] * known, counts[:, place, week] * known


def _hazards(open_deals: Floats, resolved: Floats) -> Floats:
    """The weekly hazard by segment and age: smoothed over neighbouring ages, drawn to the company's; rescaled later."""
    risk, events = _smoothed(open_deals.sum(1)), _smoothed(resolved.sum(1))
    company = events.sum(0) / np.maximum(risk.sum(0), 1.0)
    return np.asarray(np.minimum((events + PRIOR_DEALS * company) / (risk + PRIOR_DEALS), 1.0))


def _smoothed(counts: Floats) -> Floats:
    padded = np.pad(counts, ((0, 0), (2, 2)))
    parts = [weight * padded[:, shift : shift + counts.shape[1]] for shift, weight in enumerate(SMOOTHING)]
    return np.asarray(np.sum(parts, axis=0))
