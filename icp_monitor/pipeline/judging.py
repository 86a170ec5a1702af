"""What is judged, by which plan, and what came out of it: the same for a quarter and for the weeks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from icp_monitor.drift.verdict import Family, Finding
from icp_monitor.ledger import RunKey
from icp_monitor.ledger.versions import StoredVersion
from icp_monitor.pipeline.baselines import ensure_baseline
from icp_monitor.pipeline.checking import failed_fields, stored_checks
from icp_monitor.pipeline.naming import version_of
from icp_monitor.pipeline.workspace import Workspace

if TYPE_CHECKING:
    from icp_monitor.drift.cohort import Cohort
    from icp_monitor.drift.plan import Plan


@dataclass(frozen=True, eq=False)
class Judging:
    """What judging a quarter and judging the weeks have in common."""

    workspace: Workspace
    key: RunKey
    version: StoredVersion
    baseline: Cohort
    baseline_id: str
    failed_checks: Mapping[str, Sequence[str]]

    @cached_property
    def plan(self) -> Plan:
        """How the version and the monitoring settings ask to judge."""
        from icp_monitor.drift.plan import Plan

        return Plan.of(self.version.icp, self.workspace.config.monitoring)


def judging_of(workspace: Workspace, key: RunKey) -> Judging:
    """What a run judges with: its version, the frozen baseline, and which of its data checks failed."""
    version = version_of(workspace, key)
    baseline, frozen = ensure_baseline(workspace, version)
    with workspace.warehouse(version.icp) as (warehouse, catalogue):
        failed = failed_fields(stored_checks(warehouse, catalogue, key))
    return Judging(workspace, key, version, baseline, frozen.baseline_id, failed)


@dataclass(frozen=True)
class Judged:
    """Findings, and what bounds the false ones among them."""

    findings: tuple[Finding, ...]
    family: Family
