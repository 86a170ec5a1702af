"""Which deals are like enough to be compared: the strata of a unit, with the thin ones pooled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.life_table import LifeTable, life_table
from icp_monitor.drift.phrases import tier_name

WHOLE = "all"
REST = "the rest"
MIN_RESOLVED = 25


@dataclass(frozen=True, eq=False)
class Stratum:
    """Deals of one kind in both cohorts, as cells."""

    name: str
    baseline: pd.DataFrame
    current: pd.DataFrame
    horizon_days: int

    @cached_property
    def tables(self) -> tuple[LifeTable, LifeTable]:
        """The life tables of baseline and current."""
        return life_table(self.baseline, self.horizon_days), life_table(self.current, self.horizon_days)


def keys_of(segment: str) -> tuple[str, ...]:
    """What makes deals alike: the segment within the company, tier and channel within a segment."""
    return ("segment",) if segment == COMPANY else ("tier", "channel")


def strata_of(baseline: Cohort, current: Cohort, keys: tuple[str, ...]) -> tuple[Stratum, ...]:
    """The strata by ``keys``; those with fewer than 25 deals resolved in either cohort are pooled.

    One stratum holds everything where there are no keys, or where the pooled rest can't be followed to the horizon.
    """
    horizon = baseline.horizon_days
    names = [_names(cohort.cells, keys) for cohort in (baseline, current)]
    resolved = [_resolved(cohort.cells, name, horizon) for cohort, name in zip((baseline, current), names, strict=True)]
    counts = pd.concat(resolved, axis=1).fillna(0).min(axis=1)
    kept = counts.index[counts >= MIN_RESOLVED]
    pooled = [name.where(name.isin(kept), REST) for name in names] if keys else names
    found = tuple(
        Stratum(name, baseline.cells[pooled[0] == name], current.cells[pooled[1] == name], horizon)
        for name in sorted({*pooled[0], *pooled[1]})
    )
    if all(table.reaches_horizon or table.n == 0 for stratum in found for table in stratum.tables):
        return found
    return (Stratum(WHOLE, baseline.cells, current.cells, horizon),)


def equal_mix(sizes: Sequence[tuple[int, int]]) -> list[float]:
    """The weight of each stratum when two cohorts are compared at equal mix: the mean of its shares in the two.

    >>> equal_mix([(50, 10), (50, 30)])
    [0.375, 0.625]
    """
    before, after = (sum(cohort) for cohort in zip(*sizes, strict=True))
    return [(size[0] / before + size[1] / after) / 2 for size in sizes]


def _names(cells: pd.DataFrame, keys: tuple[str, ...]) -> pd.Series[str]:
    if not keys:
        return pd.Series(WHOLE, index=cells.index, dtype=object)
    parts = (cells[key].map(tier_name) if key == "tier" else cells[key] for key in keys)
    names = [", ".join(values) for values in zip(*parts, strict=True)]
    return pd.Series(names, index=cells.index, dtype=object)


def _resolved(cells: pd.DataFrame, names: pd.Series[str], horizon_days: int) -> pd.Series[int]:
    resolved = (cells["outcome"] != "open") & (cells["age"] <= horizon_days)
    return cells["n"].where(resolved, 0).groupby(names).sum()
