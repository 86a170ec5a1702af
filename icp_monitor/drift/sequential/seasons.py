"""How much the quarters of a year, and the months of a quarter, differ from one another."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icp_monitor.drift.combinations import counted
from icp_monitor.drift.sequential.deals import Ints
from icp_monitor.drift.weekly import WeeklyTables
from icp_monitor.metrics.life_table import Floats

QUARTERS, MONTHS = 4, 3


def season_codes(tables: WeeklyTables) -> Ints:
    """The season of each week: three times the fiscal quarter, from 0 on, plus the month within it, from 0 on."""
    quarters = np.asarray(tables.fiscal_quarters, dtype=np.int64) - 1
    months = np.asarray(tables.months or (1,) * tables.weeks, dtype=np.int64) - 1
    return np.asarray(quarters * MONTHS + months)


@dataclass(frozen=True, eq=False)
class Shifts:
    """The shift at each of a few levels, and the variance of the estimate that it was shrunk from."""

    values: Floats
    variances: Floats

    @classmethod
    def estimated(cls, score: Floats, information: Floats, level: Ints, levels: int) -> Shifts:
        """What one step from none reaches, given score statistics and the level of each."""
        u, v = (np.bincount(level, weights=part, minlength=levels) for part in (score, information))
        known = v > 0
        variances = np.where(known, 1 / np.where(known, v, 1.0), np.inf)
        return cls(shrunk(np.where(known, u, 0.0) / np.where(known, v, 1.0), variances), variances)

    @classmethod
    def none(cls, levels: int) -> Shifts:
        """All levels alike."""
        return cls(np.zeros(levels), np.full(levels, np.inf))

    def errors(self, rng: np.random.Generator, number: int) -> Floats:
        """By how much estimates like these would miss these shifts; [levels, number]."""
        known = np.isfinite(self.variances)
        noise = rng.standard_normal((number, len(known))) * np.sqrt(np.where(known, self.variances, 0.0))
        return (shrunk(self.values + noise, self.variances) - self.values).T


@dataclass(frozen=True, eq=False)
class Season:
    """The quarters' shifts, and what the months of a quarter add to them: sales close at its end."""

    quarters: Shifts
    months: Shifts

    @classmethod
    def estimated(cls, score: Floats, information: Floats, code: Ints) -> Season:
        """The quarters first, then the months on what is left; ``code`` is that of `season_codes` for each score."""
        u, v = (counted(code, part, (QUARTERS * MONTHS,)) for part in (score, information))
        quarter, month = np.divmod(np.arange(QUARTERS * MONTHS), MONTHS)
        quarters = Shifts.estimated(u, v, quarter, QUARTERS)
        left = u - v * quarters.values[quarter]
        return cls(quarters, Shifts.estimated(left, v, month, MONTHS))

    @classmethod
    def none(cls) -> Season:
        """All weeks alike."""
        return cls(Shifts.none(QUARTERS), Shifts.none(MONTHS))

    def at(self, code: Ints) -> Floats:
        """The shift in each of the seasons."""
        return np.asarray(np.add.outer(self.quarters.values, self.months.values).ravel()[code])

    def errors(self, rng: np.random.Generator, number: int, code: Ints) -> Floats:
        """By how much estimates like this one would miss this season; [len(code), number]."""
        quarters, months = (shifts.errors(rng, number) for shifts in (self.quarters, self.months))
        return np.asarray(quarters[code // MONTHS] + months[code % MONTHS])


def shrunk(estimates: Floats, variances: Floats) -> Floats:
    """Estimates about their mean, shrunk to none by the share of their scatter that is noise; [..., levels].

    An empirical Bayes estimate (Efron & Morris 1975): a company without seasons keeps almost none. A level without
    data has an infinite variance and no shift.
    """
    weights = 1 / variances
    total = weights.sum(-1, keepdims=True)
    mean = (weights * estimates).sum(-1, keepdims=True) / np.where(total > 0, total, 1.0)
    centred = np.where(weights > 0, estimates - mean, 0.0)
    scatter = (weights * centred**2).sum(-1, keepdims=True)
    freedom = np.maximum(np.count_nonzero(weights, axis=-1, keepdims=True) - 1, 1)
    return np.asarray(np.maximum(0.0, 1 - freedom / np.where(scatter > 0, scatter, np.inf)) * centred)
