"""How likely a resolved deal was won, in the baseline: by segment, score, age and season."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, logit

from icp_monitor.drift.sequential.cells import Cells
from icp_monitor.drift.sequential.deals import Ints
from icp_monitor.drift.sequential.seasons import Season
from icp_monitor.metrics.life_table import Floats

KNOTS = (0.0, 0.5, 1.0, 2.0)  # of the age over the segment's mean age
MAX_RELATIVE_AGE = 4.0
RIDGE_SEGMENT, RIDGE_SLOPE = 1.0, 0.5
STEPS = 25


@dataclass(frozen=True, eq=False)
class WinOdds:
    """A logistic regression of the outcome of resolved deals, with a normal prior on every slope.

    The score enters in standard deviations from the baseline's mean; without a score it enters as 0, with a level of
    its own.
    """

    coefficients: Floats
    season: Season
    mean_age: Floats
    mean_score: float
    deviation: float

    def probability(self, cells: Cells, season: Ints) -> Floats:
        """The probability that each deal was won, given that it was resolved at its age in the season."""
        return np.asarray(expit((self._design(cells) @ self.coefficients)[cells.of] + self.season.at(season)))

    def standardised(self, cells: Cells) -> Floats:
        """The score of each cell in standard deviations from the mean, 0 where it is missing."""
        return np.nan_to_num((cells.score - self.mean_score) / self.deviation)

    def _design(self, cells: Cells) -> Floats:
        relative = np.minimum(cells.age / self.mean_age[cells.segment], MAX_RELATIVE_AGE)
        return np.column_stack(
            [
                np.ones_like(relative),
                ~cells.scored,
                self.standardised(cells),
                *(np.maximum(relative - knot, 0.0) for knot in KNOTS),
                cells.segment[:, None] == np.arange(len(self.mean_age)),
            ]
        )


def fit_win_odds(cells: Cells, n: Floats, won: Floats, code: Ints, segments: int) -> WinOdds:
    """The posterior mode by Newton's method, given ``n`` deals of each count, ``won`` of them, in the season ``code``.

    Only deals of the baseline count: of others there are none.
    """
    model = _without_season(cells, cells.sums(n), cells.sums(won), segments)
    p = model.probability(cells, code)
    return replace(model, season=Season.estimated(won - n * p, n * p * (1 - p), code))


def _without_season(cells: Cells, n: Floats, won: Floats, segments: int) -> WinOdds:
    ridge = np.array([0.0] + [RIDGE_SLOPE] * (2 + len(KNOTS)) + [RIDGE_SEGMENT] * segments)
    start = np.zeros(len(ridge))
    start[0] = logit((won.sum() + 0.5) / (n.sum() + 1))
    model = WinOdds(start, Season.none(), _mean_ages(cells, n, segments), *_location(cells, n))
    return replace(model, coefficients=_mode(model._design(cells), won, n, ridge, start))


def _location(cells: Cells, n: Floats) -> tuple[float, float]:
    """The mean and the standard deviation of the scores; 0 and 1 where there are none to tell apart."""
    score, n = cells.score[cells.scored], n[cells.scored]
    if not n.sum():
        return 0.0, 1.0
    mean = float(np.average(score, weights=n))
    return mean, float(np.sqrt(np.average((score - mean) ** 2, weights=n))) or 1.0


def _mean_ages(cells: Cells, n: Floats, segments: int) -> Floats:
    """The mean age at resolution by segment; at least half a week, and the company's for a segment without deals."""
    count = np.bincount(cells.segment, weights=n, minlength=segments)
    weeks = np.bincount(cells.segment, weights=n * cells.age, minlength=segments)
    company = weeks.sum() / max(count.sum(), 1.0)
    return np.maximum(np.where(count > 0, weeks / np.maximum(count, 1.0), company), 0.5)


def _mode(design: Floats, won: Floats, n: Floats, ridge: Floats, start: Floats) -> Floats:
    coefficients = start
    for _ in range(STEPS):
        p = expit(design @ coefficients)
        weight = n * p * (1 - p)
        gradient = design.T @ (won - n * p) - ridge * coefficients
        hessian = (design * weight[:, None]).T @ design + np.diag(ridge + 1e-9)
        step = np.linalg.solve(hessian, gradient)
        coefficients = coefficients + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-6:
            break
    return coefficients
