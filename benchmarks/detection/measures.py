"""What a set of paths comes to at given thresholds: false alarms, found changes, names and dates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.detection.runs import FIRST, Paths
from benchmarks.detection.scenarios import Change
from benchmarks.detection.world import Floats, Ints
from icp_monitor.drift.sequential.episodes import alarms, begins
from icp_monitor.drift.sequential.thresholds import WEEKS_A_YEAR
from icp_monitor.metrics.intervals import wilson

NEVER = 10_000
Z = 1.96


@dataclass(frozen=True)
class Rate:
    """Events over so many years."""

    events: int
    years: float

    @property
    def value(self) -> float:
        """Events a year."""
        return self.events / self.years

    @property
    def half_width(self) -> float:
        """Of a 95 % Poisson interval."""
        return Z * float(np.sqrt(max(self.events, 1))) / self.years


@dataclass(frozen=True)
class Share:
    """Hits among so many runs."""

    hits: int
    runs: int

    @property
    def value(self) -> float:
        """The share of hits."""
        return self.hits / self.runs if self.runs else float("nan")

    @property
    def half_width(self) -> float:
        """Of Wilson's 95 % interval."""
        interval = wilson(self.hits, self.runs, 0.95)
        return (interval.high - interval.low) / 2 if interval else float("nan")


@dataclass(frozen=True)
class Found:
    """How a change was found: in time, after how many weeks at the median, named first, dated how far off."""

    found: Share
    delay: float
    named: Share
    date_error: float


def false_alarms(paths: Paths, thresholds: Mapping[str, float], *, recrossings: bool = False) -> dict[str, Rate]:
    """False alarms a year by channel, all its units together; every re-crossing of the threshold, or every episode."""
    rates = {}
    for name, log_evidence in paths.log_evidence.items():
        above = log_evidence > thresholds[name] if recrossings else alarms(log_evidence, thresholds[name])
        years = log_evidence.shape[1] * len(log_evidence) / WEEKS_A_YEAR
        rates[name] = Rate(int(begins(above).sum()), years)
    return rates


def total(rates: Mapping[str, Rate], without: tuple[str, ...] = ()) -> Rate:
    """The rates of all channels together, without those of some metrics."""
    counted = [rate for name, rate in rates.items() if name.split("/")[0] not in without]
    return Rate(sum(rate.events for rate in counted), counted[0].years)


def found(paths: Paths, thresholds: Mapping[str, float], change: Change) -> Found:
    """How well a change was found by alarms that began after the onset."""
    own = first_alarms(paths.log_evidence[change.channel][..., change.unit], thresholds[change.channel])
    in_time = own < change.weeks
    look = np.where(in_time, own, 0) + FIRST
    runs = np.arange(paths.runs)
    lasted = paths.lag[change.channel][look, runs, change.unit]
    off = np.abs(look + 1 - lasted - FIRST)[in_time]
    named, alarmed = _named_first(paths, thresholds, change)
    return Found(
        found=Share(int(in_time.sum()), paths.runs),
        delay=float(np.median(own + 1)),
        named=Share(int(named.sum()), int(alarmed.sum())),
        date_error=float(np.median(off)) if in_time.any() else float("nan"),
    )


def first_alarms(log_evidence: Floats, threshold: float) -> Ints:
    """Weeks from the onset to the first alarm that began after it, 0 in the onset's own week; [runs]."""
    new = begins(alarms(log_evidence, threshold))[FIRST:]
    return np.where(new.any(0), new.argmax(0), NEVER)


def _named_first(paths: Paths, thresholds: Mapping[str, float], change: Change) -> tuple[Floats, Floats]:
    """Whether the right unit was the first with a new alarm, and whether any unit had one in time.

    Of units in the same week the one furthest above its threshold counts as first.
    """
    when, margin, right = [], [], []
    for name, log_evidence in paths.log_evidence.items():
        for unit in range(log_evidence.shape[-1]):
            first = first_alarms(log_evidence[..., unit], thresholds[name])
            look = np.minimum(first + FIRST, len(log_evidence) - 1)
            when.append(first)
            margin.append(log_evidence[look, np.arange(paths.runs), unit] - thresholds[name])
            right.append((name, unit) == (change.channel, change.unit))
    order = np.lexsort((-np.array(margin), np.array(when)), axis=0)[0]
    alarmed = np.array(when).min(0) < change.weeks
    return np.array(right)[order] & alarmed, alarmed
