"""Win rates of deals by the window they were closed in: what boards read, biased by when losses are marked."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class ClosedRates:
    """Closed deals by outcome; a rate without any deal behind it is None.

    >>> rates = ClosedRates(won=4, lost=2, no_decision=94)
    >>> round(rates.narrow, 3), rates.broad
    (0.667, 0.04)
    """

    won: int
    lost: int
    no_decision: int

    @property
    def narrow(self) -> float | None:
        """Won of those that somebody won: the company or a rival."""
        return _ratio(self.won, self.won + self.lost)

    @property
    def broad(self) -> float | None:
        """Won of all that were closed, those without a decision included; also called the close rate."""
        return _ratio(self.won, self.closed)

    @property
    def closed(self) -> int:
        """All closed deals."""
        return self.won + self.lost + self.no_decision


def _ratio(part: int, whole: int) -> float | None:
    return part / whole if whole else None
