"""What the monitor would have said about every unit at every weekly look, in one pass."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.sequential.bets import Channel, Metric
from icp_monitor.drift.sequential.calibration import Calibration
from icp_monitor.drift.sequential.channels import path_of, streams_of, watched
from icp_monitor.drift.sequential.deals import Flags, Ints
from icp_monitor.drift.sequential.episodes import alarms
from icp_monitor.drift.sequential.histories import History, history_of
from icp_monitor.drift.sequential.shiryaev_roberts import Path
from icp_monitor.drift.sequential.starts import starts_at
from icp_monitor.drift.weekly import WeeklyTables
from icp_monitor.metrics.life_table import Floats


@dataclass(frozen=True)
class Look:
    """The answer as of the end of one week, from nothing that came later.

    ``e_value`` has a mean of at most 1 while nothing has changed. ``change_week`` is the week in which a change most
    likely began.
    """

    week: int
    log_evidence: float
    e_value: float
    on: bool
    change_week: int


@dataclass(frozen=True, eq=False)
class UnitPath:
    """One unit over all looks; ``segment`` is a segment's id or ``company``, ``threshold`` that of the log-evidence.

    Of each look: the log-evidence, how many weeks a change has most likely lasted, and whether the alarm is on.
    """

    metric: Metric
    segment: str
    attribute: str | None
    threshold: float
    first_week: int
    log_evidence: Floats
    lag: Ints
    on: Flags

    def __len__(self) -> int:
        """How many looks there were."""
        return len(self.on)

    def look(self, number: int) -> Look:
        """A look by its number, from 0 on; -1 is the last."""
        number = range(len(self))[number]
        log_evidence = float(self.log_evidence[number])
        return Look(
            week=self.first_week + number,
            log_evidence=log_evidence,
            e_value=float(np.exp(min(log_evidence, 300.0))) / starts_at(number),
            on=bool(self.on[number]),
            change_week=self.first_week + number + 1 - int(self.lag[number]),
        )


def monitor(tables: WeeklyTables, calibration: Calibration) -> tuple[UnitPath, ...]:
    """Every unit's path."""
    history = history_of(tables, won_amounts_only=calibration.won_amounts_only)
    streams = streams_of(history)
    return tuple(
        unit
        for channel in watched(streams)
        for path in (path_of(channel, streams[channel.metric]),)
        for unit in _paths(channel, path, calibration.thresholds[channel.name], history)
    )


def _paths(channel: Channel, path: Path, threshold: float, history: History) -> Iterator[UnitPath]:
    log_evidence, lag, on = path.log_evidence.T, path.lag.T, alarms(path.log_evidence, threshold).T
    first_week = history.outcomes.baseline_weeks
    for place, (segment, attribute) in enumerate(_units(channel, history)):
        unit = channel.metric, segment, attribute, threshold
        yield UnitPath(*unit, first_week, log_evidence[place], lag[place], on[place])


def _units(channel: Channel, history: History) -> tuple[tuple[str, str | None], ...]:
    """The segment and the attribute of each of the channel's units."""
    if channel.scope == "segment":
        return tuple((segment, None) for segment in history.segments)
    if channel.scope == "company":
        return ((COMPANY, None),)
    followed = history.created if channel.metric == "mix" else history.attributes
    return tuple((COMPANY, item.attribute) for item in followed)
