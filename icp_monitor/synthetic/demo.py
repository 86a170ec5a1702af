"""Marrowgate, the demonstration's company: a fixed history with one change for the worse and one for the better."""

from __future__ import annotations

from datetime import date

from icp_monitor.periods import Window
from icp_monitor.synthetic.changes import AmountShift, WinRateShift
from icp_monitor.synthetic.world import World

DEMO_COMPANY = "Marrowgate"
DEMO_BASELINE = Window(date(2024, 2, 1), date(2025, 2, 1))
DEMO_CHANGE = date(2025, 8, 1)
# Look days before the change and eight weeks after it; and a day on which the quarter after it has matured.
DEMO_LOOKS = (date(2025, 7, 28), date(2025, 9, 29))
DEMO_VALIDATION = date(2026, 3, 2)

# At this scale plain two-sample tests of win rate and amount (six segments, 120 days, Benjamini-Hochberg at .05) found
# a fall of 14 points and this rise in the first quarter after the change with 200 of 200 seeds.
DEMO_WORLD = World(
    seed=1,
    accounts=15_000,
    history=Window(date(2023, 2, 1), date(2026, 4, 1)),
    scale=3.0,
    drifts=(
        WinRateShift("fintech-mm", -0.18, on=DEMO_CHANGE),
        AmountShift("health-mm", 1.30, on=DEMO_CHANGE),
    ),
)
