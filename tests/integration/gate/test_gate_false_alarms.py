"""What the market does is none of the gate's business: it fails neither where nothing happens nor where much does."""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest

from icp_monitor import pipeline
from icp_monitor.cli.demo import rehearsal
from icp_monitor.periods import Window
from icp_monitor.settings import Settings
from icp_monitor.synthetic.changes import (
    AmountShift,
    CycleShift,
    Disturbance,
    Drift,
    MixShift,
    ScoreStopsPredicting,
    Season,
    SoonerWins,
    Surge,
    WinRateShift,
)
from icp_monitor.synthetic.company import generate
from icp_monitor.synthetic.files import write_csv
from icp_monitor.synthetic.world import World

pytestmark = pytest.mark.slow

REPOSITORY = Path(__file__).parents[3]
NOW = "2026-02-02T12:00:00Z"
CHANGE = date(2025, 8, 4)
LOOKS = [date(2025, 8, 18) + timedelta(weeks=weeks) for weeks in (0, 4, 8, 16)]
DRIFTS: list[Drift] = [
    WinRateShift(None, -0.12, on=CHANGE),
    AmountShift(None, 1.5, on=CHANGE),
    CycleShift(None, 1.6, on=CHANGE),
    MixShift("fintech-mm", 2.0, on=CHANGE),
    ScoreStopsPredicting(on=CHANGE),
]
DISTURBANCES: list[Disturbance] = [
    Surge(2.0, on=CHANGE, weeks=6),
    Season(4, points=0.08, amount_factor=1.2),
    SoonerWins(4.0, on=CHANGE),
]


def failures(gate: Any, world: World) -> list[str]:
    """What fails on the looks of a company that is exported whole at the end of its history."""
    write_csv(generate(world).extract, gate.folder / "data")
    rehearsal(REPOSITORY / "config", gate.folder / "example", 60)
    variables = {"ICP_CONFIG_DIR": str(gate.folder / "example"), "ICP_SOURCE_DIR": str(gate.folder / "data")}
    settings = Settings.from_environment({**gate.environment, **variables, "ICP_NOW": NOW}, gate.folder)
    pipeline.pull(settings)
    found = {day: pipeline.check(settings, pipeline.name_run(settings, day)) for day in LOOKS}
    return [f"{day}: {item.message}" for day, results in found.items() for item in results if item.status == "failed"]


def world(seed: int = 1, **changes: Any) -> World:
    return World(seed=seed, accounts=2_500, history=Window(date(2023, 2, 1), date(2026, 2, 1)), **changes)


@pytest.mark.parametrize("seed", [11, 12, 13])
def test_a_quiet_company_passes(gate: Any, seed: int) -> None:
    """At 0.2 false alarms a year, twelve looks should raise one in twenty times."""
    assert len(failures(gate, world(seed))) <= 1


@pytest.mark.parametrize("drift", DRIFTS, ids=lambda drift: type(drift).__name__)
def test_a_drift_of_the_market_is_let_through(gate: Any, drift: Drift) -> None:
    assert failures(gate, world(drifts=(drift,))) == []


@pytest.mark.parametrize("disturbance", DISTURBANCES, ids=lambda disturbance: type(disturbance).__name__)
def test_a_disturbance_of_the_market_is_let_through(gate: Any, disturbance: Disturbance) -> None:
    assert failures(gate, world(disturbances=(disturbance,))) == []
