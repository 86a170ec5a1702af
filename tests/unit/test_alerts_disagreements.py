"""A report says where weekly monitoring judges otherwise than the quarter, and why both may be right."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from itertools import product
from typing import get_args

import pytest

from icp_monitor.alerts.disagreements import disagreements
from icp_monitor.alerts.names import Names
from icp_monitor.drift.verdict import (
    Context,
    Decision,
    Effect,
    Estimate,
    Evidence,
    Family,
    Finding,
    Unit,
    Verdict,
)
from icp_monitor.periods import Window

QUARTER, WEEKS = Window(date(2025, 8, 1), date(2025, 11, 1)), Window(date(2025, 9, 1), date(2026, 3, 2))
NAMES = Names({"mid": "Mid-market"})
FINDING = Finding(
    unit=Unit("outcome", "win_rate", "mid"),
    window=QUARTER,
    baseline=Estimate(0.3, 0.28, 0.32, 400),
    current=Estimate(0.2, 0.15, 0.25, 100),
    effect=Effect(-0.1, -0.15, -0.05, "points", 0.05),
    evidence=Evidence("a test", 0.001, 0.01),
)
CONTEXT = Context(
    run_id="r-1",
    as_of=date(2026, 3, 2),
    run_set="validation",
    knowledge="as-was",
    icp_version=1,
    baseline_id="b-1",
    baseline=Window(date(2024, 2, 1), date(2025, 2, 1)),
    horizon_days=120,
    level=0.9,
    family=Family(60, fdr=0.1),
)
DECISIONS: tuple[Decision, ...] = get_args(Decision)


def said(quarter: Decision, weeks: Decision, window: Window = WEEKS) -> list[str]:
    verdict = Verdict(CONTEXT, replace(FINDING, verdict=quarter))
    return list(disagreements([verdict], [replace(FINDING, verdict=weeks, window=window)], NAMES))


@pytest.mark.parametrize(("quarter", "weeks"), list(product(DECISIONS, DECISIONS)))
def test_a_unit_is_named_when_one_of_them_calls_it_a_drift_and_the_other_does_not(
    quarter: Decision, weeks: Decision
) -> None:
    one_drifts = (quarter == "drift") != (weeks == "drift")
    assert bool(said(quarter, weeks)) == (one_drifts and "data_problem" not in (quarter, weeks))


def test_the_sentence_says_what_each_is_about_and_why_they_may_differ() -> None:
    (sentence,) = said("stable", "drift", Window(date(2025, 12, 1), date(2026, 3, 2)))
    assert "Mid-market, win rate within 120 days: stable in the quarter, drift by weekly monitoring" in sentence
    assert "deals created 1 Aug 2025 to 31 Oct 2025" in sentence
    assert sentence.endswith("What changed after the quarter shows in the weeks alone.")
    (other,) = said("drift", "insufficient_evidence")
    assert other.endswith("Weekly monitoring asks for more evidence, because it looks every week.")
