"""Do better tiers win more because they fit, or because more is done for them?"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pandas as pd

from icp_monitor.metrics.intervals import Interval, katz, normal_quantile

WARNING = "the lift is explained by effort: at equal effort the tier wins {} to {} times as often as the others"


@dataclass(frozen=True)
class Lift:
    """How many times as often a tier is won as the other deals, as it is and at equal effort; None where unknown."""

    plain: Interval | None
    at_equal_effort: Interval | None

    @property
    def warning(self) -> str | None:
        """The sentence that says that effort explains the lift; None where it doesn't, or nothing is known."""
        plain, equal = self.plain, self.at_equal_effort
        if plain is None or equal is None or plain.low <= 1 or equal.low > 1:
            return None
        return WARNING.format(f"{equal.low:.2f}", f"{equal.high:.2f}")


def lift_at_equal_effort(counts: pd.DataFrame, tier: str, level: float) -> Lift:
    """Mantel and Haenszel's ratio of win rates over bands of effort (Greenland & Robins 1985).

    ``counts`` has the columns tier, effort (a band of touches, hours or owner's tenure), n and n_won. A company that
    works its favourite tier harder wins it more often even if the tier means nothing; only a random hold-out can
    prove that it means something.
    """
    own = counts["tier"] == tier
    sides = [counts[side].groupby("effort")[["n", "n_won"]].sum() for side in (own, ~own)]
    both = pd.concat(sides, axis=1, join="inner", keys=["own", "rest"])
    n1, w1, n0, w0 = both.to_numpy(np.float64).T
    size = np.maximum(n1 + n0, 1)
    up, down = float((w1 * n0 / size).sum()), float((w0 * n1 / size).sum())
    (own_n, own_won), (rest_n, rest_won) = (side.sum().astype(int).tolist() for side in sides)
    plain = katz(own_won, own_n, rest_won, rest_n, level)
    if up <= 0 or down <= 0:
        return Lift(plain, None)
    variance = float(((n1 * n0 * (w1 + w0) - w1 * w0 * size) / size**2).sum()) / (up * down)
    half = normal_quantile(level) * math.sqrt(variance)
    return Lift(plain, Interval(up / down, up / down * math.exp(-half), up / down * math.exp(half)))
