"""Which deals are like enough to be compared: the strata of a unit, with the thin ones pooled."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.phrases import tier_name
from icp_monitor.metrics.life_table import LifeTable, life_table

WHOLE = "all"
REST = "the rest"
MIN_RESOLVED = 25

Label: TypeAlias = tuple[str, ...]


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

    Thin strata are pooled first with those that differ in the last key only, then with all others that are thin. One
    stratum holds everything where the rest can't be followed to the horizon.
    """
    horizon = baseline.horizon_days
    before, after = _labels((baseline, current), keys)
    found = tuple(
        Stratum(_name(label, keys), baseline.cells[_among(before, label)], current.cells[_among(after, label)], horizon)
        for label in sorted({*before, *after})
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


def _labels(cohorts: Sequence[Cohort], keys: tuple[str, ...]) -> list[list[Label]]:
    """The stratum of every cell: its values of as many leading keys as leave enough deals in both cohorts."""
    labels = [list(zip(*(cohort.cells[key].tolist() for key in keys), strict=True)) for cohort in cohorts]
    resolved = [_resolved(cohort) for cohort in cohorts]
    for depth in range(len(keys) - 1, -1, -1):
        counts = [_totals(*side) for side in zip(labels, resolved, strict=True)]
        thin = {label for label in (*counts[0], *counts[1]) if min(count[label] for count in counts) < MIN_RESOLVED}
        labels = [[label[:depth] if label in thin else label for label in side] for side in labels]
    return labels


def _resolved(cohort: Cohort) -> list[int]:
    cells = cohort.cells
    return cells["n"].where((cells["outcome"] != "open") & (cells["age"] <= cohort.horizon_days), 0).tolist()


def _totals(labels: Sequence[Label], numbers: Sequence[int]) -> Counter[Label]:
    totals: Counter[Label] = Counter()
    for label, number in zip(labels, numbers, strict=True):
        totals[label] += number
    return totals


def _among(labels: Sequence[Label], label: Label) -> NDArray[np.bool_]:
    return np.array([item == label for item in labels], dtype=np.bool_)


def _name(label: Label, keys: tuple[str, ...]) -> str:
    values = [tier_name(value) if key == "tier" else value for key, value in zip(keys, label, strict=False)]
    return ", ".join(values if len(label) == len(keys) else [*values, REST])
