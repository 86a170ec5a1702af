"""The thresholds that keep the alarm budget of one company, from replays of its own baseline."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from hashlib import sha256
from typing import Any

import numpy as np

from icp_monitor.drift.sequential.bets import CHANNELS
from icp_monitor.drift.sequential.channels import path_of, watched
from icp_monitor.drift.sequential.histories import History, history_of
from icp_monitor.drift.sequential.replays import Replays
from icp_monitor.drift.sequential.thresholds import GRID, WEEKS_A_YEAR, alarm_counts, threshold_for
from icp_monitor.drift.weekly import WeeklyTables

LOOKS, BATCH = 104, 100


@dataclass(frozen=True)
class Calibration:
    """Log-evidence thresholds by channel; together the channels raise ``budget_per_year`` false alarms a year.

    It belongs to one baseline, and is the same for the same baseline, budget and number of replays.
    """

    budget_per_year: float
    thresholds: Mapping[str, float]
    replays: int
    seed: int
    won_amounts_only: bool

    def as_json(self) -> dict[str, Any]:
        """The calibration as plain JSON values."""
        return {**asdict(self), "thresholds": dict(self.thresholds)}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Calibration:
        """The calibration that ``as_json`` wrote."""
        return cls(**data)


def calibrate(
    tables: WeeklyTables, budget_per_year: float, *, replays: int = 2000, won_amounts_only: bool = False
) -> Calibration:
    """The thresholds that keep a budget of false alarms a year over all units, by replaying the baseline."""
    history = history_of(tables, won_amounts_only=won_amounts_only)
    seed = seed_of(history)
    counts = replayed_alarms(history, replays, seed)
    thresholds = thresholds_within(budget_per_year, counts, replays)
    return Calibration(budget_per_year, thresholds, replays, seed, won_amounts_only)


def replayed_alarms(history: History, replays: int, seed: int) -> dict[str, Any]:
    """For each channel and its share of the budget, how many alarms the replays raise at each threshold of the grid."""
    rng = np.random.default_rng(seed)
    counts: dict[str, Any] = {}
    for done in range(0, replays, BATCH):
        streams = Replays(rng, LOOKS, min(BATCH, replays - done)).streams(history)
        for channel in watched(streams):
            found = alarm_counts(path_of(channel, streams[channel.metric]).log_evidence)
            counts[channel.name] = counts.get(channel.name, np.zeros(len(GRID))) + found
    return counts


def thresholds_within(budget_per_year: float, counts: dict[str, Any], replays: int) -> dict[str, float]:
    """Each channel's threshold at its share of the budget; the shares of absent channels go to the others."""
    shares = {channel.name: channel.share for channel in CHANNELS if channel.name in counts}
    years = replays * LOOKS / WEEKS_A_YEAR
    return {
        name: threshold_for(counts[name], years, budget_per_year * share / sum(shares.values()))
        for name, share in shares.items()
    }


def seed_of(history: History) -> int:
    """A seed that the baseline alone determines."""
    first = history.outcomes.in_baseline.deals
    digest = sha256()
    order = np.lexsort((first.won, first.created, first.resolved, first.segment))
    for part in (first.segment, first.resolved, first.created, first.won, first.n):
        digest.update(part[order].tobytes())
    return int.from_bytes(digest.digest()[:6], "big")
