"""How often a company's own monitor cries wolf: replays in which nothing has changed, judged by its thresholds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from icp_monitor.drift.sequential.calibration import BATCH, LOOKS, Calibration
from icp_monitor.drift.sequential.channels import path_of, watched
from icp_monitor.drift.sequential.episodes import alarms, begins
from icp_monitor.drift.sequential.histories import history_of
from icp_monitor.drift.sequential.replays import Replays
from icp_monitor.drift.sequential.thresholds import WEEKS_A_YEAR
from icp_monitor.drift.weekly import WeeklyTables
from icp_monitor.metrics.intervals import Interval


@dataclass(frozen=True)
class FalseAlarms:
    """False alarms a year over all units, with their interval, by channel too, beside the budget."""

    budget_per_year: float
    rate: Interval
    by_channel: Mapping[str, float]
    years: float


def false_alarms(tables: WeeklyTables, calibration: Calibration, *, replays: int, level: float) -> FalseAlarms:
    """An A/A test: the alarms that the thresholds raise in ``replays`` of the baseline on which they were not set.

    The interval is Garwood's (1936) for a Poisson count.
    """
    history = history_of(tables, won_amounts_only=calibration.won_amounts_only)
    chance = np.random.default_rng([calibration.seed, 1])
    counts: dict[str, int] = {}
    for done in range(0, replays, BATCH):
        streams = Replays(chance, LOOKS, min(BATCH, replays - done)).streams(history)
        for channel in watched(streams):
            path = path_of(channel, streams[channel.metric]).log_evidence
            raised = int(begins(alarms(path, calibration.thresholds[channel.name])).sum())
            counts[channel.name] = counts.get(channel.name, 0) + raised
    years = replays * LOOKS / WEEKS_A_YEAR
    total, tail = sum(counts.values()), (1 - level) / 2
    low = stats.gamma.ppf(tail, total) if total else 0.0
    rate = Interval(total / years, float(low) / years, float(stats.gamma.ppf(1 - tail, total + 1)) / years)
    return FalseAlarms(calibration.budget_per_year, rate, {name: n / years for name, n in counts.items()}, years)
