"""The conditions under which each segment's deals live, day by day: what every drift and disturbance changes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from icp_monitor.periods import Window
from icp_monitor.synthetic.columns import Floats
from icp_monitor.synthetic.profiles import SegmentProfile

DAYS_A_QUARTER = 365.25 / 4
DECAY = 0.4


@dataclass(frozen=True)
class Climate:
    """Conditions by segment (row) and day of history (column); the last two are the same for every segment.

    The fiscal year begins in ``first_month``.
    ``volume``: opportunities created a day. ``win_rate``: share of the deals decided that day that are won.
    ``amount``: factor on the amounts agreed that day. ``speed``: days of progress that a deal makes in the day.
    ``slope``: logits of winning for each point of fit. ``decay``: logits of winning that a deal loses in each mean
    cycle of its age, which makes wins faster than losses.
    """

    history: Window
    first_month: int
    segments: tuple[str, ...]
    volume: Floats
    win_rate: Floats
    amount: Floats
    speed: Floats
    slope: Floats
    decay: Floats

    def rows(self, segment: str | None) -> slice:
        """The rows of one segment, or of the whole company."""
        if segment is None:
            return slice(None)
        row = self.segments.index(segment)
        return slice(row, row + 1)

    def since(self, day: date, weeks: int = 0) -> Floats:
        """How much of a change from ``day`` is in force on each day: 0, then 1, rising over ``weeks`` in between."""
        elapsed = np.arange(self.history.days) - (day - self.history.start).days + 1.0
        return np.clip(elapsed / max(7 * weeks, 1), 0, 1)


def steady(
    profiles: tuple[SegmentProfile, ...], history: Window, first_month: int, scale: float, slope: float
) -> Climate:
    """The climate of a company in which nothing ever changes."""
    shape = len(profiles), history.days

    def every_day(values: list[float]) -> Floats:
        return np.repeat(np.array(values, dtype=np.float64)[:, None], history.days, axis=1)

    return Climate(
        history=history,
        first_month=first_month,
        segments=tuple(profile.id for profile in profiles),
        volume=every_day([profile.deals * scale / DAYS_A_QUARTER for profile in profiles]),
        win_rate=every_day([profile.win_rate for profile in profiles]),
        amount=np.ones(shape),
        speed=np.ones(shape),
        slope=np.full(history.days, slope),
        decay=np.full(history.days, DECAY),
    )
