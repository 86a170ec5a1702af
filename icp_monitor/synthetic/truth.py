"""What is true of a synthetic company and hidden from its CRM: planted drifts, real win rates, real fit."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import pyarrow as pa

from icp_monitor.periods import quarter_of
from icp_monitor.synthetic.accounts import AccountBook
from icp_monitor.synthetic.changes import Planted
from icp_monitor.synthetic.columns import labels
from icp_monitor.synthetic.deals import Deals
from icp_monitor.synthetic.world import World


@dataclass(frozen=True)
class Truth:
    """The answers to what a monitor is asked.

    ``planted``: the drifts that it should find; disturbances are not among them.
    ``accounts``: ``account_id``, ``segment`` and ``fit``, the score from 0 to 100 if every attribute were known.
    ``win_rates``: for each ``segment`` and fiscal ``quarter`` of creation the number of ``opportunities`` and the mean
    ``win_probability``, under the conditions of each deal's decision (of the last day, for those still open).
    """

    planted: tuple[Planted, ...]
    accounts: pa.Table
    win_rates: pa.Table


def truth_of(world: World, book: AccountBook, deals: Deals) -> Truth:
    """The truth about a grown company."""
    names = tuple(profile.id for profile in world.segments)
    before = world.steady_climate()
    return Truth(
        planted=tuple(drift.planted(before) for drift in world.drifts),
        accounts=pa.table(
            {
                "account_id": book.table["account_id"],
                "segment": labels(names, book.segment),
                "fit": book.fit,
            }
        ),
        win_rates=_win_rates(world, names, deals),
    )


def _win_rates(world: World, names: tuple[str, ...], deals: Deals) -> pa.Table:
    days = (world.history.start + timedelta(days=day) for day in range(world.history.days))
    quarter_of_day = [str(quarter_of(day, world.first_month)) for day in days]
    quarters, position = np.unique(quarter_of_day, return_inverse=True)
    cell = deals.segment * len(quarters) + position[deals.created]
    cells = len(names) * len(quarters)
    opportunities = np.bincount(cell, minlength=cells)
    expected_wins = np.bincount(cell, weights=deals.win_probability, minlength=cells)
    return pa.table(
        {
            "segment": np.repeat(names, len(quarters)),
            "quarter": np.tile(quarters, len(names)),
            "opportunities": opportunities,
            "win_probability": pa.array(expected_wins / np.maximum(opportunities, 1), mask=opportunities == 0),
        }
    )
