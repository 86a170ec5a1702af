"""What a method measured between two cohorts; nothing is judged here."""

from __future__ import annotations

from dataclasses import dataclass

from icp_monitor.drift.verdict import Decomposition, Distances, EffectUnit, Estimate
from icp_monitor.metrics.intervals import Interval


@dataclass(frozen=True)
class Precision:
    """The variance that each cohort adds to the tested change; of its logarithm where ``ratio`` is true."""

    baseline: float
    current: float
    ratio: bool = False


@dataclass(frozen=True)
class Cause:
    """One thing that moved with the unit: what to say about it, and how much of the change it is.

    A ``carrier`` is a place where the change happened (a segment, a value); it explains, but never excuses.
    """

    text: str
    change: float
    carrier: bool = False


@dataclass(frozen=True)
class Comparison:
    """A unit's values in both cohorts, the change and the test of it.

    ``change`` is current against baseline in ``unit``; a change of ``material`` matters. ``tested`` is the part of it
    that the verdict is about, where that is not the whole, and ``tested_at`` says which part that is. What can't be
    known is None. ``one_sided`` units can only drift downwards.
    """

    method: str
    baseline: Estimate
    current: Estimate
    unit: EffectUnit
    material: float
    change: Interval | None = None
    tested: Interval | None = None
    tested_at: str = ""
    p_value: float | None = None
    precision: Precision | None = None
    one_sided: bool = False
    decomposition: Decomposition | None = None
    distances: Distances | None = None
    causes: tuple[Cause, ...] = ()

    @classmethod
    def impossible(cls, method: str, unit: EffectUnit, material: float, n_baseline: int, n_current: int) -> Comparison:
        """The comparison of cohorts that say nothing about the unit."""
        return cls(method, estimate(None, n_baseline), estimate(None, n_current), unit, material)

    @property
    def deciding(self) -> Interval | None:
        """The change that decides."""
        return self.tested or self.change


def estimate(interval: Interval | None, n: int, maturity: float | None = None) -> Estimate:
    """An interval with the deals behind it; unknown where there is none."""
    if interval is None:
        return Estimate(None, None, None, n, maturity)
    return Estimate(interval.value, interval.low, interval.high, n, maturity)
