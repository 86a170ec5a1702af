"""The limit of what any detector can do: tests on the same data that know what will happen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import stats

from benchmarks.detection.measures import Share
from benchmarks.detection.runs import FIRST
from benchmarks.detection.world import CHANGED, LOOKS, SCORE_SD, SCORE_SLOPE, Floats
from icp_monitor.drift.sequential.bets import Bet, Metric
from icp_monitor.drift.sequential.channels import Streams
from icp_monitor.drift.sequential.episodes import alarms
from icp_monitor.drift.sequential.evidence import Evidence
from icp_monitor.drift.sequential.shiryaev_roberts import segment_paths
from icp_monitor.drift.sequential.thresholds import WEEKS_A_YEAR, alarm_counts, threshold_for

SIZE = 0.8  # the log-odds that −12 points of a win rate of 28 % are, at equal score


@dataclass(frozen=True)
class OracleRates:
    """The share found by a fixed test that knows the onset, and by a Shiryaev-Roberts sum that knows size and shape."""

    knows_onset: Share
    knows_size: Share


@dataclass(frozen=True)
class Oracle:
    """Knows the metric, the unit and the direction of a change; ``unit`` None is all segments together."""

    metric: Metric
    unit: int | None
    bet: Bet

    def counts(self, replays: Streams) -> Floats:
        """Alarms of the Shiryaev-Roberts sum in replays, by threshold."""
        return alarm_counts(segment_paths(self._evidence(replays), self.bet).log_evidence)

    def rates(self, streams: Streams, counts: Floats, replays: int, weeks: int, budget: float) -> OracleRates:
        """The share of the runs that each oracle finds within ``weeks``, at the whole budget.

        An alarm that was on before the onset counts too: these are limits.
        """
        evidence = self._evidence(streams)
        path = segment_paths(evidence, self.bet).log_evidence[..., 0]
        threshold = threshold_for(counts, replays * LOOKS / WEEKS_A_YEAR, budget)
        in_time = alarms(path, threshold)[FIRST : FIRST + weeks].any(0)
        rejected = self._z(evidence, weeks) > stats.norm.isf(min(budget * weeks / WEEKS_A_YEAR, 0.5))
        return OracleRates(*(Share(int(hits.sum()), path.shape[1]) for hits in (rejected, in_time)))

    def _z(self, evidence: Evidence, weeks: int) -> Floats:
        """The score test of the first ``weeks`` after the onset against all weeks before, in the right direction."""
        end = FIRST + weeks
        u, v = evidence.u[FIRST:end].sum(0), evidence.v[FIRST:end].sum(0)
        level, score = evidence.v0 + evidence.v[:end].sum(0), evidence.u0 + evidence.u[:end].sum(0)
        z = (u - v / level * score) / np.sqrt(v * (1 - v / level))
        return np.asarray(z[:, 0] * (-1 if self.bet.down else 1))

    def _evidence(self, streams: Streams) -> Evidence:
        evidence = streams[self.metric][0]
        if self.unit is not None:
            return evidence.units([self.unit])
        return Evidence(*(part.sum(-1, keepdims=True) for part in vars(evidence).values()))


ORACLES = {
    "sudden": Oracle("win_rate", CHANGED, Bet((SIZE,), 1.0)),
    "gradual": Oracle("win_rate", CHANGED, Bet((SIZE * 52 / 39,), 1.0, {"ramp": 1.0})),
    "amounts": Oracle("acv", CHANGED, Bet((float(np.log(1.25)),), 0.0)),
    "cycle": Oracle("cycle", CHANGED, Bet((0.7,), 1.0)),
    "score": Oracle("score", None, Bet((SCORE_SD * SCORE_SLOPE,), 1.0)),
    "company": Oracle("win_rate", None, Bet((0.3,), 1.0)),
}
