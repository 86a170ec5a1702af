"""Is the ICP still valid? One decision, one sentence and at most three findings, derived from the verdicts."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from icp_monitor.alerts import wording
from icp_monitor.alerts.causes import root_causes
from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.verdict import Verdict
from icp_monitor.reports.document import Conclusion, Decision

SENTENCES: dict[Decision, str] = {
    "valid": "The customers that the ICP aims at are still the ones that are won.",
    "valid_with_changes": "The ICP holds for the company as a whole, but not everywhere: parts of it have changed.",
    "not_valid": "The ICP no longer describes the customers that are won.",
    "not_enough_evidence": "There is not enough evidence yet to say whether the ICP still holds.",
    "data_problem": "The data can't carry a judgement; it has to be put right first.",
}


def conclude(verdicts: Sequence[Verdict], names: wording.Names) -> Conclusion:
    """The verdict box of the report.

    The company's win rate and the order of its tiers decide whether the ICP as such holds; a drift of a segment, of
    contract value, cycle or mix asks for changes; without a drift, the company's win rate must have been shown stable.
    """
    decision = _decision(verdicts)
    causes = root_causes(verdicts)
    findings = tuple(_finding(cause.lead, names) for cause in causes[:3])
    questions = tuple(f"{wording.headline(cause.lead.finding, names)}: what do we change?" for cause in causes)
    return Conclusion(
        decision=decision,
        sentence=SENTENCES[decision],
        findings=findings or (_counted(verdicts),),
        questions=questions or ("Keep the ICP as it is, and until when?",),
    )


def _decision(verdicts: Sequence[Verdict]) -> Decision:
    drifts = [item for item in verdicts if item.finding.verdict == "drift"]
    if any(_decides(item) and item.finding.direction == "down" for item in drifts):
        return "not_valid"
    if drifts:
        return "valid_with_changes"
    company = {item.finding.verdict for item in verdicts if _decides(item) and item.finding.unit.metric == "win_rate"}
    if "data_problem" in company:
        return "data_problem"
    return "valid" if company == {"stable"} else "not_enough_evidence"


def _decides(verdict: Verdict) -> bool:
    unit = verdict.finding.unit
    return unit.segment == COMPANY and unit.metric in ("win_rate", "tier_order")


def _finding(verdict: Verdict, names: wording.Names) -> str:
    finding = verdict.finding
    return (
        f"{wording.headline(finding, names)}: {wording.shown(finding.current.value, finding)} "
        f"against {wording.shown(finding.baseline.value, finding)} validated, "
        f"{wording.change(finding.effect, verdict.context.level)}."
    )


def _counted(verdicts: Sequence[Verdict]) -> str:
    counts = Counter(verdict.finding.verdict for verdict in verdicts)
    parts = [f"{counts[kind]} {word}" for kind, word in wording.VERDICTS.items() if counts[kind]]
    return f"{len(verdicts)} units were examined: {', '.join(parts) or 'none could be judged'}."
