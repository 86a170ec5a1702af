"""Weekly monitoring of the ICP version in force: weeks and thresholds are frozen once, and read by every look."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from icp_monitor.config.monitoring import EventMarker
from icp_monitor.drift.digits import settled
from icp_monitor.drift.verdict import Family, Finding
from icp_monitor.ledger import RunKey
from icp_monitor.ledger.versions import StoredVersion
from icp_monitor.periods import Window
from icp_monitor.pipeline.carriers import carriers_in
from icp_monitor.pipeline.customer_base import mapped_tables
from icp_monitor.pipeline.judging import Judged, Judging
from icp_monitor.pipeline.naming import asof_of, looking_from
from icp_monitor.pipeline.stored_deals import stored_deals
from icp_monitor.pipeline.weekly import Weeks, deals_scored_now, weekly_tables
from icp_monitor.pipeline.workspace import Workspace
from icp_monitor.snapshots.asof import Asof

if TYPE_CHECKING:
    from icp_monitor.drift.looks.markers import BeforeAfter
    from icp_monitor.drift.looks.measure import Measures
    from icp_monitor.drift.plan import Plan
    from icp_monitor.drift.sequential import Calibration
    from icp_monitor.drift.weekly import WeeklyTables

FailedChecks = Mapping[str, Sequence[str]]
DETECTOR = 1  # raised when the same baseline and budget would give other thresholds


@dataclass(frozen=True, eq=False)
class Monitored:
    """The weeks up to a day, after the frozen ones of the baseline, and the thresholds that keep the alarm budget."""

    tables: WeeklyTables
    baseline: WeeklyTables
    calibration: Calibration

    def looks(
        self, measures: Measures, failed_checks: FailedChecks, numbers: Iterable[int]
    ) -> Iterator[tuple[Finding, ...]]:
        """The findings of some looks, by number from the first week of monitoring on; -1 is the last one."""
        from icp_monitor.drift.looks.judge import judge_look
        from icp_monitor.drift.sequential import monitor

        paths = monitor(self.tables, self.calibration)
        for number in numbers:
            yield judge_look(measures, paths, failed_checks, number)

    def measures(self, plan: Plan) -> Measures:
        """What the changes of these weeks are measured with."""
        from icp_monitor.drift.looks.measure import Measures

        return Measures(self.tables, plan, won_amounts_only=self.calibration.won_amounts_only)


def judge_weeks(judging: Judging) -> Judged:
    """The verdicts of a look, within the alarm budget; before monitoring begins, when it does."""
    from icp_monitor.drift.looks.judge import not_begun

    workspace, version = judging.workspace, judging.version
    weeks, asof = weeks_of(workspace, version), asof_of(workspace, judging.key)
    budget = workspace.config.monitoring.alarm_budget_per_year
    if weeks.complete(min(asof.as_of, asof.observed_until)) <= weeks.baseline:
        first_look = weeks.baseline_end + timedelta(weeks=1)
        findings = not_begun(judging.plan, judging.baseline.window, first_look)
        return Judged(findings, Family(0, alarm_budget_per_year=budget))
    monitored = monitored_weeks(workspace, version, asof, judging.key)
    measures = monitored.measures(judging.plan)
    (found,) = monitored.looks(measures, judging.failed_checks, [-1])
    findings = _explained(judging, measures, asof, found)
    return Judged(findings, Family(len(findings), alarm_budget_per_year=budget))


def events_in(judging: Judging, events: Sequence[EventMarker]) -> tuple[BeforeAfter, ...]:
    """What was won before and after each event; none before monitoring has begun."""
    from icp_monitor.drift.looks.markers import around_events

    workspace, version = judging.workspace, judging.version
    weeks, asof = weeks_of(workspace, version), asof_of(workspace, judging.key)
    if not events or weeks.complete(min(asof.as_of, asof.observed_until)) <= weeks.baseline:
        return ()
    return around_events(monitored_weeks(workspace, version, asof, judging.key).measures(judging.plan), events)


def _explained(judging: Judging, measures: Measures, asof: Asof, findings: tuple[Finding, ...]) -> tuple[Finding, ...]:
    """The findings, those on drifting win rates with what carries them."""
    from icp_monitor.drift.explained import explained, needs_explaining

    unexplained = [finding for finding in findings if needs_explaining(finding)]
    if not unexplained:
        return findings
    workspace, icp = judging.workspace, judging.version.icp
    weeks = weeks_of(workspace, judging.version)
    windows = [Window(weeks.origin, weeks.baseline_end), *(finding.window for finding in unexplained)]
    with workspace.warehouse(icp) as (warehouse, catalogue):
        before, *after = carriers_in(warehouse, catalogue, icp, asof, windows)
    known = {}
    for finding, now in zip(unexplained, after, strict=True):
        first, last = (weeks.complete(day) for day in (finding.window.start, finding.window.end))
        sides = zip(measures.decided(finding.unit, range(first, last)), (before, now), strict=True)
        old, new = (
            replace(cohort, carriers=carriers, reasons=reasons).of_segment(finding.unit.segment)
            for cohort, (carriers, reasons) in sides
        )
        known[finding.unit] = explained(finding, old, new)
    return tuple(known.get(finding.unit, finding) for finding in findings)


def weeks_of(workspace: Workspace, version: StoredVersion) -> Weeks:
    """The weeks in which the version's baseline and all later looks are counted."""
    return Weeks.of(version.icp.baseline.window, workspace.config.monitoring.look_day, workspace.first_month)


