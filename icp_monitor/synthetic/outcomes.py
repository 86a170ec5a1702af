"""How likely each deal is to be won, so that every segment wins as often as its climate says."""

from __future__ import annotations

import numpy as np

from icp_monitor.synthetic.accounts import AccountBook
from icp_monitor.synthetic.climate import Climate
from icp_monitor.synthetic.columns import Floats, Ints

CYCLE_SHAPE = 3
_LEVELS = (np.arange(200) + 0.5) / 200
_INTERCEPTS = np.linspace(-8, 8, 161)
# Gauss-Laguerre quadrature over the gamma distribution of ages: of shape 3 and mean 1.
_NODES, _WEIGHTS = np.polynomial.laguerre.laggauss(12)
_AGES, _AGE_WEIGHTS = _NODES / CYCLE_SHAPE, _WEIGHTS * _NODES ** (CYCLE_SHAPE - 1) / 2


def win_probabilities(book: AccountBook, climate: Climate, account: Ints, age: Floats, decided: Ints) -> Floats:
    """The chance that each deal is won, given its account, its ``age`` in mean cycles and the day it is decided.

    The logit is linear in fit, in age and in the account's leaning; its intercept is set for each segment such that
    the mean over accounts and ages is the climate's win rate.
    """
    intercept = _intercepts(book, climate)[book.segment[account], decided]
    leaning = climate.slope[decided] * book.fit[account] + book.leaning[account]
    return _logistic(intercept + leaning - climate.decay[decided] * (age - 1))


def _intercepts(book: AccountBook, climate: Climate) -> Floats:
    """The intercept by segment and day."""
    result = np.empty_like(climate.win_rate)
    regimes, regime_of_day = np.unique(np.stack([climate.slope, climate.decay]), axis=1, return_inverse=True)
    for row in range(len(climate.segments)):
        members = book.segment == row
        for regime, (slope, decay) in enumerate(regimes.T):
            days = regime_of_day == regime
            leaning = slope * book.fit[members] + book.leaning[members]
            centre = leaning.mean()
            rates = _mean_rates(np.quantile(leaning - centre, _LEVELS), decay)
            result[row, days] = np.interp(climate.win_rate[row, days], rates, _INTERCEPTS) - centre
    return result


def _mean_rates(leaning: Floats, decay: float) -> Floats:
    """The mean win rate over accounts and ages at each trial intercept."""
    logit = leaning[:, None] - decay * (_AGES - 1)
    return np.array([(_logistic(logit + trial) @ _AGE_WEIGHTS).mean() for trial in _INTERCEPTS])


def _logistic(logit: Floats) -> Floats:
    return np.asarray(1 / (1 + np.exp(-logit)))
