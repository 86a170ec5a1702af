"""The verdict box claims no more than the verdicts on the company carry."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import product
from pathlib import Path
from typing import get_args

import pytest

from icp_monitor.alerts.wording import Names
from icp_monitor.drift.verdict import Decision, Needs, Verdict
from icp_monitor.reports.conclusion import SENTENCES, TIERS_UNKNOWN, conclude
from icp_monitor.reports.document import Conclusion

DOCUMENT = json.loads((Path(__file__).parents[1] / "golden/report/document.json").read_text("utf-8"))
NAMES = Names({row["segment"]: row["name"] for row in DOCUMENT["scorecard"]})
UNITS = {
    (item["metric"], item["segment"]): Verdict.from_json(item) for item in DOCUMENT["verdicts"] if not item["attribute"]
}
UNDECIDED = {"insufficient_evidence": "not_enough_evidence", "data_problem": "data_problem"}
VERDICTS: tuple[Decision, ...] = get_args(Decision)


def judged(metric: str, segment: str, verdict: Decision, value: float = -0.2) -> Verdict:
    """A unit of the realistic report with another verdict, its effect ``value`` where it drifts."""
    item = UNITS[metric, segment]
    finding = replace(item.finding, verdict=verdict, severity="none", direction=None, needs=Needs(opportunities=9))
    if verdict == "drift":
        effect = replace(finding.effect, value=value, low=value - 0.05, high=value + 0.05)
        direction = "up" if value > 0 else "down"
        finding = replace(finding, effect=effect, decided_by=None, direction=direction, severity="critical")
    return replace(item, finding=finding)


def conclusion(*verdicts: Verdict) -> Conclusion:
    return conclude(verdicts, NAMES)


@pytest.mark.parametrize(("win_rate", "tier_order", "segment"), list(product(VERDICTS, VERDICTS, VERDICTS)))
def test_valid_is_said_only_where_the_companys_win_rate_could_be_judged(
    win_rate: Decision, tier_order: Decision, segment: Decision
) -> None:
    found = conclusion(
        judged("win_rate", "company", win_rate),
        judged("tier_order", "company", tier_order),
        judged("acv", "smb", segment),
    )
    if win_rate == "drift" or tier_order == "drift":
        assert found.decision == "not_valid"
    elif win_rate in UNDECIDED:
        assert found.decision == UNDECIDED[win_rate]
    else:
        assert found.decision == ("valid_with_changes" if segment == "drift" else "valid")
        assert (TIERS_UNKNOWN in found.sentence) == (tier_order != "stable")
    assert found.sentence.startswith(SENTENCES[found.decision])


def test_no_verdict_at_all_is_not_enough_evidence() -> None:
    assert conclusion().decision == "not_enough_evidence"
    assert conclusion().findings == ("0 checks: nothing could be judged.",)


def test_segments_alone_say_nothing_about_the_whole() -> None:
    assert conclusion(judged("win_rate", "smb", "stable")).decision == "not_enough_evidence"


def test_changed_parts_are_named_even_where_the_whole_can_not_be_judged() -> None:
    found = conclusion(judged("win_rate", "company", "insufficient_evidence"), judged("acv", "smb", "drift"))
    assert found.decision == "not_enough_evidence"
    assert "Parts of it have changed." in found.sentence


def test_a_fall_that_one_segment_explains_asks_for_changes_only() -> None:
    company = judged("win_rate", "company", "drift", -0.04)
    found = conclusion(company, judged("win_rate", "fintech-mm", "drift", -0.2))
    assert found.decision == "valid_with_changes"


def test_a_rise_of_the_company_does_not_make_the_icp_invalid() -> None:
    assert conclusion(judged("win_rate", "company", "drift", 0.2)).decision == "valid_with_changes"


def test_there_are_three_findings_the_drifts_first_and_then_what_the_decision_rests_on() -> None:
    found = conclusion(
        judged("win_rate", "company", "stable"),
        judged("tier_order", "company", "insufficient_evidence"),
        judged("acv", "smb", "drift"),
        judged("cycle", "smb", "data_problem"),
    )
    assert len(found.findings) == 3
    assert found.findings[0].startswith("Small business: contracts are smaller than the ICP promised – ")
    assert found.findings[1].startswith("The whole company: win rate, stable – ")
    head, rest = found.findings[2].split(" – ")
    assert head == "The whole company: lead of Tier 1 over Tier 3, not enough evidence yet"
    assert rest == "needs 9 more deals."


def test_every_cause_asks_for_a_decision_and_the_list_stays_short() -> None:
    segments = ("smb", "saas-mm", "health-mm")
    drifts = [judged(metric, segment, "drift") for metric in ("acv", "cycle") for segment in segments]
    drifts.append(judged("win_rate", "smb", "drift", 0.2))
    drifts.append(judged("win_rate", "saas-mm", "drift", -0.2))
    found = conclusion(*drifts)
    assert len(found.questions) == 4
    assert all(question.endswith("?") for question in found.questions[:3])
    assert found.questions[3] == "And 1 more, under “What has changed”."


def test_without_a_drift_the_question_is_about_the_icp_itself() -> None:
    assert conclusion(judged("win_rate", "company", "stable")).questions == ("Keep the ICP as it is, and until when?",)
