"""What happens to a company's deals: changes that should be found, and shams that should not."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy.special import expit

from benchmarks.detection.world import CHANGED, ONSET, SCORE_MEAN, SCORE_SD, Company, Deals, Floats, Happening


def win_rate(points: float, *, over_weeks: float = 0.0, company_wide: bool = False) -> Happening:
    """Deals resolved after the onset are won more or less often, at once or rising to ``points`` over some weeks."""

    def happen(company: Company, deals: Deals, rng: np.random.Generator) -> None:
        since = deals.resolved - ONSET
        there = np.clip(since / over_weeks, 0, 1) if over_weeks else np.where(since >= 0, 1.0, 0.0)
        _shift_win_rate(company, deals, rng, points * there * _where(deals, company_wide))

    return happen


def amounts(factor: float) -> Happening:
    """Amounts of deals resolved after the onset are ``factor`` times as large."""

    def happen(_: Company, deals: Deals, _rng: np.random.Generator) -> None:
        deals.log_amount = deals.log_amount + np.log(factor) * _after(deals)

    return happen


def cycle(factor: float) -> Happening:
    """Deals that would be resolved after the onset take ``factor`` times as long from their creation."""

    def happen(_: Company, deals: Deals, _rng: np.random.Generator) -> None:
        later = deals.created + factor * (deals.resolved - deals.created)
        deals.resolved = np.where(_after(deals), later, deals.resolved)

    return happen


def pace(*, won: float, lost: float, company_wide: bool = False) -> Happening:
    """From the onset on, the time that a deal has left takes longer or shorter, by its outcome."""

    def happen(_: Company, deals: Deals, _rng: np.random.Generator) -> None:
        begun = np.maximum(deals.created, ONSET)
        later = begun + np.where(deals.won, won, lost) * (deals.resolved - begun)
        deals.resolved = np.where(_after(deals, company_wide), later, deals.resolved)

    return happen


def score_stops_predicting(_: Company, deals: Deals, rng: np.random.Generator) -> None:
    """Deals resolved after the onset have scores that know nothing of their outcome."""
    fresh = np.clip(rng.normal(SCORE_MEAN, SCORE_SD, len(deals.score)), 0, 99.9)
    deals.score = np.where(deals.resolved >= ONSET, fresh, deals.score)


def busy_fourth_quarter(company: Company, deals: Deals, rng: np.random.Generator) -> None:
    """In every fourth quarter 5 points more are won, and amounts are 12 % larger."""
    fourth = np.floor(deals.resolved / 13) % 4 == 3
    _shift_win_rate(company, deals, rng, 0.05 * fourth)
    deals.log_amount = deals.log_amount + np.log(1.12) * fourth


def _shift_win_rate(company: Company, deals: Deals, rng: np.random.Generator, points: Floats) -> None:
    """Shifts each deal's log-odds as moves its segment's win rate by its points: some wins turn to losses, or back."""
    rate = np.array(company.win_rates)[deals.segment]
    before, shift = expit(deals.odds), company.intercepts(rate + points) - company.intercepts(rate)
    after = expit(deals.odds + shift)
    turned = rng.random(len(rate)) < np.where(deals.won, 1 - after / before, (after - before) / (1 - before))
    deals.won = deals.won ^ turned


def _after(deals: Deals, company_wide: bool = False) -> npt.NDArray[np.bool_]:
    return (deals.resolved >= ONSET) & _where(deals, company_wide)


def _where(deals: Deals, company_wide: bool) -> npt.NDArray[np.bool_]:
    return np.full(len(deals.segment), True) if company_wide else deals.segment == CHANGED
