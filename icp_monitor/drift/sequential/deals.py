"""The counted deals as arrays, the form in which the methods add them up."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt
import pandas as pd

from icp_monitor.drift.combinations import counted
from icp_monitor.drift.weekly import OPEN, WeeklyTables
from icp_monitor.metrics.buckets import UNSCORED_BAND
from icp_monitor.metrics.life_table import Floats

Ints = npt.NDArray[np.int64]
Flags = npt.NDArray[np.bool_]
MAX_AGE = 156  # weeks; older deals share one age


@dataclass(frozen=True, eq=False)
class Deals:
    """Counts of deals: number of the segment, weeks of creation and resolution (`OPEN` while open), fate, score's band.

    ``won`` is the share of each count's deals that were won. A resolution after the last known week counts as open.
    """

    segment: Ints
    created: Ints
    resolved: Ints
    won: Floats
    band: Ints
    n: Floats

    @property
    def age(self) -> Ints:
        """Whole weeks from creation to resolution; 0 for a deal entered after the fact."""
        return np.asarray(np.clip(self.resolved - self.created, 0, MAX_AGE))

    @property
    def scored(self) -> Flags:
        """Whether the deals have a score."""
        return np.asarray(self.band != UNSCORED_BAND)

    def where(self, chosen: Flags) -> Deals:
        """Some of the counts."""
        if chosen.all():
            return self
        return Deals(*(getattr(self, part.name)[chosen] for part in fields(self)))


def deals_of(tables: WeeklyTables) -> Deals:
    """The deals of a company's segments; a creation or resolution after the known weeks isn't known yet."""
    return _known(tables.deals, tables)


def customers_of(tables: WeeklyTables) -> Deals | None:
    """The customers of a company in the form of deals, resolved when they leave; None where they aren't known."""
    if tables.customers is None:
        return None
    as_deals = tables.customers.rename(columns={"started": "created", "ended": "resolved"})
    return _known(as_deals.assign(outcome="lost", band=UNSCORED_BAND), tables)


def _known(counts: pd.DataFrame, tables: WeeklyTables) -> Deals:
    resolved = counts["resolved"].to_numpy(np.int64)
    deals = Deals(
        segment=codes(counts["segment"], tables.segments),
        created=counts["created"].to_numpy(np.int64),
        resolved=np.where(resolved >= tables.weeks, OPEN, resolved),
        won=(counts["outcome"] == "won").to_numpy().astype(float),
        band=counts["band"].to_numpy(np.int64),
        n=counts["n"].to_numpy(float),
    )
    return deals.where((deals.created < tables.weeks) & (deals.segment >= 0))


def codes(names: pd.Series[str], known: tuple[str, ...]) -> Ints:
    """The position of each name among the known ones; -1 for others."""
    number, found = pd.factorize(names)
    return np.append(pd.Index(known).get_indexer(pd.Index(found)), -1)[number]


def weekly_sums(values: Floats, week: Ints, unit: Ints, weeks: int, units: int) -> Floats:
    """Sums of values by week and unit, shaped [weeks, units]."""
    return counted(week * units + unit, values, (weeks, units))
