"""What many teams use: a z-test of the last 13 weeks against the baseline in every unit, corrected for their number."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.detection.world import Floats
from icp_monitor.drift.sequential.bets import Metric
from icp_monitor.drift.sequential.channels import Streams
from icp_monitor.drift.sequential.episodes import alarms, begins
from icp_monitor.drift.sequential.evidence import Evidence
from icp_monitor.drift.sequential.thresholds import WEEKS_A_YEAR

QUARTER = 13
METRICS: tuple[Metric, ...] = ("win_rate", "acv", "cycle", "score")
GRID = np.linspace(2.0, 16.0, 281)


def rolling_z(streams: Streams) -> dict[str, Floats]:
    """z² / 2 of each of 24 units, [looks, runs, segments] by channel; on the scale of log-evidence."""
    return {f"{metric}/segment": _rolling(streams[metric][0]) for metric in METRICS}


def common_threshold(paths: Mapping[str, Floats], rate: float) -> float:
    """The one threshold for all units at which they raise alarms at ``rate`` a year; off as the detector's alarms."""
    counts = np.array([sum(begins(alarms(path, threshold)).sum() for path in paths.values()) for threshold in GRID])
    looks, runs, _ = next(iter(paths.values())).shape
    return float(np.interp(-rate, -counts / (looks * runs / WEEKS_A_YEAR), GRID))


def _rolling(evidence: Evidence) -> Floats:
    u, v = (_last_quarter(part) for part in (evidence.u, evidence.v))
    v = np.maximum(v, 1e-9)
    z = (u / v - evidence.u0 / evidence.v0) / np.sqrt(1 / v + 1 / evidence.v0)
    return np.asarray(z**2 / 2)


def _last_quarter(values: Floats) -> Floats:
    sums = np.cumsum(values, axis=0)
    sums[QUARTER:] = sums[QUARTER:] - sums[:-QUARTER].copy()
    return sums
