"""The recipe of a synthetic company: the same recipe always grows the same company."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from icp_monitor.errors import ConfigError
from icp_monitor.periods import Window
from icp_monitor.synthetic.changes import Disturbance, Drift, Season
from icp_monitor.synthetic.climate import DAYS_A_QUARTER, Climate, steady
from icp_monitor.synthetic.profiles import SEGMENTS, SegmentProfile

HISTORY = Window(date(2023, 2, 1), date(2026, 2, 1))


@dataclass(frozen=True)
class World:
    """A company's size, history and habits, what changes in it and what only disturbs it.

    ``scale`` multiplies every segment's opportunities. ``repeat_share`` of the opportunities go to an account that has
    had one; when every account has had one, they come round again. ``account_spread`` is the standard deviation of an
    account's own leaning to buy, in logits: above 0, deals of one account resemble each other.
    ``score_slope`` is how many logits of winning a point of true fit (of 100) is worth. The pipeline is empty at the
    start, so that closings take about two cycles to reach their level.

    >>> World(accounts=3)
    Traceback (most recent call last):
    icp_monitor.errors.ConfigError: accounts is 3, but each of the 7 segments needs one
    """

    seed: int = 0
    accounts: int = 5_000
    history: Window = HISTORY
    scale: float = 1.0
    drifts: tuple[Drift, ...] = ()
    disturbances: tuple[Disturbance, ...] = ()
    repeat_share: float = 0.2
    account_spread: float = 0.0
    score_slope: float = 0.045
    first_month: int = 2
    segments: tuple[SegmentProfile, ...] = SEGMENTS

    def __post_init__(self) -> None:
        problems = tuple(self._problems())
        if problems:
            raise ConfigError(*problems)

    @classmethod
    def of_size(cls, accounts: int, deals_per_account: float = 5.0, seed: int = 0) -> World:
        """A world with so many accounts and so many opportunities an account, over the default history."""
        one = cls(seed=seed)
        return cls(seed=seed, accounts=accounts, scale=accounts * deals_per_account / one.expected_deals)

    @property
    def expected_deals(self) -> float:
        """How many opportunities the history holds on average when nothing changes."""
        quarters = self.history.days / DAYS_A_QUARTER
        return self.scale * quarters * sum(segment.deals for segment in self.segments)

    def rng(self, stream: str) -> np.random.Generator:
        """The random numbers for one purpose; no other stream can disturb them."""
        return np.random.default_rng([self.seed, *stream.encode()])

    def steady_climate(self) -> Climate:
        """The conditions if nothing changed."""
        return steady(self.segments, self.history, self.first_month, self.scale, self.score_slope)

    def climate(self) -> Climate:
        """The conditions with every change in force."""
        climate = self.steady_climate()
        for change in (*self.drifts, *self.disturbances):
            change.apply(climate)
        np.clip(climate.win_rate, 0.01, 0.99, out=climate.win_rate)
        return climate

    def _problems(self) -> Iterator[str]:
        names = [segment.id for segment in self.segments]
        if self.accounts < len(names):
            yield f"accounts is {self.accounts}, but each of the {len(names)} segments needs one"
        if self.scale <= 0:
            yield f"scale is {self.scale}, but must be above 0"
        if not 0 <= self.repeat_share <= 1:
            yield f"repeat_share is {self.repeat_share}, but must lie between 0 and 1"
        for change in (*self.drifts, *self.disturbances):
            segment = getattr(change, "segment", None)
            if segment is not None and segment not in names:
                yield f"{change} names the segment {segment!r}. Cure: one of {', '.join(names)}"
            if not isinstance(change, Season) and change.on not in self.history:
                yield f"{change} falls outside the history {self.history.start} to {self.history.end}"
