"""A verdict survives its way through JSON unchanged, and every field of the contract is always there."""

from __future__ import annotations

import json
from datetime import date

import pytest

from icp_monitor.drift.verdict import (
    Context,
    Decomposition,
    Distances,
    Effect,
    Estimate,
    Evidence,
    Family,
    Finding,
    Needs,
    Unit,
    Verdict,
)
from icp_monitor.periods import Window

CONTEXT = Context(
    run_id="5f0c",
    as_of=date(2026, 10, 5),
    run_set="live",
    knowledge="as-was",
    icp_version=7,
    baseline_id="c74acd508690fab5",
    baseline=Window(date(2025, 4, 1), date(2026, 4, 1)),
    horizon_days=120,
    level=0.90,
    family=Family(64, fdr=0.10),
)
QUARTER = Window(date(2026, 4, 1), date(2026, 7, 1))
BARE = Finding(
    unit=Unit("economics", "acv", "fintech-mm"),
    window=QUARTER,
    baseline=Estimate(None, None, None, 0),
    current=Estimate(None, None, None, 0),
    effect=Effect(None, None, None, "relative", 0.15),
    evidence=Evidence("Welch", None),
)
FULL = Finding(
    unit=Unit("outcome", "win_rate", "fintech-mm", tier="tier_1", attribute="industry"),
    window=QUARTER,
    baseline=Estimate(0.29, 0.25, 0.34, 410),
    current=Estimate(0.12, 0.07, 0.20, 98, maturity=1.0),
    effect=Effect(-0.17, -0.23, -0.10, "points", 0.05),
    evidence=Evidence("CMH", 0.0007, 0.02, 5200.0),
    verdict="drift",
    severity="critical",
    direction="down",
    changed_on=date(2026, 4, 6),
    minimum_detectable_effect=0.11,
    needs=Needs(opportunities=41, weeks=5, judged_on=date(2026, 12, 1)),
    decided_by=Effect(-0.13, -0.19, -0.07, "points", 0.05),
    decomposition=Decomposition(-0.13, -0.02, -0.02),
    distances=Distances(0.31, 0.08, 0.11, 0.09),
    because=("won share",),
    not_because=("pipeline volume steady",),
    currency="USD",
)
CONTRACT = {
    "schema", "run_id", "as_of", "run_set", "knowledge", "icp_version", "baseline_id", "windows", "horizon_days",
    "level", "family", "currency", "kind", "metric", "segment", "tier", "attribute", "verdict", "severity", "direction",
    "baseline", "current", "effect", "evidence", "changed_on", "minimum_detectable_effect", "needs", "decided_by",
    "decomposition", "distances", "because", "not_because",
}  # fmt: skip


@pytest.mark.parametrize("finding", [BARE, FULL], ids=["bare", "full"])
def test_a_verdict_is_the_same_after_a_round_trip(finding: Finding) -> None:
    verdict = Verdict(CONTEXT, finding)
    assert Verdict.from_json(json.loads(json.dumps(verdict.as_json()))) == verdict


@pytest.mark.parametrize("finding", [BARE, FULL], ids=["bare", "full"])
def test_every_field_of_the_contract_is_present_and_no_other(finding: Finding) -> None:
    assert set(Verdict(CONTEXT, finding).as_json()) == CONTRACT


def test_the_unknown_is_null_and_never_0() -> None:
    data = Verdict(CONTEXT, BARE).as_json()
    assert data["effect"] == {"value": None, "low": None, "high": None, "unit": "relative", "material": 0.15}
    assert [data[name] for name in ("needs", "decided_by", "decomposition", "distances", "changed_on")] == [None] * 5


def test_only_the_current_cohort_has_a_maturity() -> None:
    data = Verdict(CONTEXT, FULL).as_json()
    assert "maturity" not in data["baseline"]
    assert data["current"]["maturity"] == 1.0
