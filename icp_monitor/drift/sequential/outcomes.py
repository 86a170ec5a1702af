"""Weekly evidence on who wins: the won share at equal age and score, and the power of the score to predict it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icp_monitor.drift.sequential.cells import cells_of
from icp_monitor.drift.sequential.deals import Deals, Ints, weekly_sums
from icp_monitor.drift.sequential.evidence import Evidence, symmetric
from icp_monitor.drift.sequential.odds import WinOdds, fit_win_odds
from icp_monitor.metrics.life_table import Floats

SLOPE_PRIOR = 10.0  # information, in deals' worth, that the baseline's slope is given beforehand


@dataclass(frozen=True, eq=False)
class Outcomes:
    """The resolved deals with what the baseline expected of them.

    ``p`` is the baseline's probability of winning; ``z`` the score in standard deviations, centred in each segment so
    that its slope and the segment's level don't disturb each other.
    """

    deals: Deals
    p: Floats
    z: Floats
    odds: WinOdds
    baseline_weeks: int
    weeks: int
    segments: int

    @property
    def in_baseline(self) -> Outcomes:
        """Those that were resolved in the baseline."""
        chosen = self.deals.resolved < self.baseline_weeks
        return Outcomes(self.deals.where(chosen), self.p[chosen], self.z[chosen], self.odds, *self._extent)

    @property
    def _extent(self) -> tuple[int, int, int]:
        return self.baseline_weeks, self.weeks, self.segments

    def sums(self, values: Floats) -> tuple[Floats, Floats]:
        """Sums of values by segment: in each week after the baseline, and over the baseline."""
        weekly = weekly_sums(values, self.deals.resolved, self.deals.segment, self.weeks, self.segments)
        return weekly[self.baseline_weeks :], weekly[: self.baseline_weeks].sum(0)


def expected_outcomes(deals: Deals, seasons: Ints, baseline_weeks: int, segments: int) -> Outcomes:
    """What the baseline lets expect of every resolved deal; ``seasons`` has the season of each week."""
    weeks = len(seasons)
    resolved = deals.where(deals.resolved < weeks)
    cells, code = cells_of(resolved, segments), seasons[resolved.resolved]
    n = resolved.n * (resolved.resolved < baseline_weeks)
    odds = fit_win_odds(cells, n, n * resolved.won, code, segments)
    p = odds.probability(cells, code)
    weight = cells.sums(n * p * (1 - p)) * cells.scored
    z = odds.standardised(cells)
    total, at = (np.bincount(cells.segment, weights=part, minlength=segments) for part in (weight, weight * z))
    centre = at / np.maximum(total, 1e-9)
    centred = np.where(cells.scored, z - centre[cells.segment], 0.0)
    return Outcomes(resolved, p, centred[cells.of], odds, baseline_weeks, weeks, segments)


def win_evidence(outcomes: Outcomes) -> Evidence:
    """U = Σ(w - π), V = Σπ(1 - π), K = Σπ(1 - π)(1 - 2π): the score of a shift of the log-odds of winning."""
    n, won, p = outcomes.deals.n, outcomes.deals.won, outcomes.p
    (u, u0), (v, v0), (k, k0) = (
        outcomes.sums(n * values) for values in (won - p, p * (1 - p), p * (1 - p) * (1 - 2 * p))
    )
    return Evidence(u, v, k, u0, v0, k0)


def score_evidence(outcomes: Outcomes) -> Evidence:
    """U = Σz(w - π), V = Σz²π(1 - π): the score of a change of the slope of the log-odds on the score."""
    n, won, p, z = outcomes.deals.n, outcomes.deals.won, outcomes.p, outcomes.z
    (u, u0), (v, v0) = (outcomes.sums(n * values) for values in (z * (won - p), z**2 * p * (1 - p)))
    return symmetric(u, v, u0, v0 + SLOPE_PRIOR)
