"""Is the ICP still valid? One decision, one sentence and three findings, derived from the verdicts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import islice

from icp_monitor.alerts import wording
from icp_monitor.alerts.causes import Cause, root_causes
from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.verdict import Verdict
from icp_monitor.reports.document import Conclusion, Decision

DECIDING = ("win_rate", "tier_order")
FINDINGS = 3
MOST_QUESTIONS = 3
SENTENCES: dict[Decision, str] = {
    "valid": "The customers that the ICP aims at are still the ones that we win.",
    "valid_with_changes": "The ICP holds, except for the parts that have changed.",
    "not_valid": "The ICP no longer describes the customers that we win.",
    "not_enough_evidence": "There is not enough evidence yet to say whether the ICP as a whole still holds.",
    "data_problem": "The data can't carry a judgement of the ICP as a whole; they have to be put right first.",
}
TIERS_UNKNOWN = "Whether its tiers still rank can't be said yet."
PARTS_CHANGED = "Parts of it have changed."
QUIET_QUESTIONS: dict[str, str] = {
    "valid": "Keep the ICP as it is, and until when?",
    "not_enough_evidence": "Wait for the evidence, or decide without it?",
    "data_problem": "Who puts the data right, and by when?",
}


def conclude(verdicts: Sequence[Verdict], names: wording.Names) -> Conclusion:
    """The verdict box of the report.

    The ICP is not valid when the company wins less, or its tiers rank less, for a reason that no single segment
    explains. It is valid, with or without changes, only when the company's win rate could be judged: what is not known
    to drift is not known to hold.
    """
    causes = root_causes(verdicts)
    decision = _decision(verdicts, causes)
    return Conclusion(
        decision=decision,
        sentence=" ".join(_sentences(decision, verdicts, causes)),
        findings=tuple(islice(_findings(verdicts, causes, names), FINDINGS)),
        questions=tuple(_questions(causes, names)) or (QUIET_QUESTIONS[decision],),
    )


def _decision(verdicts: Sequence[Verdict], causes: Sequence[Cause]) -> Decision:
    if any(_decides(cause.lead) and cause.direction == "down" for cause in causes):
        return "not_valid"
    judged = _of_company(verdicts, "win_rate")
    if "data_problem" in judged:
        return "data_problem"
    if not judged or "insufficient_evidence" in judged:
        return "not_enough_evidence"
    return "valid_with_changes" if causes else "valid"


def _sentences(decision: Decision, verdicts: Sequence[Verdict], causes: Sequence[Cause]) -> Iterator[str]:
    yield SENTENCES[decision]
    if causes and decision in ("not_enough_evidence", "data_problem"):
        yield PARTS_CHANGED
    if decision.startswith("valid") and _of_company(verdicts, "tier_order") & {"insufficient_evidence", "data_problem"}:
        yield TIERS_UNKNOWN


def _of_company(verdicts: Sequence[Verdict], metric: str) -> set[str]:
    return {item.finding.verdict for item in verdicts if _decides(item) and item.finding.unit.metric == metric}


def _decides(verdict: Verdict) -> bool:
    unit = verdict.finding.unit
    return unit.segment == COMPANY and unit.metric in DECIDING


def _questions(causes: Sequence[Cause], names: wording.Names) -> Iterator[str]:
    for cause in causes[:MOST_QUESTIONS]:
        finding = cause.lead.finding
        yield f"{names.of(finding.unit.segment)}: {wording.question(finding)}"
    if len(causes) > MOST_QUESTIONS:
        yield f"And {len(causes) - MOST_QUESTIONS} more, under “What has changed”."


def _findings(verdicts: Sequence[Verdict], causes: Sequence[Cause], names: wording.Names) -> Iterator[str]:
    """What changed, the largest first; then what the decision rests on; then the counts."""
    for cause in causes:
        finding = cause.lead.finding
        yield f"{wording.headline(finding, names)} – {wording.values(finding)}; {wording.movement(cause.lead)}."
    for item in verdicts:
        if _decides(item) and item.finding.verdict != "drift":
            told = wording.missing(item.finding) or f"{wording.values(item.finding)}; {wording.movement(item)}"
            yield f"{wording.headline(item.finding, names)} – {told}."
    yield f"{wording.tally(verdicts)}."
