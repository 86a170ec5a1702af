"""What the monitor would have said about every unit at every weekly look, in one pass."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.sequential.bets import Channel, Metric
from icp_monitor.drift.sequential.calibration import Calibration
from icp_monitor.drift.sequential.channels import Group, groups_of, path_of, streams_of, watched
from icp_monitor.drift.sequential.deals import Flags
from icp_monitor.drift.sequential.effects import EffectUnit, Since, since, unit_of
from icp_monitor.drift.sequential.episodes import alarms, begins
from icp_monitor.drift.sequential.evidence import Evidence
from icp_monitor.drift.sequential.histories import history_of
from icp_monitor.drift.sequential.shiryaev_roberts import Path
from icp_monitor.drift.sequential.starts import starts_at
from icp_monitor.drift.weekly import WeeklyTables
from icp_monitor.metrics.intervals import Interval


@dataclass(frozen=True)
class Look:
    """The answer as of the end of one week, from nothing that came later.

    ``e_value`` has a mean of at most 1 while nothing has changed. ``change_week`` is the week in which a change most
    likely began, ``effect`` how large it is since, from ``n`` deals; the interval takes that week as given. Of an
    attribute, both are about the value that moved most, ``value``.
    """

    week: int
    log_evidence: float
    e_value: float
    on: bool
    change_week: int
    effect: Interval | None
    n: int
    value: str | None = None

    @property
    def direction(self) -> str | None:
        """Whether the metric went ``up`` or ``down``; for the cycle it is the pace that does."""
        if self.effect is None:
            return None
        return "up" if self.effect.value > 0 else "down"


@dataclass(frozen=True)
class Episode:
    """An alarm: the weeks at whose looks it went on and off; ``off`` is None while it is on."""

    on: int
    off: int | None


@dataclass(frozen=True)
class UnitPath:
    """One unit over all looks; ``segment`` is a segment's id or ``company``, ``threshold`` that of the log-evidence."""

    metric: Metric
    segment: str
    attribute: str | None
    threshold: float
    unit: EffectUnit
    looks: tuple[Look, ...]
    episodes: tuple[Episode, ...]


def monitor(tables: WeeklyTables, calibration: Calibration, *, level: float = 0.90) -> tuple[UnitPath, ...]:
    """Every unit's path; intervals have the coverage ``level``."""
    history = history_of(tables, won_amounts_only=calibration.won_amounts_only)
    streams, groups = streams_of(history), groups_of(history)
    frame = _Frame(tables.baseline_weeks, level, 1 / history.outcomes.odds.deviation)
    return tuple(
        path
        for channel in watched(streams)
        for path in _paths(
            channel, streams[channel.metric], groups[channel.metric], calibration.thresholds[channel.name], frame
        )
    )


@dataclass(frozen=True)
class _Frame:
    """The week of the first look, the intervals' coverage, and a score point in standard deviations."""

    first: int
    level: float
    a_point: float


def _paths(
    channel: Channel, streams: tuple[Evidence, ...], groups: tuple[Group, ...], threshold: float, frame: _Frame
) -> Iterator[UnitPath]:
    path = path_of(channel, streams)
    on = alarms(path.log_evidence, threshold)
    for place in range(path.lag.shape[-1]):
        lag = path.lag[:, place].astype(np.int64)
        stream, group = (streams[place], groups[place]) if channel.scope == "attribute" else (streams[0], groups[0])
        every = since(stream, group, np.broadcast_to(lag[:, None], stream.u.shape))
        strongest = every.strongest if channel.scope == "attribute" else np.full(len(lag), place)
        own = every.together() if channel.scope == "company" else every.only(strongest)
        segment = group.names[place] if channel.scope == "segment" else COMPANY
        names = group.names if channel.scope == "attribute" else [None] * stream.u.shape[-1]
        values = [names[unit] for unit in strongest]
        looks = tuple(_looks(path, place, on[:, place], own, values, channel.metric, frame))
        episodes = tuple(_episodes(on[:, place], frame.first))
        yield UnitPath(channel.metric, segment, group.attribute, threshold, unit_of(channel.metric), looks, episodes)


def _looks(
    path: Path, place: int, on: Flags, own: Since, values: Sequence[str | None], metric: Metric, frame: _Frame
) -> Iterator[Look]:
    effects = own.effects(metric, frame.level, frame.a_point)
    for look, effect in enumerate(effects):
        log_evidence = float(path.log_evidence[look, place])
        yield Look(
            week=frame.first + look,
            log_evidence=log_evidence,
            e_value=float(np.exp(min(log_evidence, 300.0))) / starts_at(look),
            on=bool(on[look]),
            change_week=frame.first + look + 1 - int(path.lag[look, place]),
            effect=effect,
            n=round(float(own.n[look, 0])),
            value=values[look],
        )


def _episodes(on: Flags, first: int) -> Iterator[Episode]:
    ends = np.flatnonzero(begins(~on)) + first
    for begin in np.flatnonzero(begins(on)) + first:
        later = ends[ends > begin]
        yield Episode(int(begin), int(later[0]) if len(later) else None)
