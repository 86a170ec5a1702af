"""When an alarm is on: above the threshold, until the evidence has fallen tenfold below it."""

from __future__ import annotations

import numpy as np

from icp_monitor.drift.sequential.deals import Flags
from icp_monitor.metrics.life_table import Floats

HYSTERESIS = float(np.log(10))


def alarms(log_evidence: Floats, threshold: Floats | float) -> Flags:
    """Whether each unit's alarm is on at each look; looks are the first axis."""
    on = np.zeros(log_evidence.shape, dtype=bool)
    state = np.zeros(log_evidence.shape[1:], dtype=bool)
    for look, value in enumerate(log_evidence):
        state = (value > threshold) | (state & (value >= threshold - HYSTERESIS))
        on[look] = state
    return on


def begins(on: Flags) -> Flags:
    """The looks at which an alarm goes on."""
    before = np.zeros_like(on)
    before[1:] = on[:-1]
    return on & ~before
