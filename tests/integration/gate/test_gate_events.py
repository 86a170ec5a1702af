"""What was won before and after an event, beside every registered one."""

from __future__ import annotations

import random
from datetime import date
from typing import Any

import pytest

from icp_monitor import pipeline
from icp_monitor.pipeline.judging import judging_of
from icp_monitor.pipeline.monitoring import events_in
from icp_monitor.pipeline.naming import from_text
from icp_monitor.pipeline.workspace import open_workspace

pytestmark = pytest.mark.slow

LOOK, LAUNCH = date(2025, 12, 1), date(2025, 8, 13)
EVENTS = f"""events:
  - {{id: launch, on: {LAUNCH}, kind: competitor, label: A rival launches}}
  - {{id: early, on: 2025-03-05, kind: pricing, label: A new price list}}
  - {{id: recent, on: 2025-11-26, kind: market, label: Last week}}
"""


def told(gate: Any) -> dict[str, Any]:
    run = pipeline.name_run(gate.settings, LOOK)
    for step in (pipeline.check, pipeline.score, pipeline.measure):
        step(gate.settings, run)
    with open_workspace(gate.settings) as workspace:
        judging = judging_of(workspace, from_text(run))
        return {item.event.id: item for item in events_in(judging, workspace.config.monitoring.events)}


def test_a_fall_after_an_event_is_told_beside_it_and_not_beside_another(gate: Any, growing: Any) -> None:
    """A rival launches and fewer deals are won from then on; the price list of spring changed nothing."""
    company = growing(deals=6_000)
    chance = random.Random(1)
    for deal in company.opportunities:
        if deal["outcome"] == "won" and deal["closed_on"] >= LAUNCH and chance.random() < 0.6:
            deal |= {"outcome": "lost", "stage": "Closed Lost"}
    fate = {deal["opportunity_id"]: deal for deal in company.opportunities}
    for step in company.stage_events:
        if step["outcome"] != "open":
            step |= {name: fate[step["opportunity_id"]][name] for name in ("outcome", "stage")}
    gate.configure("events: []\n", EVENTS)
    gate.load(company)
    found = told(gate)
    assert found["launch"].says == "less"
    assert found["launch"].change.high < -0.1
    assert found["launch"].after < found["launch"].before
    assert found["early"].says in ("no_change", "not_enough")
    assert "recent" not in found


def test_a_handful_of_deals_says_not_enough(gate: Any, growing: Any) -> None:
    gate.configure("events: []\n", EVENTS)
    gate.load(growing(deals=240))
    assert {item.says for item in told(gate).values()} == {"not_enough"}
