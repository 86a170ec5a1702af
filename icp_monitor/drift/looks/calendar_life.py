"""Life tables of a stretch of weeks: what became in those weeks of all deals that were open, whenever created."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.lives import BothTables, Lives
from icp_monitor.drift.strata import MIN_RESOLVED, REST, WHOLE
from icp_monitor.drift.weekly import WeeklyTables
from icp_monitor.metrics.buckets import WEEK
from icp_monitor.metrics.life_table import LOST, Floats, LifeTable

WON = ("won",)
KINDS = {COMPANY: ("segment",)}
SCORE_KIND = ("score",)


@dataclass(frozen=True, eq=False)
class Weeks:
    """Deals of one kind, with the life tables of the baseline's weeks and of the current ones."""

    name: str
    tables: BothTables


def life_table_of(deals: pd.DataFrame, weeks: range, horizon_weeks: int) -> LifeTable:
    """How many of ``deals`` (cells of `WeeklyTables`) were open at each age, in weeks, within ``weeks``, and what came.

    A calendar life table, as a census makes it: a deal counts at each age that it reached in those weeks, so that it
    says how deals fare now without waiting for any cohort. Deals enter at the age that they had and leave with the
    last week; nobody is lost from sight within an age.
    """
    created, resolved = deals["created"].to_numpy(np.int64), deals["resolved"].to_numpy(np.int64)
    n = deals["n"].to_numpy(np.float64)
    youngest = np.maximum(weeks.start - created, 0)
    oldest = np.minimum(np.minimum(resolved, weeks.stop - 1) - created, horizon_weeks)
    seen = (youngest <= oldest) & (created < weeks.stop) & (resolved >= weeks.start)
    size = horizon_weeks + 1
    entries = np.bincount(youngest[seen], weights=n[seen], minlength=size + 1)
    exits = np.bincount(oldest[seen] + 1, weights=n[seen], minlength=size + 1)
    at_risk = np.cumsum(entries - exits)[:size]

    def ended(outcomes: Sequence[str]) -> Floats:
        age = resolved - created
        within = seen & (resolved < weeks.stop) & (age <= horizon_weeks)
        chosen = within & deals["outcome"].isin(outcomes).to_numpy()
        return np.bincount(age[chosen], weights=n[chosen], minlength=size).astype(np.float64)

    edges = np.arange(size + 1, dtype=np.float64) * WEEK
    return LifeTable(edges, at_risk, ended(WON), ended(LOST), np.zeros(size))


def lives_of_weeks(tables: WeeklyTables, segment: str, weeks: range, horizon_days: int) -> Lives:
    """Life tables of the baseline and of ``weeks``: of a segment by score, of the company by segment.

    The horizon is taken in whole weeks. Kinds with fewer than 25 deals resolved in either stretch are put together.
    """
    horizon = horizon_days // WEEK
    deals = tables.deals if segment == COMPANY else tables.deals[tables.deals["segment"] == segment]
    stretches = range(tables.baseline_weeks), weeks
    whole = _both(deals, stretches, horizon)
    kinds = deals["segment"] if segment == COMPANY else _score_kinds(deals["band"])
    strata = [Weeks(str(name), _both(part, stretches, horizon)) for name, part in deals.groupby(kinds, sort=True)]
    thin = [item for item in strata if min(table.resolved.sum() for table in item.tables) < MIN_RESOLVED]
    if thin:
        rest = deals[kinds.isin([item.name for item in thin])]
        kept = [item for item in strata if item not in thin]
        strata = [*kept, Weeks(REST if kept else WHOLE, _both(rest, stretches, horizon))]
    followed = all(table.reaches_horizon or table.n == 0 for item in strata for table in item.tables)
    return Lives(
        whole,
        strata if followed else [Weeks(WHOLE, whole)],
        KINDS.get(segment, SCORE_KIND),
        horizon * WEEK,
    )


def _both(deals: pd.DataFrame, stretches: tuple[range, range], horizon: int) -> BothTables:
    before, after = (life_table_of(deals, weeks, horizon) for weeks in stretches)
    return before, after


def _score_kinds(band: pd.Series[int]) -> pd.Series[str]:
    """Scores in quarters of the scale."""
    names = np.array(["not scored", "score below 25", "score 25 to 50", "score 50 to 75", "score 75 and more"])
    quarters = np.minimum(band.to_numpy(np.int64) // 5, 3)
    return pd.Series(names[quarters + 1], index=band.index)
