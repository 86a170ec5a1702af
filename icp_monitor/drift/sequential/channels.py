"""The evidence of every channel, for one company or for many replays of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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
from icp_monitor.metrics.life_table import Floats

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


@dataclass(frozen=True, eq=False)
class Group:
    """What the units of a stream are called, and how many deals stand behind them each week, [weeks, units]."""

    attribute: str | None
    names: tuple[str, ...]
    n: Floats
    design_effect: Floats | float


def groups_of(history: History) -> Mapping[Metric, tuple[Group, ...]]:
    """The groups of units, stream by stream as in `streams_of`."""
    first, effects, segments = history.outcomes.baseline_weeks, history.design_effects, history.segments
    deals = history.outcomes.deals
    resolved = Group(None, segments, history.outcomes.sums(deals.n)[0], effects)
    scored = Group(None, segments, history.outcomes.sums(deals.n * deals.scored)[0], effects)
    counts = history.resolutions.observed[first:]
    return {
        "win_rate": (resolved,),
        "acv": (Group(None, segments, history.amounts.sums(history.amounts.n)[first:], effects),),
        "cycle": (Group(None, segments, counts, 1.0),),
        "score": (scored,),
        "mix": tuple(
            Group(created.attribute, created.values, _all_values(created.n[first:]), created.dispersion)
            for created in history.created
        ),
        "attribute_power": tuple(
            Group(
                values.attribute, values.names, values.outcomes.sums(values.outcomes.deals.n)[0], history.design_effect
            )
            for values in history.attributes
        ),
        "retention": (Group(None, segments, history.retention.observed[first:], 1.0),) if history.retention else (),
    }


def _all_values(n: Floats) -> Floats:
    """The deals of every value stand behind each value's share."""
    return np.broadcast_to(n.sum(-1, keepdims=True), n.shape)
