"""How likely a resolved deal was won, in the baseline: by segment, score, age and season."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import expit, logit

from icp_monitor.drift.combinations import counted
from icp_monitor.drift.sequential.cells import Cells
from icp_monitor.drift.sequential.deals import Ints
from icp_monitor.drift.sequential.seasons import Season
from icp_monitor.metrics.life_table import Floats

KNOTS = (0.0, 0.5, 1.0, 2.0)  # of the age over the segment's mean age
MAX_RELATIVE_AGE = 4.0
RIDGES = (0.0, *[0.5] * (2 + len(KNOTS)))  # of the columns: none of the first, which is 1 for every deal
RIDGE_SEGMENT = 1.0
STEPS = 25


@dataclass(frozen=True, eq=False)
class WinOdds:
    """A logistic regression of the outcome of resolved deals, with a normal prior on every slope.

    ``slopes`` are those of the columns that all deals have, ``levels`` what each segment adds. The score enters in
    standard deviations from the baseline's mean; without a score it enters as 0, with a level of its own.
    """

    slopes: Floats
    levels: Floats
    season: Season
    mean_age: Floats
    mean_score: float
    deviation: float

    def probability(self, cells: Cells, season: Ints) -> Floats:
        """The probability that each deal was won, given that it was resolved at its age in the season."""
        odds = self.columns(cells) @ self.slopes + self.levels[cells.segment]
        return np.asarray(expit(odds[cells.of] + self.season.at(season)))

    def standardised(self, cells: Cells) -> Floats:
        """The score of each cell in standard deviations from the mean, 0 where it is missing."""
        return np.nan_to_num((cells.score - self.mean_score) / self.deviation)

    def columns(self, cells: Cells) -> Floats:
        """What the odds depend on but for the segment, [cells, columns]."""
        relative = np.minimum(cells.age / self.mean_age[cells.segment], MAX_RELATIVE_AGE)
        hinges = (np.maximum(relative - knot, 0.0) for knot in KNOTS)
        return np.column_stack([np.ones_like(relative), ~cells.scored, self.standardised(cells), *hinges])


def fit_win_odds(cells: Cells, n: Floats, won: Floats, code: Ints, segments: int) -> WinOdds:
    """The posterior mode given ``n`` deals of each count, ``won`` of them, in the season ``code``.

    Only deals of the baseline count: of others there are none.
    """
    model = _without_season(cells, cells.sums(n), cells.sums(won), segments)
    p = model.probability(cells, code)
    return replace(model, season=Season.estimated(won - n * p, n * p * (1 - p), code))


def _without_season(cells: Cells, n: Floats, won: Floats, segments: int) -> WinOdds:
    """Newton's method; what concerns segments alone is summed by segment, not multiplied out."""
    slopes, levels = np.zeros(len(RIDGES)), np.zeros(segments)
    slopes[0] = logit((won.sum() + 0.5) / (n.sum() + 1))
    model = WinOdds(slopes, levels, Season.none(), _mean_ages(cells, n, segments), *_location(cells, n))
    columns, ridge = model.columns(cells), np.append(RIDGES, np.full(segments, RIDGE_SEGMENT))

    def in_segments(values: Floats) -> Floats:
        return counted(cells.segment, values, (segments,))

    at = np.append(slopes, levels)
    for _ in range(STEPS):
        p = expit(columns @ at[: len(slopes)] + at[len(slopes) :][cells.segment])
        missed, weighted = won - n * p, columns * (n * p * (1 - p))[:, None]
        gradient = np.append(columns.T @ missed, in_segments(missed)) - ridge * at
        both = np.stack([in_segments(column) for column in weighted.T])
        hessian = np.block([[weighted.T @ columns, both], [both.T, np.diag(both[0])]]) + np.diag(ridge + 1e-9)
        step = np.linalg.solve(hessian, gradient)
        at = at + np.clip(step, -2.0, 2.0)
        if np.abs(step).max() < 1e-6:
            break
    return replace(model, slopes=at[: len(slopes)], levels=at[len(slopes) :])


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
