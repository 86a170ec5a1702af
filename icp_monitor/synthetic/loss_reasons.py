"""Why deals were lost, in the words of reps and of those who asked the buyers: incomplete, and not always agreeing."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icp_monitor.synthetic.climate import Climate
from icp_monitor.synthetic.columns import Bools, Ints
from icp_monitor.synthetic.deals import Deals
from icp_monitor.synthetic.world import World

REASONS = ("competitor", "integration", "no_budget", "no_decision", "price", "timing")
COMPETITORS = ("Competitor X", "Competitor Y", "Competitor Z")
_COMPETITOR = REASONS.index("competitor")


@dataclass(frozen=True)
class _Witness:
    """Somebody who says why deals were lost: for which share of them, how many days later, and what."""

    origin: str
    covers: float
    days: tuple[int, int]
    says: tuple[float, ...]


# Reps blame the price about twice as often as the buyers themselves do.
_WITNESSES = (
    _Witness("rep", 0.70, (0, 7), (0.15, 0.07, 0.15, 0.18, 0.33, 0.12)),
    _Witness("buyer", 0.08, (14, 60), (0.24, 0.20, 0.12, 0.16, 0.16, 0.12)),
    _Witness("analyst", 0.05, (14, 90), (0.24, 0.20, 0.12, 0.16, 0.16, 0.12)),
)
ORIGINS = tuple(witness.origin for witness in _WITNESSES)


@dataclass(frozen=True)
class LossReasons:
    """One row for each reason on record, in order of the day ``recorded``.

    ``deal`` is a position in the deals; ``origin``, ``reason`` and ``competitor`` in their vocabularies, and
    ``competitor`` is -1 when none is named.
    """

    deal: Ints
    origin: Ints
    reason: Ints
    competitor: Ints
    recorded: Ints


def draw_loss_reasons(world: World, climate: Climate, deals: Deals) -> LossReasons:
    """Ask every witness about every lost deal."""
    lost = ~deals.won & (deals.closed < world.history.days)
    taken = _taken_by_competitor(world, climate, deals)
    parts = [_testimony(world, position, deals, lost, taken) for position in range(len(_WITNESSES))]
    rows = np.concatenate(parts, axis=1)
    return LossReasons(*rows[:, np.lexsort((rows[0], rows[-1]))])


def _taken_by_competitor(world: World, climate: Climate, deals: Deals) -> Bools:
    """Which deals, if lost, are among the losses beyond the segment's usual ones."""
    decided = np.minimum(deals.closed, world.history.days - 1)
    usual = np.array([profile.win_rate for profile in world.segments])[:, None]
    beyond = np.maximum(usual - climate.win_rate, 0) / (1 - climate.win_rate)
    return world.rng("taken").random(len(decided)) < beyond[deals.segment, decided]


def _testimony(world: World, position: int, deals: Deals, lost: Bools, taken: Bools) -> Ints:
    """The fields of ``LossReasons`` as rows, for the lost deals that one witness speaks about."""
    witness, count = _WITNESSES[position], len(lost)
    rng = {what: world.rng(f"{witness.origin} {what}") for what in ("speaks", "reason", "rival", "days")}
    deal = np.flatnonzero(lost & (rng["speaks"].random(count) < witness.covers))
    reason = rng["reason"].choice(len(REASONS), size=count, p=witness.says)[deal]
    reason[taken[deal]] = _COMPETITOR
    rival = rng["rival"].integers(len(COMPETITORS), size=count)[deal]
    recorded = deals.closed[deal] + rng["days"].integers(*witness.days, size=count)[deal]
    return np.stack([deal, np.full_like(deal, position), reason, np.where(reason == _COMPETITOR, rival, -1), recorded])
