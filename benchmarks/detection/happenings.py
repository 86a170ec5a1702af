"""What happens to a company's deals: changes that should be found, and shams that should not."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from benchmarks.detection.world import CHANGED, ONSET, SCORE_MEAN, SCORE_SD, Company, Deals, Floats

Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class WinRate:
    """Deals resolved after the onset are won less or more often by ``points``, all at once or rising over some weeks."""

    points: float
    over_weeks: float = 0.0
    company_wide: bool = False

    def __call__(self, company: Company, deals: Deals, rng: np.random.Generator) -> None:
        since = deals.resolved - ONSET
        there = np.clip(since / self.over_weeks, 0, 1) if self.over_weeks else 1.0 * (since >= 0)
        shift_win_rate(company, deals, rng, self.points * there * _where(deals, self.company_wide))


def shift_win_rate(company: Company, deals: Deals, rng: np.random.Generator, points: Floats) -> None:
    """Shifts each deal's log-odds as moves its segment's win rate by its points: some wins turn to losses, or back."""
    rate = np.array(company.win_rates)[deals.segment]
    before, shift = expit(deals.odds), company.intercepts(rate + points) - company.intercepts(rate)
    after = expit(deals.odds + shift)
    turned = rng.random(len(rate)) < np.where(deals.won, 1 - after / before, (after - before) / (1 - before))
    deals.won = deals.won ^ turned


@dataclass(frozen=True)
class Amounts:
    """Amounts of deals resolved after the onset are ``factor`` times as large."""

    factor: float

    def __call__(self, company: Company, deals: Deals, rng: np.random.Generator) -> None:
        changed = (deals.resolved >= ONSET) & _where(deals, False)
        deals.log_amount = deals.log_amount + np.log(self.factor) * changed


@dataclass(frozen=True)
class Cycle:
    """Deals that would be resolved after the onset take ``factor`` times as long from their creation."""

    factor: float

    def __call__(self, company: Company, deals: Deals, rng: np.random.Generator) -> None:
        lasted = (deals.resolved - deals.created) * self.factor
        changed = (deals.resolved >= ONSET) & _where(deals, False)
        deals.resolved = np.where(changed, deals.created + lasted, deals.resolved)


@dataclass(frozen=True)
class Pace:
    """From the onset on, the time that a deal has left takes longer or shorter, by its outcome."""

    won: float
    lost: float
    company_wide: bool = False

    def __call__(self, company: Company, deals: Deals, rng: np.random.Generator) -> None:
        begun = np.maximum(deals.created, ONSET)
        left = (deals.resolved - begun) * np.where(deals.won, self.won, self.lost)
        changed = (deals.resolved >= ONSET) & _where(deals, self.company_wide)
        deals.resolved = np.where(changed, begun + left, deals.resolved)


def score_stops_predicting(company: Company, deals: Deals, rng: np.random.Generator) -> None:
    """Deals resolved after the onset have scores that know nothing of their outcome."""
    fresh = np.clip(rng.normal(SCORE_MEAN, SCORE_SD, len(deals.score)), 0, 99.9)
    deals.score = np.where(deals.resolved >= ONSET, fresh, deals.score)


def busy_fourth_quarter(company: Company, deals: Deals, rng: np.random.Generator) -> None:
    """In every fourth quarter 5 points more are won, and amounts are 12 % larger."""
    fourth = np.floor(deals.resolved / 13) % 4 == 3
    shift_win_rate(company, deals, rng, 0.05 * fourth)
    deals.log_amount = deals.log_amount + np.log(1.12) * fourth


def _where(deals: Deals, company_wide: bool) -> Flags:
    return np.full(len(deals.segment), True) if company_wide else deals.segment == CHANGED
