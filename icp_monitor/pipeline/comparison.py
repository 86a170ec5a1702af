"""Compares the last mature quarter with the frozen baseline of the ICP version in force, on look days."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from typing import TYPE_CHECKING

from icp_monitor.alerts.names import Names
from icp_monitor.config.icp import IcpConfig
from icp_monitor.drift.verdict import Context, Verdict
from icp_monitor.ledger import RunKey
from icp_monitor.periods import Quarter, is_look_day, last_complete_quarter
from icp_monitor.pipeline.baselines import ensure_baseline
from icp_monitor.pipeline.checking import failed_fields, stored_checks
from icp_monitor.pipeline.cohorts import cohort_of
from icp_monitor.pipeline.files import replace_file
from icp_monitor.pipeline.naming import asof_of, step, version_of
from icp_monitor.pipeline.scores import has_stage_events
from icp_monitor.pipeline.workspace import Workspace

if TYPE_CHECKING:
    from icp_monitor.drift.cohort import Cohort


@dataclass(frozen=True)
class Compared:
    """The verdicts of a look, or the sentence that says why there was none."""

    verdicts: tuple[Verdict, ...]
    names: Names
    skipped: str | None = None


@dataclass(frozen=True, eq=False)
class Current:
    """What is judged: outcomes on one quarter's cohort, mixes on another's, each as known when it could be judged."""

    outcomes: Cohort
    mixes: Cohort


def look(workspace: Workspace, key: RunKey) -> Compared:
    """Judge the newest quarter that can be judged; on other days than look days nothing is compared."""
    icp = version_of(workspace, key).icp
    names = names_of(icp)
    look_day = workspace.config.monitoring.look_day
    if not is_look_day(key.as_of, look_day):
        with step(workspace, key, "compare", after="measure"):
            return Compared((), names, f"{key.as_of} is not a look day ({look_day}): nothing is compared.")
    due = last_complete_quarter(key.as_of, icp.horizon_days, workspace.first_month)
    complete = last_complete_quarter(key.as_of, 0, workspace.first_month)
    return Compared(judge_quarters(workspace, key, due, complete), names)


def names_of(icp: IcpConfig) -> Names:
    """How the profile's segments are called."""
    return Names({segment.id: segment.name for segment in icp.segments})


def judge_quarters(workspace: Workspace, key: RunKey, outcomes: Quarter, mixes: Quarter) -> tuple[Verdict, ...]:
    """The verdicts on two quarters (often the same), stored in the ledger and as one JSON file of the run."""
    from icp_monitor.drift.judge import judge
    from icp_monitor.drift.plan import Plan

    version = version_of(workspace, key)
    plan = Plan.of(version.icp, workspace.config.monitoring)
    with step(workspace, key, "compare", after="measure") as counts:
        baseline, stored = ensure_baseline(workspace, version)
        current = current_cohorts(workspace, key, version.icp, outcomes, mixes)
        with workspace.warehouse(version.icp) as (warehouse, catalogue):
            failed = failed_fields(stored_checks(warehouse, catalogue, key))
        findings = judge(plan, baseline, current.outcomes, current.mixes, failed)
        context = Context(
            run_id=key.run_id,
            as_of=key.as_of,
            run_set=key.run_set,
            knowledge=key.knowledge,
            icp_version=version.number,
            baseline_id=stored.baseline_id,
            baseline=baseline.window,
            horizon_days=plan.horizon_days,
            level=plan.level,
            tests=sum(finding.evidence.q_value is not None for finding in findings),
            fdr=plan.fdr,
        )
        verdicts = tuple(Verdict(context, finding) for finding in findings)
        workspace.ledger.verdicts.store(key.run_id, verdicts)
        _write(workspace, key, verdicts)
        counts["verdicts"] = len(verdicts)
    return verdicts


def current_cohorts(workspace: Workspace, key: RunKey, icp: IcpConfig, outcomes: Quarter, mixes: Quarter) -> Current:
    """Both cohorts, each as known on the day when it could first be judged, so that later looks repeat the verdict."""
    events = has_stage_events(workspace)
    ripe = {outcomes: _judged_on(outcomes, icp.horizon_days), mixes: _judged_on(mixes, 0)}
    if outcomes == mixes:
        ripe = {outcomes: _judged_on(outcomes, icp.horizon_days)}
    with workspace.warehouse(icp) as (warehouse, catalogue):
        cohorts = {
            quarter: cohort_of(
                warehouse, catalogue, icp, asof_of(workspace, key, min(key.as_of, day)), quarter.window, events
            )
            for quarter, day in ripe.items()
        }
    return Current(cohorts[outcomes], cohorts[mixes])


def _judged_on(quarter: Quarter, horizon_days: int) -> date:
    return quarter.window.end + timedelta(days=horizon_days)


def _write(workspace: Workspace, key: RunKey, verdicts: tuple[Verdict, ...]) -> None:
    text = json.dumps([verdict.as_json() for verdict in verdicts], indent=1, sort_keys=True, ensure_ascii=False)
    replace_file(workspace.settings.output_dir / "verdicts" / key.run_set / f"{key.as_of}.json", text + "\n")
