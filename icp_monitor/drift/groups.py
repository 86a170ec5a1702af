"""Deals of like strata cut into groups of like ages, so that two cohorts are compared at equal age."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from icp_monitor.drift.lives import Alike
from icp_monitor.metrics.incidence import won_density
from icp_monitor.metrics.life_table import Floats, LifeTable

MIN_RESOLVED = 5


@dataclass(frozen=True, eq=False)
class Side:
    """One cohort's part of a stratum, by group of ages.

    ``resolved`` and ``won`` count deals; ``density`` is the share of the stratum's deals resolved in each group, and
    ``won_density`` the share won there, both read off the incidence curve, so that censoring is allowed for.
    """

    size: int
    resolved: Floats
    won: Floats
    density: Floats
    won_density: Floats


@dataclass(frozen=True, eq=False)
class Groups:
    """A stratum of both cohorts, cut into the same groups of ages."""

    name: str
    baseline: Side
    current: Side


def groups_of(stratum: Alike) -> Groups:
    """The stratum by groups of ages: the narrowest in which both cohorts have at least 5 resolved deals.

    Ages after the last full group join it; a stratum too thin for one full group is one group. The cuts depend on how
    many deals were resolved, never on how many were won, so that they can't favour a finding.
    """
    baseline, current = stratum.tables
    starts = _starts(baseline.resolved, current.resolved)
    return Groups(stratum.name, _side(baseline, starts), _side(current, starts))


def _starts(first: Floats, second: Floats) -> NDArray[np.int64]:
    starts, start = [], 0
    for end in range(1, len(first) + 1):
        if min(first[start:end].sum(), second[start:end].sum()) >= MIN_RESOLVED:
            starts.append(start)
            start = end
    return np.array(starts or [0])


def _side(table: LifeTable, starts: NDArray[np.int64]) -> Side:
    def grouped(values: Floats) -> Floats:
        return np.add.reduceat(values, starts)

    return Side(
        size=table.n,
        resolved=grouped(table.resolved),
        won=grouped(table.won),
        density=grouped(table.open_before * table.hazard),
        won_density=grouped(won_density(table)),
    )
