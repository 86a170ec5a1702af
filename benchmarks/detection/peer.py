"""Frouros' RDDM on the same outcomes, run in an environment of its own."""

from __future__ import annotations

import subprocess
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from benchmarks.detection.world import BASELINE, CHANGED, LOOKS, ONSET, Ints
from icp_monitor.drift.sequential.histories import History

VERSION = "0.9.0"
LEVELS = (2.258, 2.8, 3.4)
SCRIPT = Path(__file__).with_name("rddm_alarms.py")


@dataclass(eq=False)
class Sequences:
    """Each run's resolved deals by segment, in order: the week of each, and whether it was lost."""

    weeks: list[Ints] = field(default_factory=list)
    lost: list[Ints] = field(default_factory=list)

    def note(self, history: History) -> None:
        """Add one run."""
        for week, lost in _outcomes(history):
            self.weeks.append(week)
            self.lost.append(lost)

    def alarms(self, level: float) -> list[Ints]:
        """The weeks of RDDM's alarms in each run and segment, at its parameter ``drift_level``."""
        lengths = np.cumsum([len(week) for week in self.weeks])[:-1]
        with tempfile.TemporaryDirectory() as folder:
            source, target = Path(folder, "outcomes.npz"), Path(folder, "alarms.npz")
            np.savez(source, lost=np.concatenate(self.lost), lengths=lengths, level=level)
            package = f"frouros=={VERSION}"
            command = ["uv", "run", "--no-project", "--isolated", "--quiet", "--with", package, "python"]
            subprocess.run([*command, str(SCRIPT), str(source), str(target)], check=True)
            places = np.load(target)
            return [week[places[f"arr_{number}"]] for number, week in enumerate(self.weeks)]


def false_alarms(alarms: list[Ints]) -> int:
    """How many alarms came after the baseline."""
    return sum(int((weeks >= BASELINE).sum()) for weeks in alarms)


def delays(alarms: list[Ints], segments: int) -> Ints:
    """Weeks from the onset to the changed segment's first alarm after it, in each run."""
    own = alarms[CHANGED::segments]
    return np.array([min((week - ONSET for week in weeks if week >= ONSET), default=LOOKS) for weeks in own])


def _outcomes(history: History) -> Iterator[tuple[Ints, Ints]]:
    deals = history.outcomes.deals
    for segment in range(len(history.segments)):
        own = np.flatnonzero(deals.segment == segment)
        own = own[np.argsort(deals.resolved[own], kind="stable")]
        yield deals.resolved[own], 1 - deals.won[own].astype(np.int64)
