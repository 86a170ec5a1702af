"""How deals fared by age before and now: all of them together, and those that are alike."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol, TypeAlias

from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.strata import strata_of
from icp_monitor.metrics.life_table import LifeTable, life_table

BothTables: TypeAlias = tuple[LifeTable, LifeTable]


class Alike(Protocol):
    """Deals of one kind, with their life tables in the baseline and now."""

    @property
    def name(self) -> str:
        """How the kind is called."""
        ...

    @property
    def tables(self) -> BothTables:
        """The life tables of baseline and current."""
        ...


@dataclass(frozen=True, eq=False)
class Lives:
    """Life tables of the baseline and of now, of all deals and by kind.

    ``kinds`` says in words what makes deals alike; ``maturity`` is the share of the current deals that were watched for
    the whole horizon, None where that is not asked for.
    """

    whole: BothTables
    strata: Sequence[Alike]
    kinds: tuple[str, ...]
    horizon_days: int
    maturity: float | None = None

    @property
    def sizes(self) -> tuple[int, int]:
        """Deals created, in the baseline and now."""
        before, after = self.whole
        return before.n, after.n


def lives_of(baseline: Cohort, current: Cohort, keys: tuple[str, ...]) -> Lives:
    """The lives of two cohorts, with strata by ``keys``."""
    horizon = baseline.horizon_days
    whole = life_table(baseline.cells, horizon), life_table(current.cells, horizon)
    return Lives(whole, strata_of(baseline, current, keys), keys, horizon, current.maturity)
