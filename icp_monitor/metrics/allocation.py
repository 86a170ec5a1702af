"""Who bears a cost that belongs to nobody alone: three declared methods, each of which shares out every cent.

``direct`` gives an account or a segment what is tagged with it, and leaves the rest unallocated. ``activity`` shares
the rest by the minutes worked for each, or by touches where minutes aren't known, and ``volume`` by opportunities
created (acquisition) or customers served (service). The cost of delivery is shared by revenue in both. A tag limits
among whom a cost is shared.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields

import pandas as pd

from icp_monitor.metrics.drivers import Drivers, Place

METHODS = ("direct", "activity", "volume")
UNALLOCATED = "unallocated"
DRIVERS: Mapping[str, Mapping[str, str]] = {
    "direct": {},
    "activity": {"acquisition": "selling", "service": "serving", "delivery": "revenue"},
    "volume": {"acquisition": "opportunities", "service": "customers", "delivery": "revenue"},
}
NEEDS = {"activity": ("selling", "serving")}  # without which a method is none


def to_the_cent(amount: int, weights: Sequence[int]) -> list[int]:
    """``amount`` minor units in proportion to ``weights``; the largest remainders get the cents that are left over.

    The parts sum to the amount, also where it is negative.

    >>> to_the_cent(100_00, [1, 1, 1]), to_the_cent(-100, [2, 1])
    ([3334, 3333, 3333], [-67, -33])
    """
    whole, sign = sum(weights), -1 if amount < 0 else 1
    parts = [abs(amount) * weight // whole for weight in weights]
    by_remainder = sorted(range(len(weights)), key=lambda place: -(abs(amount) * weights[place] % whole))
    for place in by_remainder[: abs(amount) - sum(parts)]:
        parts[place] += 1
    return [sign * part for part in parts]


def allocated(pools: pd.DataFrame, drivers: Drivers, method: str) -> pd.DataFrame:
    """Costs by month, purpose, segment and tier, with the part that was tagged: ``amount_minor``, ``tagged_minor``.

    ``pools`` is the result of `cost_pools`. What the method can't share stands under ``unallocated``.
    """
    sums: dict[tuple[int, str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for pool in _pools_of(pools):
        weights = _weights(pool, drivers, method)
        parts = to_the_cent(pool.amount_minor, [*weights.values()])
        for (segment, tier), part in zip(weights, parts, strict=True):
            cell = sums[pool.month, pool.purpose, segment, tier]
            cell[0] += part
            cell[1] += part if segment in (pool.segment, pool.cost_segment) else 0
    keys = ["month", "purpose", "segment", "tier", "amount_minor", "tagged_minor"]
    return pd.DataFrame([(*key, *value) for key, value in sorted(sums.items())], columns=keys)


@dataclass(frozen=True)
class _Pool:
    """A sum of costs that are tagged alike; None is no tag."""

    month: int
    purpose: str
    cost_segment: str | None
    channel: str | None
    segment: str | None
    tier: str | None
    amount_minor: int


def _pools_of(pools: pd.DataFrame) -> Iterator[_Pool]:
    names = [field.name for field in fields(_Pool)]
    plain = pools[names].astype(object).where(pools[names].notna(), None)
    return (_Pool(*row) for row in zip(*(plain[name].tolist() for name in names), strict=True))


def _weights(pool: _Pool, drivers: Drivers, method: str) -> dict[Place, int]:
    """Among whom a cost is shared, and in which proportion."""
    if pool.segment is not None:
        return {(pool.segment, pool.tier or UNALLOCATED): 1}
    tag, driver = pool.cost_segment, DRIVERS[method].get(pool.purpose, "")
    found = [item for item in drivers.get((pool.month, driver), ()) if tag is None or item.place[0] == tag]
    of_channel = [item for item in found if pool.channel is not None and item.channel == pool.channel]
    shared: dict[Place, int] = defaultdict(int)
    for item in of_channel or found:
        shared[item.place] += item.weight
    return shared if any(shared.values()) else {(tag or UNALLOCATED, UNALLOCATED): 1}


def methods_possible(drivers: Drivers) -> tuple[str, ...]:
    """The methods whose drivers are known."""
    known = {driver for _, driver in drivers}
    return tuple(method for method in METHODS if method not in NEEDS or known & {*NEEDS[method]})


def principal(methods: Sequence[str]) -> str:
    """The method by which figures are shown: what people worked, where it is known, before what came of it."""
    return "activity" if "activity" in methods else "volume"
