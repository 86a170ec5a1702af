"""Which reasons for losing became more frequent, where fewer deals are won?"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass

import pandas as pd
from scipy import special

from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.phrases import percent, points
from icp_monitor.metrics.deals import UNKNOWN

SIGNIFICANT = 0.05
MOST = 2


@dataclass(frozen=True)
class Reason:
    """The share of resolved deals lost for a reason, in the baseline and now; ``beyond_chance`` if it differs by more.

    Over all reasons, the one of no reason included, the changes sum to that of the lost share.
    """

    name: str
    baseline: float
    current: float
    beyond_chance: bool

    @property
    def change(self) -> float:
        """Current minus baseline."""
        return self.current - self.baseline


def loss_reasons(baseline: Cohort, current: Cohort) -> tuple[Reason, ...]:
    """The reasons, the most increased first; empty where they are not known, or a cohort has no resolved deal.

    Each is tested by the z test of two shares, at .05 over all reasons (Bonferroni).
    """
    if baseline.reasons is None or current.reasons is None:
        return ()
    sizes = _resolved(baseline), _resolved(current)
    if not all(sizes):
        return ()
    lost = [cohort.groupby("reason")["n"].sum() for cohort in (baseline.reasons, current.reasons)]
    both = pd.concat(lost, axis=1, keys=["before", "after"]).fillna(0).sort_index()
    critical = -float(special.ndtri(SIGNIFICANT / 2 / max(len(both), 1)))
    found = (_reason(str(name), row, sizes, critical) for name, row in both.iterrows())
    return tuple(sorted(found, key=lambda reason: -reason.change))


def _resolved(cohort: Cohort) -> int:
    cells = cohort.cells
    return int(cells.loc[(cells["outcome"] != "open") & (cells["age"] <= cohort.horizon_days), "n"].sum())


def _reason(name: str, row: pd.Series[float], sizes: tuple[int, int], critical: float) -> Reason:
    before, after = row["before"] / sizes[0], row["after"] / sizes[1]
    pooled = (row["before"] + row["after"] + 0.5) / (sum(sizes) + 1)
    error = math.sqrt(pooled * (1 - pooled) * (1 / sizes[0] + 1 / sizes[1])) if pooled < 1 else math.inf
    return Reason(name, float(before), float(after), abs(after - before) > critical * error)


def told(reasons: tuple[Reason, ...]) -> Iterator[str]:
    """At most two reasons that became more frequent beyond chance, and how many of the losses have one at all."""
    known = [reason for reason in reasons if reason.name != UNKNOWN and reason.beyond_chance and reason.change > 0]
    if not known:
        return
    losses = sum(reason.current for reason in reasons)
    fill = 1 - sum(reason.current for reason in reasons if reason.name == UNKNOWN) / losses
    for reason in known[:MOST]:
        yield (
            f"lost for {reason.name}: {percent(reason.current)} of decided deals against {percent(reason.baseline)} "
            f"({points(reason.change)}; {percent(fill)} of losses have a reason)"
        )
