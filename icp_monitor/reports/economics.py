"""What a validation report says of customers after the win, as plain values."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Range:
    """A figure with its range and the number of customers, or leads, behind it; unknown is None."""

    value: float | None
    low: float | None
    high: float | None
    n: int


@dataclass(frozen=True)
class Figures:
    """The figures of one segment or tier, by metric."""

    group: str
    name: str
    of: dict[str, Range]


@dataclass(frozen=True)
class Bridge:
    """A segment's monthly recurring revenue from the quarter's start to its end; the movements are the difference."""

    segment: str
    name: str
    before: float
    after: float
    movements: dict[str, float]


@dataclass(frozen=True)
class Band:
    """Customers by the score with which they were won, from ``low`` up to ``high``."""

    low: int
    high: int
    of: dict[str, Range]


@dataclass(frozen=True)
class BandTrend:
    """By how much the share that stays rises from one band to the next, and the p-value of no trend."""

    step: float
    p_value: float


@dataclass(frozen=True)
class TierCost:
    """What a new customer of a tier costs by each method of allocation; None where the method gives it none."""

    tier: str
    by_method: dict[str, float | None]


@dataclass(frozen=True)
class Acquisition:
    """The costs of acquisition by tier; ``robust`` says whether all methods rank the tiers alike, None if none do."""

    method: str
    methods: tuple[str, ...]
    tiers: tuple[TierCost, ...]
    robust: bool | None


@dataclass(frozen=True)
class PnlRow:
    """A segment's year, in currency: amounts by line, and the share of each cost that is tagged with the segment."""

    segment: str
    name: str
    amounts: dict[str, float]
    tagged: dict[str, float | None]
    customers: int
    top_share: float | None


@dataclass(frozen=True)
class BestTrait:
    """A value of an attribute: its share among the best customers, all of them, and the deals that were not won.

    ``lift`` is the first share by the second; ``credible`` where chance among so many values is ruled out.
    """

    attribute: str
    value: str
    n_best: int
    of_best: float
    of_all: float
    of_not_won: float | None
    lift: float | None
    low: float | None
    high: float | None
    credible: bool


@dataclass(frozen=True)
class Best:
    """The ``n`` best of ``of`` customers, one in ``part``, and the values that tell most of them."""

    part: int
    n: int
    of: int
    traits: tuple[BestTrait, ...]


@dataclass(frozen=True)
class UnitEconomics:
    """Everything about customers; a part whose sources are not mapped is empty, or None, and named in ``unmapped``.

    Figures look back a year from the day before ``until``. ``margin_known`` says whether values are gross margin or
    revenue, ``drivers`` by what each kind of cost is shared.
    """

    until: str
    unmapped: tuple[str, ...]
    margin_known: bool
    segments: tuple[Figures, ...]
    tiers: tuple[Figures, ...]
    bridges: tuple[Bridge, ...]
    bands: tuple[Band, ...]
    trend: BandTrend | None
    acquisition: Acquisition | None
    pnl: tuple[PnlRow, ...]
    drivers: dict[str, str]
    best: Best | None = None
