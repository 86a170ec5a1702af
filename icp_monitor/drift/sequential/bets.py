"""What a change would look like: the sizes, directions and shapes that the detector bets on, and their budget."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Literal

from icp_monitor.drift.sequential.starts import Shape

Metric = Literal["win_rate", "acv", "cycle", "score", "mix", "attribute_power"]
Scope = Literal["segment", "company", "attribute"]
HARM = 0.9


@dataclass(frozen=True)
class Bet:
    """Equal stakes on the sizes ``thetas`` of a shift, in the units of the score statistic's parameter.

    ``down`` is the stake on a fall of the parameter, the rest is on a rise. ``shapes`` has the stake of each shape.
    ``spread`` is how far all units may move together, for a unit against the rest; None: it stands alone.
    """

    thetas: tuple[float, ...]
    down: float = 0.5
    shapes: dict[Shape, float] = field(default_factory=lambda: {"step": 1.0})
    spread: float | None = None

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
WIN_RATE = Bet((0.4, 0.6, 0.9), HARM, GRADUAL, spread=0.15)
ACV = Bet((0.12, 0.2, 0.3), spread=0.03)
CYCLE = Bet((0.25, 0.45, 0.7), HARM, spread=0.15)
SCORE = Bet((0.5, 0.9, 1.3), HARM)
VALUES = Bet((0.3, 0.5, 0.8))

CHANNELS = (
    Channel("win_rate", "segment", WIN_RATE, 0.42),
    Channel("win_rate", "company", WIN_RATE.sized(0.2, 0.3, 0.45), 0.13),
    Channel("acv", "segment", ACV, 0.24),
    Channel("acv", "company", ACV.sized(0.06, 0.12, 0.2), 0.05),
    Channel("cycle", "segment", CYCLE, 0.05),
    Channel("cycle", "company", CYCLE.sized(0.12, 0.25, 0.45), 0.02),
    Channel("score", "segment", SCORE, 0.04),
    Channel("score", "company", SCORE, 0.02),
    Channel("mix", "attribute", VALUES, 0.03),
    Channel("attribute_power", "attribute", replace(VALUES, spread=0.15), 0.05),
)
