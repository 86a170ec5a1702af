"""Which alerts a series of looks would have opened and closed, had anybody been told."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from icp_monitor.alerts.causes import Cause, root_causes
from icp_monitor.drift.verdict import Verdict

LookVerdicts = tuple[date, Sequence[Verdict]]


@dataclass(frozen=True)
class AlertEvent:
    """An alert that opened, or that ended because its unit was stable again; ``cause`` is the one that opened it."""

    as_of: date
    event: Literal["opened", "recovered"]
    cause: Cause


def alert_history(looks: Iterable[LookVerdicts]) -> Iterator[AlertEvent]:
    """The events of the looks, in their order: a cause opens one alert, which lives until its unit is stable again."""
    living: dict[str, Cause] = {}
    for as_of, verdicts in looks:
        stable = {item.finding.unit for item in verdicts if item.finding.verdict == "stable"}
        for key, cause in list(living.items()):
            if cause.lead.finding.unit in stable:
                yield AlertEvent(as_of, "recovered", living.pop(key))
        for cause in root_causes(verdicts):
            if cause.key not in living:
                living[cause.key] = cause
                yield AlertEvent(as_of, "opened", cause)
