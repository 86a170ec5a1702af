"""Many histories of one company at once, as streams of evidence and as paths."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.detection.world import BASELINE, ONSET, Company, Floats, Ints
from icp_monitor.drift.sequential.channels import Streams, path_of, streams_of, watched
from icp_monitor.drift.sequential.evidence import Evidence
from icp_monitor.drift.sequential.histories import History, history_of

BATCH = 50
FIRST = ONSET - BASELINE  # the look at the end of the first changed week
PARTS = ("u", "v", "k", "u0", "v0", "k0")


@dataclass(frozen=True, eq=False)
class Paths:
    """Log-evidence and dated lags of each channel, [looks, runs, units]."""

    log_evidence: Mapping[str, Floats]
    lag: Mapping[str, Ints]

    @property
    def runs(self) -> int:
        """How many histories."""
        return int(next(iter(self.lag.values())).shape[1])


def histories(company: Company, runs: int, seed: int) -> Iterator[History]:
    """Independent histories; each run has a seed of its own."""
    for run in range(runs):
        yield history_of(company.history(np.random.default_rng([seed, run])))


def streams_of_all(runs: Iterator[History]) -> Streams:
    """The streams of all runs as one, with an axis for the runs before the units."""
    streams = [streams_of(history) for history in runs]
    return {
        metric: tuple(_together([run[metric][place] for run in streams]) for place in range(len(first)))
        for metric, first in streams[0].items()
    }


def paths_of(streams: Streams) -> Paths:
    """Every channel's evidence, batch by batch."""
    runs = streams["win_rate"][0].u.shape[1]
    parts = [_paths(_batch(streams, slice(begin, begin + BATCH))) for begin in range(0, runs, BATCH)]
    return Paths(
        {name: np.concatenate([part.log_evidence[name] for part in parts], 1) for name in parts[0].lag},
        {name: np.concatenate([part.lag[name] for part in parts], 1) for name in parts[0].lag},
    )


def _paths(streams: Streams) -> Paths:
    paths = {channel.name: path_of(channel, streams[channel.metric]) for channel in watched(streams)}
    return Paths({name: p.log_evidence for name, p in paths.items()}, {name: p.lag for name, p in paths.items()})


def _batch(streams: Streams, runs: slice) -> Streams:
    return {
        metric: tuple(Evidence(*(getattr(one, part)[..., runs, :] for part in PARTS)) for one in evidence)
        for metric, evidence in streams.items()
    }


def _together(evidence: list[Evidence]) -> Evidence:
    return Evidence(*(np.stack([getattr(one, part) for one in evidence], -2) for part in PARTS))
