"""Which threshold makes a channel raise as many false alarms a year as its budget allows."""

from __future__ import annotations

import numpy as np

from icp_monitor.drift.sequential.episodes import alarms, begins
from icp_monitor.metrics.life_table import Floats

GRID = np.arange(4.5, 16.0, 0.25)  # without any data, the sum over 78 starts comes to ln 78 = 4.36
WEEKS_A_YEAR = 365.25 / 7
FEWEST, MOST = 10, 0.3  # alarms, and their share of the largest number, between which the rate is fitted


def alarm_counts(log_evidence: Floats) -> Floats:
    """How many alarms all units raise at each threshold of `GRID`; ``log_evidence`` is [looks, replays, units]."""
    paths = log_evidence.reshape(len(log_evidence), -1)
    peaks = paths.max(0)
    counts = np.zeros(len(GRID))
    for place, threshold in enumerate(GRID):
        paths, peaks = paths[:, peaks > threshold], peaks[peaks > threshold]
        counts[place] = begins(alarms(paths, threshold)).sum()
    return counts


def threshold_for(counts: Floats, years: float, rate: float) -> float:
    """The threshold at which alarms come at ``rate`` a year, given the counts over so many years.

    Far out the rate falls as an exponential of the threshold, so its logarithm is fitted by a line: steadier than a
    quantile of the tail. Units that raise no alarms to speak of get the largest threshold of the grid.
    """
    used = (counts >= FEWEST) & (counts <= MOST * counts.max())
    if used.sum() < 3:
        used = counts > 0
    if used.sum() < 3:
        return float(GRID[-1])
    slope, level = np.polyfit(GRID[used], np.log(counts[used] / years), 1, w=np.sqrt(counts[used]))
    if slope >= 0:
        return float(GRID[-1])
    return float(max((np.log(rate) - level) / slope, GRID[0]))
