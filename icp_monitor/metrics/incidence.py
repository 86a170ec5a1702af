"""What share of deals is won by each age, counting those still open for what they may yet become."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icp_monitor.metrics.intervals import Interval, rothman
from icp_monitor.metrics.life_table import Floats, LifeTable


@dataclass(frozen=True, eq=False)
class Incidence:
    """The cumulative incidence of winning at ``age`` (days, upper edges of the age bins), with its variance."""

    age: Floats
    value: Floats
    variance: Floats
    known: int

    def at_horizon(self, level: float) -> Interval:
        """The share won within the horizon, with its interval."""
        return self._interval(len(self.age) - 1, level)

    def band(self, level: float) -> tuple[tuple[float, Interval], ...]:
        """Age and share won by then, with its pointwise interval, for a picture of the curve."""
        return tuple((float(age), self._interval(index, level)) for index, age in enumerate(self.age))

    def _interval(self, index: int, level: float) -> Interval:
        return rothman(float(self.value[index]), float(self.variance[index]), self.known, level)


def incidence_of_winning(table: LifeTable) -> Incidence | None:
    """Aalen-Johansen: F(t) = Σ S(a-) · won(a) / at risk(a) over the bins up to t; losing competes, open is censored.

    Variance by the delta method on the multinomial of each bin: with G(a) = (F(t) - F(a)) / S(a), the chance to win by
    t of a deal open after a, Var F(t) = Σ S(a-)² / at risk(a) · [h_won + (1 - h) G(a)² - G(a-)²]. Without censoring it
    is F(1 - F) / n. None when no deal was watched up to the horizon (Aalen & Johansen 1978; Dinse & Larson 1986).
    """
    if not table.reaches_horizon:
        return None
    value = np.cumsum(won_density(table))
    return Incidence(table.edges[1:], value, _variances(table, value), table.known)


def won_density(table: LifeTable) -> Floats:
    """The share of all deals that is won in each bin."""
    return table.open_before * table.won / np.maximum(table.at_risk, 1)


def _variances(table: LifeTable, value: Floats) -> Floats:
    """For every t in a row, and every a up to it in a column."""
    gain_after = np.tril(_ratio(value[:, None] - value, table.open_after))
    hazard_won = table.won / np.maximum(table.at_risk, 1)
    second_moment = hazard_won + (1 - table.hazard) * gain_after**2
    mean = hazard_won + (1 - table.hazard) * gain_after
    terms = table.open_before**2 * _ratio(second_moment - mean**2, table.at_risk)
    return np.asarray(np.maximum(np.tril(terms).sum(axis=1), 0.0))


def days_to_win(table: LifeTable, share: float) -> float | None:
    """The age by which ``share`` of the wins within the horizon had come: 0.5 is the median cycle of won deals.

    Read off the incidence curve, so that wins still to come from open deals count; straight line within a bin.
    None when there was no win, when no deal was left to be won at the ages of all wins, or when none was watched up to
    the horizon.
    """
    curve = np.concatenate(([0.0], np.cumsum(won_density(table))))
    if not table.reaches_horizon or not curve[-1]:
        return None
    target = share * curve[-1]
    end = int(np.searchsorted(curve, target, side="left"))
    fraction = (target - curve[end - 1]) / (curve[end] - curve[end - 1])
    return float(table.edges[end - 1] + fraction * table.widths[end - 1])


def _ratio(numerator: Floats, denominator: Floats) -> Floats:
    return np.divide(numerator, denominator, out=np.zeros_like(numerator), where=denominator > 0)
