"""Definitions that change on a day: stages of the sales process, and the bar for a qualified lead."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.slow

LOOK, CHANGE = date(2025, 12, 1), date(2025, 9, 1)
MARKER = "events: [{id: playbook, on: 2025-09-03, kind: process, label: New sales playbook}]"


def renamed(company: Any, old: str, new: str) -> None:
    for row in (*company.stage_events, *company.opportunities):
        if row["stage"] == old and row.get("entered_on", CHANGE) >= CHANGE:
            row["stage"] = new


def without(company: Any, stage: str) -> None:
    """The stage is abolished: from its end on nobody enters it."""
    company.stage_events = [
        step for step in company.stage_events if not (step["stage"] == stage and step["entered_on"] >= CHANGE)
    ]


def test_trap_5_06_a_stage_that_is_renamed_mid_window_is_a_data_problem_and_no_drift(gate: Any, company: Any) -> None:
    """Sales renames a stage: what reads outcomes waits, and the finding names both stages, the day and the cure."""
    renamed(company, "Demo", "Solution fit")
    gate.load(company)
    found = gate.check()
    assert found.failed == {("stages", "stage")}
    (result,) = [item for item in found.results if item.status == "failed"]
    assert f"since {CHANGE}" in result.message
    assert result.suggestion is not None
    assert "renamed: {Solution fit: Demo}" in result.suggestion
    assert found.waits("win_rate")
    assert found.waits("cycle")
    assert not found.waits("segment_mix")


def test_trap_5_06_a_stage_map_with_its_day_cures_it(gate: Any, company: Any) -> None:
    renamed(company, "Demo", "Solution fit")
    gate.load(company)
    change = f"stage_changes: [{{on: {CHANGE}, renamed: {{Solution fit: Demo}}}}]"
    gate.configure("max_days_stale: 21", f"max_days_stale: 21, {change}")
    found = gate.check()
    assert found.failed == set()
    assert not found.waits("win_rate")


def test_a_registered_process_change_is_named_beside_it(gate: Any, company: Any) -> None:
    renamed(company, "Demo", "Solution fit")
    gate.load(company)
    gate.configure("events: []", MARKER)
    (result,) = [item for item in gate.check().results if item.status == "failed"]
    assert "New sales playbook" in result.message


@pytest.mark.parametrize("declared", [False, True])
def test_a_stage_that_vanishes_is_a_data_problem_until_it_is_declared(gate: Any, company: Any, declared: bool) -> None:
    without(company, "Demo")
    gate.load(company)
    if declared:
        change = f"stage_changes: [{{on: {CHANGE}, removed: [Demo]}}]"
        gate.configure("max_days_stale: 21", f"max_days_stale: 21, {change}")
    found = gate.check()
    assert (("stages", "stage") in found.failed) == (not declared)


def test_a_stage_that_is_added_is_a_data_problem(gate: Any, company: Any) -> None:
    """A security review comes between demo and proposal: every deal's way is longer by a stage from that day on."""
    company.stage_events += [
        {**step, "stage": "Review", "entered_on": step["entered_on"] - timedelta(days=1)}
        for step in company.stage_events
        if step["stage"] == "Proposal" and step["entered_on"] > CHANGE
    ]
    gate.load(company)
    (result,) = [item for item in gate.check().results if item.status == "failed"]
    assert "a new stage" in result.message


def test_a_stage_that_swallows_its_neighbour_is_seen_in_the_time_spent_in_it(gate: Any, growing: Any) -> None:
    """Deals enter the proposal stage only when the contract is drafted: demo takes longer, proposal hardly any time."""
    company = growing(deals=4_000)
    last: dict[str, date] = {}
    for step in company.stage_events:
        last[step["opportunity_id"]] = max(step["entered_on"], last.get(step["opportunity_id"], step["entered_on"]))
    for step in company.stage_events:
        if step["stage"] == "Proposal" and step["entered_on"] >= CHANGE:
            step["entered_on"] = max(step["entered_on"], last[step["opportunity_id"]])
    gate.load(company)
    found = gate.check()
    assert ("stages", "stage") in found.failed
    assert any("deals stay in Demo" in item.message for item in found.results if item.status == "failed")


def test_a_fall_of_the_win_rate_is_no_redefinition(gate: Any, company: Any) -> None:
    """From one day on hardly anything is won: that is what the monitor is for, and the gate must let it through."""
    chance = random.Random(1)
    for deal in company.opportunities:
        if deal["outcome"] == "won" and deal["closed_on"] >= CHANGE and chance.random() < 0.8:
            deal |= {"outcome": "lost", "stage": "Closed Lost"}
            for step in company.stage_events:
                if step["opportunity_id"] == deal["opportunity_id"] and step["outcome"] == "won":
                    step |= {"outcome": "lost", "stage": "Closed Lost"}
    gate.load(company)
    assert gate.check().failed == set()


def test_deals_that_suddenly_take_twice_as_long_are_no_redefinition(gate: Any, company: Any) -> None:
    """Every stage takes twice as long from a day on: a slower market, which no single stage explains."""
    created = {deal["opportunity_id"]: deal["created_on"] for deal in company.opportunities}
    for step in company.stage_events:
        if step["entered_on"] > CHANGE:
            begun = max(created[step["opportunity_id"]], CHANGE)
            step["entered_on"] = begun + 2 * (step["entered_on"] - begun)
    company.stage_events = [step for step in company.stage_events if step["entered_on"] < LOOK]
    gate.load(company)
    assert ("stages", "stage") not in gate.check().failed


def test_trap_5_07_a_new_bar_for_qualified_leads_is_a_data_problem_of_the_funnel(gate: Any, company: Any) -> None:
    """Marketing raises the score that makes a lead qualified: the conversion falls on a day, and nobody changed."""
    chance = random.Random(2)
    leads = []
    for number in range(4_000):
        created = date(2024, 1, 1) + timedelta(days=chance.randrange(700))
        qualified = chance.random() < (0.2 if created >= CHANGE else 0.7)
        mql_on = created + timedelta(days=3) if qualified and created < LOOK - timedelta(days=4) else None
        leads.append({"lead_id": f"L{number}", "created_on": created, "mql_on": mql_on})
    company.others = {"leads": leads}
    gate.configure(
        "      win_loss:",
        "      leads: {file: l.csv, columns: {lead_id: id, created_on: c}}\n      win_loss:",
        "sources.yaml",
    )
    gate.load(company)
    found = gate.check()
    assert found.failed == {("leads", "mql_on")}
    assert f"since {CHANGE}" in found.of("leads").message
    assert not found.waits("win_rate")
