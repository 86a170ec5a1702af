"""One function for each step: the only place that wires sources, engine, judgement and delivery together."""

from icp_monitor.pipeline.verbs import (
    Calendar,
    alert,
    ask_for_decision,
    calendar,
    check,
    compare,
    measure,
    name_run,
    name_validation,
    plan_backfill,
    pull,
    record_decision,
    report_failure,
    run_backfill,
    score,
    validate,
)

__all__ = [
    "Calendar",
    "alert",
    "ask_for_decision",
    "calendar",
    "check",
    "compare",
    "measure",
    "name_run",
    "name_validation",
    "plan_backfill",
    "pull",
    "record_decision",
    "report_failure",
    "run_backfill",
    "score",
    "validate",
]
