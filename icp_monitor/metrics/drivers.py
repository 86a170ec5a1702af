"""By what costs are shared out: how much work, deals, customers and revenue of a month fall to whom."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import pandas as pd

Place: TypeAlias = tuple[str, str]  # segment and tier


@dataclass(frozen=True)
class Weight:
    """How much of a driver falls to a place; ``channel`` is None where the driver doesn't tell channels apart."""

    place: Place
    channel: str | None
    weight: int


Drivers: TypeAlias = Mapping[tuple[int, str], Sequence[Weight]]
"""Weights by month and driver."""


def drivers_of(opportunities: pd.DataFrame, activities: pd.DataFrame | None, movements: pd.DataFrame) -> Drivers:
    """The drivers that the results of `opportunity_driver`, `activity_drivers` and `revenue_movements` make.

    Work counts by its minutes where every touch says how long it took, else by touches.
    """
    paying = movements[movements["after_minor"] > 0].assign(channel=None)
    served = paying.groupby(["month", "segment", "tier"], as_index=False)[["n", "after_minor"]].sum()
    found: dict[tuple[int, str], list[Weight]] = defaultdict(list)
    for name, rows, column in (
        ("opportunities", opportunities, "weight"),
        ("customers", served, "n"),
        ("revenue", served, "after_minor"),
        *_work(activities),
    ):
        for month, weight in _weights(rows, column):
            found[month, name].append(weight)
    return {key: sorted(weights, key=lambda item: (item.place, item.channel or "")) for key, weights in found.items()}


def _work(activities: pd.DataFrame | None) -> Iterator[tuple[str, pd.DataFrame, str]]:
    if activities is not None:
        timed = bool((activities["n"] == activities["n_timed"]).all())
        for driver, rows in activities.groupby("driver"):
            yield str(driver), rows, "minutes" if timed else "n"


def _weights(rows: pd.DataFrame, column: str) -> Iterator[tuple[int, Weight]]:
    channels = rows["channel"].tolist() if "channel" in rows else [None] * len(rows)
    each = zip(*(rows[name].tolist() for name in ("month", "segment", "tier", column)), channels, strict=True)
    for month, segment, tier, weight, channel in each:
        yield int(month), Weight((segment, tier), channel if isinstance(channel, str) else None, int(weight))
