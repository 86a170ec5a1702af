"""Weekly monitoring of the ICP version in force: weeks and thresholds are frozen once, and read by every look."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from icp_monitor.drift.verdict import Family
from icp_monitor.ledger.versions import StoredVersion
from icp_monitor.pipeline.naming import asof_of, observed_until
from icp_monitor.pipeline.scores import has_stage_events
from icp_monitor.pipeline.weekly import Weeks, weekly_tables
from icp_monitor.pipeline.workspace import Workspace
from icp_monitor.snapshots.asof import Asof

if TYPE_CHECKING:
    from icp_monitor.drift.sequential.calibration import Calibration
    from icp_monitor.drift.weekly import WeeklyTables
    from icp_monitor.pipeline.comparison import Judged, Judging

DETECTOR = 1  # raised when the same baseline and budget would give other thresholds


def judge_weeks(judging: Judging) -> Judged:
    """The verdicts of a look, within the alarm budget; before monitoring begins, when it does."""
    from icp_monitor.drift.looks.judge import judge_look, not_begun
    from icp_monitor.drift.looks.measure import Measures
    from icp_monitor.drift.sequential.monitor import monitor
    from icp_monitor.pipeline.comparison import Judged

    workspace, plan = judging.workspace, judging.plan
    budget = workspace.config.monitoring.alarm_budget_per_year
    weeks = weeks_of(workspace, judging.version)
    asof = asof_of(workspace, judging.key)
    if weeks.complete(min(asof.as_of, asof.observed_until)) <= weeks.baseline:
        findings = not_begun(plan, judging.baseline.window, weeks.baseline_end + timedelta(weeks=1))
        return Judged(findings, Family(0, alarm_budget_per_year=budget))
    tables, calibration = monitored_weeks(workspace, judging.version, asof)
    paths = monitor(tables, calibration, level=plan.level)
    findings = judge_look(plan, Measures(tables, plan), paths, judging.failed_checks)
    return Judged(findings, Family(len(findings), alarm_budget_per_year=budget))


def weeks_of(workspace: Workspace, version: StoredVersion) -> Weeks:
    """The weeks in which the version's baseline and all later looks are counted."""
    return Weeks.of(version.icp.baseline.window, workspace.config.monitoring.look_day, workspace.first_month)


def monitored_weeks(workspace: Workspace, version: StoredVersion, asof: Asof) -> tuple[WeeklyTables, Calibration]:
    """The weeks up to a day, after the frozen ones of the baseline, and the thresholds that keep the alarm budget.

    Both are worked out when a version is first monitored, and kept in the ledger.
    """
    from icp_monitor.drift.sequential.calibration import Calibration, calibrate
    from icp_monitor.drift.weekly_baseline import weeks_as_json, weeks_from_json, with_frozen_weeks

    monitoring = workspace.config.monitoring
    name = f"weeks from {monitoring.look_day}, fiscal year from month {workspace.first_month}"
    frozen = weeks_from_json(
        _part(workspace, version, name, lambda: weeks_as_json(_baseline_weeks(workspace, version)))
    )
    budget, replays = monitoring.alarm_budget_per_year, monitoring.calibration_replays
    thresholds = Calibration.from_json(
        _part(
            workspace,
            version,
            f"thresholds at {budget:g} a year by {replays} replays, detector {DETECTOR}, {name}",
            lambda: calibrate(frozen, budget, replays=replays).as_json(),
        )
    )
    return with_frozen_weeks(_weeks(workspace, version, asof), frozen), thresholds


def _part(workspace: Workspace, version: StoredVersion, name: str, compute: Any) -> dict[str, Any]:
    content: Mapping[str, Any] = workspace.ledger.monitors.part(version.number, name, compute, workspace.now)
    return dict(content)


def _baseline_weeks(workspace: Workspace, version: StoredVersion) -> WeeklyTables:
    """The baseline's weeks as known when the last of them was over."""
    from icp_monitor.drift.weekly_baseline import frozen_weeks

    end = weeks_of(workspace, version).baseline_end
    asof = Asof(end, "as-was", workspace.ledger.loads.last(), observed_until(workspace, end))
    return frozen_weeks(_weeks(workspace, version, asof))


def _weeks(workspace: Workspace, version: StoredVersion, asof: Asof) -> WeeklyTables:
    weeks, events = weeks_of(workspace, version), has_stage_events(workspace)
    with workspace.warehouse(version.icp) as (warehouse, catalogue):
        return weekly_tables(warehouse, catalogue, version.icp, asof, weeks, events)
