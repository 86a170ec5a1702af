"""What can happen to a synthetic company: drifts, which a monitor must find, and disturbances, which must not fool it.

A change acts on what happens from its day on: deals decided, amounts agreed, progress made, opportunities created.
Whatever happened before that day is the same, record for record, as in a world without the change.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Literal

import numpy as np

from icp_monitor.periods import quarter_of
from icp_monitor.synthetic.climate import Climate

COMPANY = "company"


@dataclass(frozen=True)
class Planted:
    """A drift that a monitor should report, in the words of its verdicts.

    ``size`` is in ``unit``: ``points`` is a difference of shares, ``relative`` a ratio minus 1, ``slope`` a difference
    in logits for each point of fit. ``complete_on`` is later than ``changed_on`` when the change is gradual.
    """

    metric: Literal["win_rate", "acv", "cycle", "mix", "score"]
    segment: str
    changed_on: date
    complete_on: date
    size: float
    unit: Literal["points", "relative", "slope"]

    @property
    def direction(self) -> Literal["up", "down"]:
        """Which way the metric went."""
        return "up" if self.size > 0 else "down"


@dataclass(frozen=True)
class WinRateShift:
    """Deals decided from ``on`` are won more often by ``points`` (-0.14 is 14 points less), at once or over weeks.

    The losses that it adds go to a competitor.
    """

    segment: str | None
    points: float
    on: date
    over_weeks: int = 0

    def apply(self, climate: Climate) -> None:
        """Change the conditions."""
        climate.win_rate[climate.rows(self.segment)] += self.points * climate.since(self.on, self.over_weeks)

    def planted(self, _before: Climate) -> Planted:
        """What a monitor should report."""
        complete = self.on + timedelta(weeks=self.over_weeks)
        return Planted("win_rate", self.segment or COMPANY, self.on, complete, self.points, "points")


@dataclass(frozen=True)
class AmountShift:
    """Amounts agreed at closing from ``on`` are ``factor`` times what they would have been."""

    segment: str | None
    factor: float
    on: date

    def apply(self, climate: Climate) -> None:
        """Change the conditions."""
        climate.amount[climate.rows(self.segment)] *= self.factor ** climate.since(self.on)

    def planted(self, _before: Climate) -> Planted:
        """What a monitor should report."""
        return Planted("acv", self.segment or COMPANY, self.on, self.on, self.factor - 1, "relative")


@dataclass(frozen=True)
class CycleShift:
    """From ``on`` every deal needs ``factor`` times as long for the rest of its way, those under way included."""

    segment: str | None
    factor: float
    on: date

    def apply(self, climate: Climate) -> None:
        """Change the conditions."""
        climate.speed[climate.rows(self.segment)] /= self.factor ** climate.since(self.on)

    def planted(self, _before: Climate) -> Planted:
        """What a monitor should report."""
        return Planted("cycle", self.segment or COMPANY, self.on, self.on, self.factor - 1, "relative")


@dataclass(frozen=True)
class MixShift:
    """From ``on`` the segment brings ``factor`` times as many opportunities; the other segments as many as before."""

    segment: str
    factor: float
    on: date

    def apply(self, climate: Climate) -> None:
        """Change the conditions."""
        climate.volume[climate.rows(self.segment)] *= self.factor ** climate.since(self.on)

    def planted(self, before: Climate) -> Planted:
        """What a monitor should report: the change in the segment's share of new opportunities."""
        own = float(before.volume[before.rows(self.segment), 0].sum())
        total = float(before.volume[:, 0].sum())
        share = own * self.factor / (total + own * (self.factor - 1))
        return Planted("mix", self.segment, self.on, self.on, share - own / total, "points")


@dataclass(frozen=True)
class ScoreStopsPredicting:
    """From ``on`` better-fitting accounts win no more often than others; win rates stay as they were."""

    on: date

    def apply(self, climate: Climate) -> None:
        """Change the conditions."""
        climate.slope[climate.since(self.on) > 0] = 0

    def planted(self, before: Climate) -> Planted:
        """What a monitor should report."""
        return Planted("score", COMPANY, self.on, self.on, -float(before.slope[0]), "slope")


@dataclass(frozen=True)
class Surge:
    """For some weeks from ``on`` every segment brings ``factor`` times as many opportunities."""

    factor: float
    on: date
    weeks: int

    def apply(self, climate: Climate) -> None:
        """Change the conditions."""
        inside = climate.since(self.on) - climate.since(self.on + timedelta(weeks=self.weeks))
        climate.volume[:] *= self.factor**inside


@dataclass(frozen=True)
class Season:
    """In one fiscal quarter (1 to 4) of every year deals go differently, for every segment."""

    quarter: int
    points: float
    amount_factor: float

    def apply(self, climate: Climate) -> None:
        """Change the conditions."""
        start = climate.history.start
        days = (start + timedelta(days=day) for day in range(climate.history.days))
        inside = np.array([quarter_of(day, climate.first_month).number == self.quarter for day in days])
        climate.win_rate[:] += self.points * inside
        climate.amount[:] *= self.amount_factor**inside


@dataclass(frozen=True)
class SoonerWins:
    """From ``on`` wins come sooner and losses later, at the same win rates and the same mean cycle.

    At a ``decay`` of 4 wins take about half as long as losses.
    """

    decay: float
    on: date

    def apply(self, climate: Climate) -> None:
        """Change the conditions."""
        climate.decay[climate.since(self.on) > 0] = self.decay


Drift = WinRateShift | AmountShift | CycleShift | MixShift | ScoreStopsPredicting
Disturbance = Surge | Season | SoonerWins
