"""Life tables of any stretch of weeks, from running counts that are made once: what became of all deals then open."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icp_monitor.drift.combinations import counted
from icp_monitor.drift.sequential.deals import deals_of
from icp_monitor.drift.weekly import WeeklyTables
from icp_monitor.metrics.buckets import WEEK
from icp_monitor.metrics.life_table import Floats, LifeTable

SCORE_KINDS = ("not scored", "score below 25", "score 25 to 50", "score 50 to 75", "score 75 and more")
BANDS_A_KIND = 5


@dataclass(frozen=True, eq=False)
class Census:
    """Deals that were open at each age in whole weeks, and those won and lost at it, added up from week 0 on.

    Arrays are shaped [segments, score kinds, weeks + 1, ages]. A calendar life table, as a census makes it, counts a
    deal at each age that it reached within the weeks looked at, whenever it was created: it says how deals fare now
    without waiting for any cohort.
    """

    segments: tuple[str, ...]
    at_risk: Floats
    won: Floats
    lost: Floats

    def life_table(self, weeks: range, segment: str | None = None, kind: int | None = None) -> LifeTable:
        """The life table of ``weeks``: of all deals, or of one segment or kind of score."""
        place = slice(None) if segment is None else [self.segments.index(segment)]
        of_kind = slice(None) if kind is None else [kind]

        def counted(running: Floats) -> Floats:
            chosen = running[place][:, of_kind]
            return np.asarray((chosen[:, :, weeks.stop] - chosen[:, :, weeks.start]).sum((0, 1)))

        at_risk = counted(self.at_risk)
        edges = np.arange(len(at_risk) + 1, dtype=np.float64) * WEEK
        return LifeTable(edges, at_risk, counted(self.won), counted(self.lost), np.zeros_like(at_risk))


def census_of(tables: WeeklyTables, horizon_days: int) -> Census:
    """The census of a company's deals up to the horizon, which is taken in whole weeks."""
    ages = horizon_days // WEEK + 1
    deals = deals_of(tables)
    deals = deals.where(deals.created >= -ages)
    kind = np.minimum(deals.band // BANDS_A_KIND, len(SCORE_KINDS) - 2) + 1
    shape = len(tables.segments), len(SCORE_KINDS), tables.weeks + ages, ages
    cohort = np.ravel_multi_index((deals.segment, kind, deals.created + ages), shape[:-1])
    ended = (deals.age < ages) & (deals.resolved < tables.weeks)
    cell, n, is_won = cohort[ended] * ages + deals.age[ended], deals.n[ended], deals.won[ended]
    won, lost = counted(cell, n * is_won, shape), counted(cell, n * (1 - is_won), shape)
    gone = np.cumsum(won + lost, axis=-1) - won - lost
    at_risk = counted(cohort, deals.n, shape[:-1])[..., None] - gone
    return Census(tables.segments, *(_running(part, tables.weeks) for part in (at_risk, won, lost)))


def _running(by_cohort: Floats, weeks: int) -> Floats:
    """From counts by cohort and age to sums over the weeks in which the deals had that age."""
    ages = by_cohort.shape[-1]
    week, age = np.arange(weeks)[:, None], np.arange(ages)
    by_week = by_cohort[:, :, week - age + ages, age]
    running = np.zeros((*by_week.shape[:2], weeks + 1, ages))
    np.cumsum(by_week, axis=2, out=running[:, :, 1:])
    return running
