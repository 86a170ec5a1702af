"""Compares with the frozen baseline of the version in force: the weeks on look days, a quarter in its validation."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from typing import TYPE_CHECKING

from icp_monitor.alerts.names import Names
from icp_monitor.config.icp import IcpConfig
from icp_monitor.drift.digits import settled
from icp_monitor.drift.verdict import Context, Family, Verdict
from icp_monitor.ledger import RunKey
from icp_monitor.periods import Quarter, is_look_day
from icp_monitor.pipeline.cohorts import cohort_of
from icp_monitor.pipeline.customer_base import mapped_tables
from icp_monitor.pipeline.files import replace_file
from icp_monitor.pipeline.judging import Judged, Judging, judging_of
from icp_monitor.pipeline.monitoring import judge_weeks
from icp_monitor.pipeline.naming import asof_of, step, version_of
from icp_monitor.pipeline.staleness import Stale, stale_since
from icp_monitor.pipeline.workspace import Workspace

if TYPE_CHECKING:
    from icp_monitor.drift.cohort import Cohort


@dataclass(frozen=True)
class Compared:
    """The verdicts of a look, or the sentence that says why there was none; ``stale`` where a pull has failed."""

    verdicts: tuple[Verdict, ...]
    names: Names
    skipped: str | None = None
    stale: Stale | None = None


def look(workspace: Workspace, key: RunKey) -> Compared:
    """What weekly monitoring says; on other days than look days nothing is compared."""
    names = names_of(version_of(workspace, key).icp)
    look_day = workspace.config.monitoring.look_day
    if is_look_day(key.as_of, look_day):
        return Compared(_stored(workspace, key, judge_weeks), names, stale=stale_since(workspace, key.as_of))
    with step(workspace, key, "compare", after="measure"):
        return Compared((), names, f"{key.as_of} is not a look day ({look_day}): nothing is compared.")


def names_of(icp: IcpConfig) -> Names:
    """How the profile's segments are called."""
    return Names({segment.id: segment.name for segment in icp.segments})


def judge_quarter(workspace: Workspace, key: RunKey, quarter: Quarter) -> tuple[Verdict, ...]:
    """The verdicts on a quarter's cohort, stored in the ledger and as one JSON file of the run."""
    return _stored(workspace, key, lambda judging: _judge_quarter(judging, quarter))


def _judge_quarter(judging: Judging, quarter: Quarter) -> Judged:
    from icp_monitor.drift.judge import judge

    plan, baseline = judging.plan, judging.baseline
    current = current_cohort(judging.workspace, judging.key, judging.version.icp, quarter)
    findings = judge(plan, baseline, current, current, judging.failed_checks)
    return Judged(findings, Family(sum(finding.evidence.q_value is not None for finding in findings), fdr=plan.fdr))


def _stored(workspace: Workspace, key: RunKey, judge: Callable[[Judging], Judged]) -> tuple[Verdict, ...]:
    with step(workspace, key, "compare", after="measure") as counts:
        judging = judging_of(workspace, key)
        judged = judge(judging)
        context = Context(
            run_id=key.run_id,
            as_of=key.as_of,
            run_set=key.run_set,
            knowledge=key.knowledge,
            icp_version=judging.version.number,
            baseline_id=judging.baseline_id,
            baseline=judging.baseline.window,
            horizon_days=judging.plan.horizon_days,
            level=judging.plan.level,
            family=judged.family,
        )
        verdicts = tuple(Verdict(context, settled(finding)) for finding in judged.findings)
        workspace.ledger.verdicts.store(key.run_id, verdicts)
        _write(workspace, key, verdicts)
        counts["verdicts"] = len(verdicts)
    return verdicts


def current_cohort(workspace: Workspace, key: RunKey, icp: IcpConfig, quarter: Quarter) -> Cohort:
    """The quarter's cohort, as known on the day when it could first be judged, so that later runs judge it alike."""
    ripe = quarter.window.end + timedelta(days=icp.horizon_days)
    asof = asof_of(workspace, key, min(key.as_of, ripe))
    with workspace.warehouse(icp) as (warehouse, catalogue):
        return cohort_of(warehouse, catalogue, icp, asof, quarter.window, mapped_tables(workspace))


def _write(workspace: Workspace, key: RunKey, verdicts: tuple[Verdict, ...]) -> None:
    text = json.dumps([verdict.as_json() for verdict in verdicts], indent=1, sort_keys=True, ensure_ascii=False)
    replace_file(workspace.settings.output_dir / "verdicts" / key.run_set / f"{key.as_of}.json", text + "\n")
