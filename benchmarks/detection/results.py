"""What the benchmark measured, as one value that can be kept and shown again."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from pydantic import TypeAdapter

from benchmarks.detection.measures import Found, Rate, Share
from benchmarks.detection.oracles import OracleRates

BUDGETS = (0.05, 0.1, 0.2, 0.35, 0.7, 1.4)  # false alarms a year


@dataclass(frozen=True)
class Size:
    """How many runs of everything."""

    null: int = 600
    change: int = 300
    sham: int = 300
    replays: int = 2000
    baselines: int = 2
    rolling: int = 200
    rddm: int = 100


QUICK = Size(null=40, change=40, sham=40, replays=200, baselines=1, rolling=40, rddm=10)


@dataclass(frozen=True)
class FalseAlarms:
    """False alarms a year: episodes with hysteresis, and every re-crossing of a threshold."""

    episodes: Rate
    recrossings: Rate


@dataclass(frozen=True)
class RivalRates:
    """A rival at one setting: its false alarms a year, the share of each change found in time, the median delay."""

    setting: float
    false_alarms: Rate
    found: dict[str, Share]
    delay: dict[str, float]


@dataclass(frozen=True)
class Results:
    """All that was measured; inner keys are budgets of false alarms a year.

    ``null_without`` has the plain company's false alarms without the metrics that a sham changes, ``channels`` those of
    each channel at 0.7.
    """

    size: Size
    cpu_seconds: float
    thresholds: dict[float, dict[str, float]]
    null: dict[float, FalseAlarms]
    null_without: dict[str, dict[float, Rate]]
    channels: dict[str, Rate]
    changes: dict[str, dict[float, Found]]
    shams: dict[str, dict[float, Rate]]
    oracles: dict[str, dict[float, OracleRates]]
    rolling: tuple[RivalRates, ...]
    rddm: tuple[RivalRates, ...]

    def save(self, file: Path) -> None:
        """Keep the results as JSON."""
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(TypeAdapter(Results).dump_json(self, indent=1))

    @classmethod
    def load(cls, file: Path) -> Results:
        """The results that ``save`` kept."""
        return TypeAdapter(Results).validate_json(file.read_bytes())
