"""The deals that were decided in a stretch of weeks, in the form in which cohorts are compared."""

from __future__ import annotations

import numpy as np
import pandas as pd

from icp_monitor.drift.cohort import CELL_SUMS, Cohort
from icp_monitor.drift.weekly import OPEN, WeeklyTables
from icp_monitor.metrics.buckets import WEEK
from icp_monitor.periods import Window

NOT_COUNTED = {"tier": "", "channel": ""}


def decided_in(tables: WeeklyTables, weeks: range, horizon_days: int) -> Cohort:
    """The deals decided in ``weeks``, whenever created: as complete as any will be, so that none is too young."""
    end = tables.first_day(weeks.stop)
    values = tables.resolved_values
    return Cohort(
        window=Window(tables.first_day(weeks.start), end),
        as_of=end,
        observed_until=end,
        horizon_days=horizon_days,
        cells=_cells(_within(tables.deals, weeks), horizon_days),
        attributes=values[_lies_in(values["resolved"], weeks)][["attribute", "value", "n", "n_won"]],
        maturity=1.0,
        scores=_scores(_within(tables.deals, weeks)),
    )


def created_by(tables: WeeklyTables, attribute: str | None, weeks: range) -> pd.Series[int]:
    """The deals created in ``weeks`` by value of an attribute; by segment without one."""
    rows = tables.deals if attribute is None else tables.created_values
    if attribute is not None:
        rows = rows[rows["attribute"] == attribute]
    chosen = rows[_lies_in(rows["created"], weeks)]
    return chosen.groupby("segment" if attribute is None else "value")["n"].sum()


def _within(deals: pd.DataFrame, weeks: range) -> pd.DataFrame:
    return deals[_lies_in(deals["resolved"], weeks) & (deals["resolved"] != OPEN)]


def _lies_in(week: pd.Series[int], weeks: range) -> pd.Series[bool]:
    return (week >= weeks.start) & (week < weeks.stop)


def _cells(decided: pd.DataFrame, horizon_days: int) -> pd.DataFrame:
    age = (decided["resolved"] - decided["created"]) * WEEK
    within = np.where(age <= horizon_days, age, horizon_days + 1)
    sums = dict.fromkeys(CELL_SUMS[1:], 0)
    return decided[["segment", "outcome", "n"]].assign(age=within, **NOT_COUNTED, **sums)


def _scores(decided: pd.DataFrame) -> pd.DataFrame:
    won = decided["n"].where(decided["outcome"].eq("won"), 0)
    counted = decided[["segment", "band"]].assign(won=won, lost=decided["n"] - won)
    return counted.groupby(["segment", "band"], as_index=False)[["won", "lost"]].sum()
