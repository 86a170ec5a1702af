"""The deals that the baseline expects the same of: those of one segment, age and score band."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icp_monitor.drift.combinations import combinations, counted
from icp_monitor.drift.sequential.deals import MAX_AGE, Deals, Flags, Ints
from icp_monitor.metrics.buckets import BAND_POINTS, UNSCORED_BAND
from icp_monitor.metrics.life_table import Floats

BANDS = 100 // BAND_POINTS + 2  # the last is that of 100 points, the first that of deals without a score


@dataclass(frozen=True, eq=False)
class Cells:
    """The combinations of segment, age and band that occur; ``of`` has the number of each count's cell.

    Two million opportunities have a million counts by week, but only tens of thousands of cells: what depends on
    nothing else is worked out once for each.
    """

    segment: Ints
    age: Ints
    band: Ints
    of: Ints

    @property
    def scored(self) -> Flags:
        """Whether the cells' deals have a score."""
        return np.asarray(self.band != UNSCORED_BAND)

    @property
    def score(self) -> Floats:
        """The score in the middle of the band, NaN without one."""
        return np.where(self.scored, (self.band + 0.5) * BAND_POINTS, np.nan)

    def sums(self, values: Floats) -> Floats:
        """The sum of the counts' values in each cell."""
        return counted(self.of, values, (len(self.segment),))


def cells_of(deals: Deals, segments: int) -> Cells:
    """The cells of resolved deals."""
    numbers = deals.segment, deals.age, deals.band - UNSCORED_BAND
    found = combinations(numbers, (segments, MAX_AGE + 1, BANDS))
    segment, age, band = found.numbers
    return Cells(segment, age, band + UNSCORED_BAND, found.of)
