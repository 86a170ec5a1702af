"""The evidence of every channel, for one company or for many replays of it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from icp_monitor.drift.sequential.amounts import amount_evidence
from icp_monitor.drift.sequential.bets import CHANNELS, Channel, Metric
from icp_monitor.drift.sequential.evidence import Evidence
from icp_monitor.drift.sequential.histories import History
from icp_monitor.drift.sequential.outcomes import score_evidence, win_evidence
from icp_monitor.drift.sequential.resolutions import cycle_evidence
from icp_monitor.drift.sequential.shares import mix_evidence
from icp_monitor.drift.sequential.shiryaev_roberts import (
    Path,
    company_path,
    differences_path,
    segment_paths,
    shares_path,
)

Streams = Mapping[Metric, tuple[Evidence, ...]]


def streams_of(history: History) -> Streams:
    """Each metric's evidence: one stream of all segments, or for mix and attribute power one for each attribute."""
    effects = history.design_effects
    return {
        "win_rate": (win_evidence(history.outcomes).over(effects),),
        "acv": (amount_evidence(history.amounts).over(effects),),
        "cycle": (cycle_evidence(history.resolutions),),
        "score": (score_evidence(history.outcomes).over(effects),),
        "mix": tuple(mix_evidence(counts) for counts in history.created),
        "attribute_power": tuple(
            win_evidence(values.outcomes).over(history.design_effect) for values in history.attributes
        ),
        "retention": (cycle_evidence(history.retention),) if history.retention else (),
    }


def watched(streams: Streams) -> tuple[Channel, ...]:
    """The channels for which there is evidence."""
    return tuple(channel for channel in CHANNELS if streams.get(channel.metric))


def path_of(channel: Channel, streams: tuple[Evidence, ...]) -> Path:
    """The channel's evidence, [looks, ..., units]; its units are the segments, the company, or the attributes."""
    if channel.scope == "company":
        return company_path(streams[0], channel.bet)
    if channel.scope == "segment":
        return segment_paths(streams[0], channel.bet)
    of_values = shares_path if channel.metric == "mix" else differences_path
    paths = [of_values(stream, channel.bet) for stream in streams]
    return Path(*(np.concatenate([getattr(path, part) for path in paths], -1) for part in ("log_evidence", "lag")))