def monitored_weeks(
    workspace: Workspace, version: StoredVersion, asof: Asof, scored_by: RunKey | None = None
) -> Monitored:
    """What a look, or a series of looks up to a day, needs; ``scored_by`` is a run that has scored that day's deals.

    The baseline's weeks and the thresholds are worked out when a version is first monitored, and then kept in the
    ledger; without a run nothing is written.
    """
    from icp_monitor.drift.looks.amounts import lost_amounts_missing
    from icp_monitor.drift.sequential import Calibration, calibrate
    from icp_monitor.drift.weekly_baseline import weeks_as_json, weeks_from_json, with_frozen_weeks

    def part(name: str, compute: Callable[[], Mapping[str, Any]]) -> dict[str, Any]:
        monitors = workspace.ledger.monitors
        if scored_by:
            return dict(monitors.part(version.number, name, compute, workspace.now))
        return dict(monitors.kept(version.number, name) or compute())

    monitoring = workspace.config.monitoring
    weeks = f"weeks from {monitoring.look_day}, fiscal year from month {workspace.first_month}"
    frozen = weeks_from_json(part(weeks, lambda: weeks_as_json(_baseline_weeks(workspace, version))))
    budget, replays = monitoring.alarm_budget_per_year, monitoring.calibration_replays
    calibration = part(
        f"thresholds at {budget:g} a year by {replays} replays, detector {DETECTOR}, {weeks}",
        lambda: settled(
            calibrate(frozen, budget, replays=replays, won_amounts_only=lost_amounts_missing(frozen)).as_json()
        ),
    )
    tables = with_frozen_weeks(_weeks(workspace, version, asof, scored_by), frozen)
    return Monitored(tables, frozen, Calibration.from_json(calibration))


def _baseline_weeks(workspace: Workspace, version: StoredVersion) -> WeeklyTables:
    """The baseline's weeks as known when the last of them was over."""
    from icp_monitor.drift.weekly_baseline import frozen_weeks

    end = weeks_of(workspace, version).baseline_end
    asof = looking_from(workspace, version.icp, end, "as-was")
    return frozen_weeks(_weeks(workspace, version, asof, None))


def _weeks(workspace: Workspace, version: StoredVersion, asof: Asof, scored_by: RunKey | None) -> WeeklyTables:
    icp, weeks = version.icp, weeks_of(workspace, version)
    with workspace.warehouse(icp) as (warehouse, catalogue):
        if scored_by is None:
            deals = deals_scored_now(catalogue, icp, asof)
        else:
            deals = stored_deals(catalogue, icp, asof, scored_by)
        return weekly_tables(warehouse, catalogue, icp, asof, weeks, deals, mapped_tables(workspace))
