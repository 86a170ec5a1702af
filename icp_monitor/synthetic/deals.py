"""The whole life of every opportunity: when it was created, how it moved, how it ended."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icp_monitor.synthetic.accounts import AccountBook
from icp_monitor.synthetic.climate import Climate
from icp_monitor.synthetic.columns import Bools, Floats, Ints
from icp_monitor.synthetic.outcomes import CYCLE_SHAPE, win_probabilities
from icp_monitor.synthetic.world import World

SOURCES = {"event": 0.10, "inbound": 0.36, "outbound": 0.34, "partner": 0.20}
STAGES = ("Discovery", "Proposal", "Negotiation", "Closed Lost", "Closed Won")
LOST, WON = STAGES.index("Closed Lost"), STAGES.index("Closed Won")
_LOG_SD = 0.6
_SHORTEST = 2
_STUCK_IN_DISCOVERY, _STUCK_BEFORE_NEGOTIATION = 0.75, 0.55


@dataclass(frozen=True)
class Deals:
    """Every opportunity in order of creation; days count from the start of the history, whose length means "not yet".

    ``entered`` holds, for each deal, the days on which it entered Discovery, Proposal, Negotiation and its end.
    ``estimate`` is the amount in cents while the deal is open, ``agreed`` when it is closed; ``win_probability`` is
    the chance that it had under the conditions of the day when it was decided.
    """

    account: Ints
    segment: Ints
    source: Ints
    entered: Ints
    won: Bools
    win_probability: Floats
    estimate: Ints
    agreed: Ints

    @property
    def created(self) -> Ints:
        """The day of creation."""
        return self.entered[:, 0]

    @property
    def closed(self) -> Ints:
        """The day of the decision."""
        return self.entered[:, -1]


def draw_deals(world: World, climate: Climate, book: AccountBook) -> Deals:
    """Let a world's deals run their course.

    A deal is won when its chance exceeds its hurdle, a number between 0 and 1. Each property has its own stream of
    random numbers, drawn in order of creation: what happens before a change can't depend on it.
    """
    created, segment = _creations(world, climate)
    count = len(created)
    account = _choose_accounts(world, book, created, segment)
    age = world.rng("cycle").standard_gamma(CYCLE_SHAPE, size=count) / CYCLE_SHAPE
    hurdle = world.rng("hurdle").random(count)
    entered = _stages(world, climate, created, segment, age, hurdle)
    decided = np.minimum(entered[:, -1], world.history.days - 1)
    chance = win_probabilities(book, climate, account, age, decided)
    estimate = _estimates(world, segment)
    return Deals(
        account=account,
        segment=segment,
        source=world.rng("source").choice(len(SOURCES), size=count, p=list(SOURCES.values())),
        entered=entered,
        won=hurdle < chance,
        win_probability=chance,
        estimate=np.rint(estimate).astype(np.int64),
        agreed=np.rint(estimate * climate.amount[segment, decided]).astype(np.int64),
    )


def _creations(world: World, climate: Climate) -> tuple[Ints, Ints]:
    """Day and segment of every opportunity, in order of day."""
    a_day = world.rng("creations").poisson(climate.volume.T)
    kinds = len(world.segments)
    cell = np.repeat(np.arange(a_day.size), a_day.ravel())
    day, segment = np.divmod(cell, kinds)
    return day, segment


def _choose_accounts(world: World, book: AccountBook, created: Ints, segment: Ints) -> Ints:
    """The account of each opportunity, one that existed by then: the next in turn, or one that has had its turn."""
    is_next = world.rng("repeat").random(len(created)) >= world.repeat_share
    pick = world.rng("account").random(len(created))
    result = np.empty(len(created), dtype=np.int64)
    for row in range(len(world.segments)):
        deals, members = np.flatnonzero(segment == row), np.flatnonzero(book.segment == row)
        existing = np.searchsorted(book.created[members], created[deals], side="right")
        opened = np.cumsum(is_next[deals])
        again = (pick[deals] * np.minimum(opened, existing)).astype(np.int64)
        result[deals] = members[np.where(is_next[deals], (opened - 1) % existing, again)]
    return result


def _stages(world: World, climate: Climate, created: Ints, segment: Ints, age: Floats, hurdle: Floats) -> Ints:
    """The days on which each deal enters its stages."""
    rng, count = world.rng("stages"), len(created)
    mean = 7 * np.array([profile.cycle_weeks for profile in world.segments])[segment]
    length = np.maximum(age * mean, _SHORTEST)
    portions = rng.random((count, 2)) * (0.3, 0.35) + (0.1, 0.5)
    entered = np.empty((count, 4), dtype=np.int64)
    entered[:, 0] = created
    for row in range(len(world.segments)):
        deals = np.flatnonzero(segment == row)
        clock = np.concatenate([[0.0], np.cumsum(climate.speed[row])])
        start = clock[created[deals]]
        for stage, portion in enumerate((portions[deals, 0], portions[deals, 1], 1.0), start=1):
            entered[deals, stage] = np.searchsorted(clock, start + length[deals] * portion, side="right") - 1
    # The hurdle decides the outcome too: deals with a high one get stuck early, whatever changes later.
    entered[hurdle > _STUCK_IN_DISCOVERY, 1] = world.history.days
    entered[hurdle > _STUCK_BEFORE_NEGOTIATION, 2] = world.history.days
    return entered


def _estimates(world: World, segment: Ints) -> Floats:
    """Log-normal amounts in cents with the segments' means."""
    means = 100 * np.array([profile.amount for profile in world.segments])[segment]
    noise = world.rng("amount").standard_normal(len(segment))
    return np.asarray(means * np.exp(_LOG_SD * noise - _LOG_SD**2 / 2))
