"""What a change would look like: the sizes, directions and shapes that the detector bets on, and their budget."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from icp_monitor.drift.sequential.starts import Shape

Metric = Literal["win_rate", "acv", "cycle", "score", "mix", "attribute_power", "retention"]
Scope = Literal["segment", "company", "attribute"]
HARM = 0.9


@dataclass(frozen=True)
class Bet:
    """Equal stakes on the sizes ``thetas`` of a shift, in the units of the score statistic's parameter.

    For the values of an attribute they are standard deviations: how far the values' shifts may scatter.

    ``down`` is the stake on a fall of the parameter, the rest is on a rise, for starts at least ``patience`` weeks ago.
    ``shapes`` has the stake of each shape.
    ``spread`` is how far all units may move together, for a unit against the rest; None: it stands alone.
    """

    thetas: tuple[float, ...]
    down: float = 0.5
    shapes: dict[Shape, float] = field(default_factory=lambda: {"step": 1.0})
    spread: float | None = None
    patience: int = 1

    def sized(self, *thetas: float) -> Bet:
        """The same bet on other sizes, on a unit that stands alone."""
        return replace(self, thetas=thetas, spread=None)


@dataclass(frozen=True)
class Channel:
    """Units of one metric that share a bet and a threshold; ``share`` is theirs of the family's alarm budget."""

    metric: Metric
    scope: Scope
    bet: Bet
    share: float

    @property
    def name(self) -> str:
        """How the channel's threshold is stored."""
        return f"{self.metric}/{self.scope}"


GRADUAL: dict[Shape, float] = {"step": 0.5, "ramp": 0.5}
WIN_RATE = Bet((0.45, 0.7, 1.0), 0.98, GRADUAL, spread=0.05, patience=26)
ACV = Bet((0.12, 0.2, 0.3), spread=0.03)
CYCLE = Bet((0.25, 0.45, 0.7), HARM, spread=0.05)
RETENTION = replace(CYCLE, down=1 - HARM)
SCORE = Bet((0.5, 0.9, 1.3), HARM)
SCATTER = Bet((0.1, 0.2, 0.4))

CHANNELS = (
    Channel("win_rate", "segment", WIN_RATE, 0.55),
    Channel("win_rate", "company", replace(WIN_RATE.sized(0.2, 0.3, 0.45), down=1.0), 0.03),
    Channel("acv", "segment", ACV, 0.285),
    Channel("acv", "company", ACV.sized(0.06, 0.12, 0.2), 0.02),
    Channel("cycle", "segment", CYCLE, 0.05),
    Channel("cycle", "company", CYCLE.sized(0.12, 0.25, 0.45), 0.01),
    Channel("score", "segment", SCORE, 0.015),
    Channel("score", "company", SCORE, 0.025),
    Channel("mix", "attribute", SCATTER, 0.015),
    Channel("attribute_power", "attribute", SCATTER, 0.03),
    Channel("retention", "segment", RETENTION, 0.05),
    Channel("retention", "company", replace(RETENTION, thetas=(0.12, 0.25, 0.45), spread=None), 0.01),
)
