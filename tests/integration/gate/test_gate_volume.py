"""An outage of the source must not look like customers who stopped deciding."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.slow

LOOK = date(2025, 12, 1)


def silent_since(company: Any, day: date) -> None:
    company.opportunities = [deal for deal in company.opportunities if deal["created_on"] < day]
    company.stage_events = [step for step in company.stage_events if step["entered_on"] < day]
    for deal in company.opportunities:
        if deal["closed_on"] and deal["closed_on"] >= day:
            deal |= {"closed_on": None, "outcome": "open", "stage": "Proposal"}


def test_trap_5_36_an_extract_that_falls_silent_is_a_data_problem_within_two_weeks(gate: Any, company: Any) -> None:
    """An empty extract reads as a conversion of 0; it is told before it counts as stale, and every verdict waits."""
    silent_since(company, LOOK - timedelta(days=13))
    gate.load(company)
    found = gate.check()
    assert ("volume", "created_on") in found.failed
    assert ("freshness", "*") not in found.failed
    assert found.waits("win_rate")
    assert found.waits("segment_mix")


def test_half_of_the_new_deals_missing_is_a_data_problem(gate: Any, growing: Any) -> None:
    """Every second new record of the last four weeks is lacking, as from an export that was cut short."""
    company = growing(deals=4_000)
    lost = {deal["opportunity_id"] for deal in company.since(LOOK - timedelta(weeks=4))[::2]}
    company.opportunities = [deal for deal in company.opportunities if deal["opportunity_id"] not in lost]
    gate.load(company)
    result = gate.check().of("volume", "created_on", "4 weeks")
    assert result.status == "failed"
    assert result.n is not None
    assert result.total is not None
    assert result.n / result.total == pytest.approx(0.5, abs=0.15)


def test_closes_that_stop_arriving_leave_the_mixes_of_new_deals_alone(gate: Any, company: Any) -> None:
    """Deals are still created, but nothing is closed any more: whatever reads outcomes waits, the rest goes on."""
    for deal in company.opportunities:
        if deal["closed_on"] and deal["closed_on"] >= LOOK - timedelta(weeks=4):
            deal |= {"closed_on": None, "outcome": "open", "stage": "Proposal"}
    company.stage_events = [
        step
        for step in company.stage_events
        if step["outcome"] == "open" or step["entered_on"] < LOOK - timedelta(weeks=4)
    ]
    gate.load(company)
    found = gate.check()
    assert ("volume", "closed_on") in found.failed
    assert found.waits("win_rate")
    assert not found.waits("segment_mix")


def test_a_company_that_shrinks_slowly_has_no_data_problem(gate: Any, growing: Any) -> None:
    """Two years of ever fewer deals are business, however many fewer they are than in the baseline."""
    company = growing(deals=4_000)
    kept = [
        deal
        for number, deal in enumerate(company.opportunities)
        if number % 100 >= 70 * (deal["created_on"] - date(2024, 1, 1)).days / 700
    ]
    company.opportunities = kept
    gate.load(company)
    assert not {field for check, field in gate.check().failed if check == "volume"}
