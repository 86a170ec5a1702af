"""The deals of any stretch of weeks by what they are, in the forms in which cohorts and mixes are compared."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.cohort import CELL_SUMS, Cohort
from icp_monitor.drift.looks.running import Running, running
from icp_monitor.drift.weekly import WeeklyTables
from icp_monitor.metrics.buckets import WEEK
from icp_monitor.periods import Window

SEGMENT = "segment"
CELLS = (SEGMENT, "outcome", "age")
VALUES = ("attribute", "value")
SCORES = (SEGMENT, "band")


@dataclass(frozen=True, eq=False)
class Deals:
    """Deals decided by segment, outcome and age, by score and by attribute; and created, by attribute and segment."""

    tables: WeeklyTables
    horizon_days: int
    cells: Running
    scores: Running
    values: Running
    created: Running
    created_in_segments: Running
    _decided: dict[tuple[str, range], Cohort] = field(default_factory=dict)

    def decided_in(self, segment: str, weeks: range) -> Cohort:
        """Those decided in ``weeks``, whenever created: as complete as any will be, so that none is too young."""
        if (segment, weeks) not in self._decided:
            self._decided[segment, weeks] = self._cohort(segment, weeks)
        return self._decided[segment, weeks]

    def created_by(self, attribute: str | None, weeks: range) -> dict[str, int]:
        """Those created in ``weeks`` by value of an attribute; by segment without one."""
        if attribute is None:
            rows, named = self.created_in_segments.between(weeks), SEGMENT
        else:
            created, named = self.created.between(weeks), "value"
            rows = created[created["attribute"] == attribute]
        return dict(zip(rows[named], rows["n"].tolist(), strict=True))

    def _cohort(self, segment: str, weeks: range) -> Cohort:
        end = self.tables.first_day(weeks.stop)
        return Cohort(
            window=Window(self.tables.first_day(weeks.start), end),
            as_of=end,
            observed_until=end,
            horizon_days=self.horizon_days,
            cells=self.cells.between(weeks, segment),
            attributes=self._values(weeks),
            maturity=1.0,
            scores=self.scores.between(weeks, segment),
        )

    def _values(self, weeks: range) -> pd.DataFrame:
        """Values aren't told apart by segment."""
        known = self._decided.get((COMPANY, weeks))
        return known.attributes if known else self.values.between(weeks)


def deals_of(tables: WeeklyTables, horizon_days: int) -> Deals:
    """A company's deals, counted once."""
    deals = tables.deals.astype({SEGMENT: "category", "outcome": "category"})  # which are grouped as numbers
    weeks = tables.weeks
    aged = deals[(deals["resolved"] >= 0) & (deals["resolved"] < weeks)]
    age = (aged["resolved"] - aged["created"]) * WEEK
    won = aged["n"].where(aged["outcome"] == "won", 0)
    aged = aged.assign(age=np.where(age <= horizon_days, age, horizon_days + 1), won=won, lost=aged["n"] - won)
    cells = running(aged, "resolved", CELLS, ["n"], weeks)
    nothing = dict.fromkeys(("tier", "channel"), "") | dict.fromkeys(CELL_SUMS[1:], 0)
    return Deals(
        tables=tables,
        horizon_days=horizon_days,
        cells=replace(cells, keys=cells.keys.assign(**nothing)),
        scores=running(aged, "resolved", SCORES, ["n", "won", "lost"], weeks),
        values=running(tables.resolved_values, "resolved", VALUES, ["n", "n_won"], weeks),
        created=running(tables.created_values, "created", VALUES, ["n"], weeks),
        created_in_segments=running(deals, "created", [SEGMENT], ["n"], weeks),
    )
