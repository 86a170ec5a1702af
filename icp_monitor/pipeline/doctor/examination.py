"""Examines the whole installation."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

from icp_monitor.errors import IcpError
from icp_monitor.pipeline.doctor import installation, past
from icp_monitor.pipeline.doctor.capability import Capability, Unlock, capabilities, unlocks
from icp_monitor.pipeline.doctor.finding import Finding, findings_of_error
from icp_monitor.pipeline.doctor.gap import Gap, gaps_of
from icp_monitor.pipeline.doctor.needs import needs_of
from icp_monitor.pipeline.doctor.present import present_tables, promised_tables
from icp_monitor.pipeline.naming import asof_of, run_key, version_of
from icp_monitor.pipeline.tier_checks import flips
from icp_monitor.pipeline.workspace import Workspace, open_workspace
from icp_monitor.settings import Settings


@dataclass(frozen=True)
class Diagnosis:
    """Everything that was found; ``gaps`` are ordered by what filling them is worth."""

    findings: tuple[Finding, ...]
    capabilities: tuple[Capability, ...] = ()
    unlocks: tuple[Unlock, ...] = ()
    gaps: tuple[Gap, ...] = ()

    @property
    def exit_code(self) -> int:
        """2 if something is misconfigured, 1 if something is broken, else 0."""
        found = {finding.status for finding in self.findings}
        return 2 if "misconfigured" in found else 1 if "broken" in found else 0


def examine(settings: Settings, as_of: date | None = None) -> Diagnosis:
    """Look at the installation, and at the data as of a day (today by default); nothing is changed."""
    found = installation.configuration(settings)
    if any(finding.status == "misconfigured" for finding in found):
        return Diagnosis((*found, installation.output(settings)))
    try:
        with open_workspace(settings) as workspace:
            return _examined(workspace, found, as_of or workspace.today)
    except IcpError as error:
        return Diagnosis((*found, *findings_of_error("ledger", error), installation.output(settings)))


def _examined(workspace: Workspace, found: list[Finding], day: date) -> Diagnosis:
    around = [
        *found,
        *installation.sources(workspace),
        *(stores := [*installation.warehouse(workspace), *installation.ledger(workspace)]),
        installation.output(workspace.settings),
        installation.slack(workspace),
        *installation.export(workspace),
        *past.pulls(workspace),
        past.depth(workspace),
    ]
    if any(finding.status != "ok" for finding in stores) or not workspace.ledger.loads.last():
        needs, promised = tuple(needs_of(workspace.config.icp)), promised_tables(workspace.config.sources)
        return Diagnosis(tuple(around), capabilities(needs, promised), unlocks(needs, promised))
    try:
        return _with_data(workspace, tuple(around), day)
    except IcpError as error:
        return Diagnosis((*around, *findings_of_error("data", error)))


def _with_data(workspace: Workspace, around: tuple[Finding, ...], day: date) -> Diagnosis:
    key = run_key(workspace, day)
    icp, asof = version_of(workspace, key).icp, asof_of(workspace, key)
    needs = tuple(needs_of(icp))
    with workspace.warehouse(icp) as (warehouse, catalogue):
        present = present_tables(warehouse, catalogue, workspace.config.sources, asof)
        fallback = past.fallbacks(warehouse, catalogue, icp, asof)
        found = gaps_of(warehouse, catalogue, icp, asof)
        moved = [
            Finding("tiers", "note" if item.status == "note" else "ok", item.message, item.suggestion)
            for item in flips(workspace, warehouse, catalogue, day)
        ]
    return Diagnosis(
        findings=(*around, *_last_look(workspace, day), fallback, *moved),
        capabilities=capabilities(needs, present),
        unlocks=unlocks(needs, present),
        gaps=found,
    )


def _last_look(workspace: Workspace, day: date) -> Iterator[Finding]:
    """What the newest look could judge."""
    for key in reversed(workspace.ledger.runs.finished_keys("live", date.min, day)):
        verdicts = workspace.ledger.verdicts.of_run(key.run_id)
        if verdicts:
            waiting = sum(item.finding.verdict == "insufficient_evidence" for item in verdicts)
            spoilt = sum(item.finding.verdict == "data_problem" for item in verdicts)
            message = (
                f"on {key.as_of} {len(verdicts)} units were looked at: {waiting} lacked evidence, "
                f"{spoilt} lacked sound data"
            )
            yield Finding("last look", "note" if waiting or spoilt else "ok", message)
            return
    yield Finding("last look", "note", "there was none yet", "run icp-monitor run on a look day")
