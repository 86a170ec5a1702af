"""Marrowgate, the company of the demonstration: three fixed years, one change for the worse and one for the better."""

from __future__ import annotations

from datetime import date

from icp_monitor.periods import Window
from icp_monitor.synthetic.changes import AmountShift, WinRateShift
from icp_monitor.synthetic.world import World

DEMO_COMPANY = "Marrowgate"
DEMO_BASELINE = Window(date(2024, 2, 1), date(2025, 2, 1))
DEMO_CHANGE = date(2025, 5, 1)

# At this scale plain two-sample tests of win rate and amount (six segments, 120 days, Benjamini-Hochberg at .05) find
# both drifts in the first quarter after the change with 200 of 200 seeds, and with 176 of them nothing else.
DEMO_WORLD = World(
    seed=1,
    accounts=15_000,
    history=Window(date(2023, 2, 1), date(2026, 2, 1)),
    scale=3.0,
    drifts=(
        WinRateShift("fintech-mm", -0.14, on=DEMO_CHANGE),
        AmountShift("health-mm", 1.30, on=DEMO_CHANGE),
    ),
)
