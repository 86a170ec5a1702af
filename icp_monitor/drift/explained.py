"""A drift of the win rate with what carries it: who or what the deals were with, and why they were lost."""

from __future__ import annotations

from dataclasses import replace

from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.loss_reasons import loss_reasons, told
from icp_monitor.drift.root_cause import root_cause, with_root_cause
from icp_monitor.drift.verdict import Finding


def needs_explaining(finding: Finding) -> bool:
    """Whether a cause is looked for: where the win rate drifts."""
    return finding.verdict == "drift" and finding.unit.metric == "win_rate"


def explained(finding: Finding, baseline: Cohort, current: Cohort) -> Finding:
    """The finding with its carriers and, where fewer deals are won, the reasons that became more frequent."""
    if not needs_explaining(finding):
        return finding
    cause = root_cause(baseline, current)
    known = finding if cause is None else with_root_cause(finding, cause)
    if known.direction != "down":
        return known
    return replace(known, because=(*known.because, *told(loss_reasons(baseline, current))))
