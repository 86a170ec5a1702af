"""How much money a segment wins a day, and which of its four factors moved it."""

from __future__ import annotations

import math
from dataclasses import dataclass


@dataclass(frozen=True)
class Velocity:
    """Deals entered in a window, their win rate, mean contract value (currency units) and cycle (days).

    >>> round(Velocity(deals=100, win_rate=0.25, acv=50_000, cycle=60).a_day, 2)
    20833.33
    """

    deals: float
    win_rate: float
    acv: float
    cycle: float

    @property
    def a_day(self) -> float:
        """Deals x win rate x contract value / cycle, in currency units a day."""
        return self.deals * self.win_rate * self.acv / self.cycle


def log_change(before: Velocity, now: Velocity) -> dict[str, float] | None:
    """The change of ln velocity, split into that of its factors; they sum to it. None where a factor is 0.

    >>> parts = log_change(Velocity(100, 0.25, 50_000, 60), Velocity(100, 0.20, 50_000, 60))
    >>> {name: round(part, 4) for name, part in parts.items()}
    {'deals': 0.0, 'win_rate': -0.2231, 'acv': 0.0, 'cycle': -0.0}
    """
    if min(before.a_day, now.a_day) <= 0:
        return None
    return {
        "deals": math.log(now.deals / before.deals),
        "win_rate": math.log(now.win_rate / before.win_rate),
        "acv": math.log(now.acv / before.acv),
        "cycle": -math.log(now.cycle / before.cycle),
    }
