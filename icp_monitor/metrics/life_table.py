"""At each age: how many deals were still open and watched, and how many were won, lost or lost from sight."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, TypeAlias

import numpy as np
from numpy.typing import NDArray

from icp_monitor.metrics.buckets import age_edges

if TYPE_CHECKING:
    import pandas as pd

LOST = ("lost", "no_decision")
Floats: TypeAlias = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class LifeTable:
    """A cause-specific life table up to the horizon; every array has one entry for each age bin.

    ``edges`` has one more: bin ``i`` holds the ages from ``edges[i]`` up to, and without, ``edges[i + 1]``.
    A deal last seen open inside a bin counts as at risk in that bin.
    """

    edges: Floats
    at_risk: Floats
    won: Floats
    lost: Floats
    censored: Floats

    @property
    def n(self) -> int:
        """Deals created."""
        return int(self.at_risk[0])

    @property
    def known(self) -> int:
        """Deals whose state at the horizon is known."""
        return int(self.at_risk[0] - self.censored.sum())

    @property
    def resolved(self) -> Floats:
        """Deals won or lost in each bin."""
        return self.won + self.lost

    @property
    def widths(self) -> Floats:
        """Days in each bin."""
        return self.edges[1:] - self.edges[:-1]

    @cached_property
    def hazard(self) -> Floats:
        """The share of the open deals that is resolved in each bin; 0 where none is left."""
        return self.resolved / np.maximum(self.at_risk, 1)

    @cached_property
    def open_after(self) -> Floats:
        """Kaplan-Meier: the share of deals still open at the end of each bin."""
        return (1 - self.hazard).cumprod()

    @cached_property
    def open_before(self) -> Floats:
        """The share of deals still open at the start of each bin."""
        return np.concatenate(([1.0], self.open_after[:-1]))

    @cached_property
    def reaches_horizon(self) -> bool:
        """Whether some deal was watched up to the horizon, or all were resolved before; without it nothing is known."""
        return self.n > 0 and bool(self.at_risk[-1] > 0 or self.open_after[-1] == 0)


def life_table(cells: pd.DataFrame, horizon_days: int) -> LifeTable:
    """The life table of a cohort's cells. What happened beyond the horizon is not looked at: those deals are open."""
    edges = np.array(age_edges(horizon_days), dtype=np.float64)
    bins = np.searchsorted(edges, cells["age"].to_numpy())
    outcome, n = cells["outcome"].to_numpy(object), cells["n"].to_numpy(np.float64)

    def counted(*outcomes: str) -> Floats:
        weights = np.where(np.isin(outcome, outcomes), n, 0.0)
        return np.bincount(bins, weights=weights, minlength=len(edges)).astype(np.float64)

    won, lost, open_ = counted("won"), counted(*LOST), counted("open")
    at_risk = (won + lost + open_)[::-1].cumsum()[::-1]
    return LifeTable(edges, at_risk[:-1], won[:-1], lost[:-1], open_[:-1])
