"""One function for each step: the only place that wires sources, engine, judgement and delivery together."""

from icp_monitor.pipeline.verbs import (
    Calendar,
    alert,
    calendar,
    check,
    compare,
    measure,
    name_run,
    pull,
    report_failure,
    score,
)

__all__ = [
    "Calendar",
    "alert",
    "calendar",
    "check",
    "compare",
    "measure",
    "name_run",
    "pull",
    "report_failure",
    "score",
]
