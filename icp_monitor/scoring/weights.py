"""How many of the 100 points each attribute is worth, and until when: declared overrides expire."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise
from math import prod

from icp_monitor.config.icp import IcpConfig

FULL_SCORE = 100


@dataclass(frozen=True)
class Regime:
    """Days, from ``start`` up to and without ``end``, in which the attributes are worth the same ``points``."""

    start: date
    end: date
    points: Mapping[str, float]


def points_on(icp: IcpConfig, day: date) -> dict[str, float]:
    """Points of each scored attribute on ``day``; they add up to 100.

    Shares are computed from the weights as they were written, so that weights on another scale give the same bits.
    An override holds up to and without its day of expiry; several on one attribute multiply.
    """
    weights = {
        attribute.id: _exact(attribute.weight) * multiplier_on(icp, attribute.id, day)
        for attribute in icp.scored_attributes
    }
    return {name: float(FULL_SCORE * weight / sum(weights.values())) for name, weight in weights.items()}


def regimes(icp: IcpConfig) -> tuple[Regime, ...]:
    """All of time, cut where an override expires."""
    scored = {attribute.id for attribute in icp.scored_attributes}
    expiries = {override.expires for override in icp.strategic_overrides if override.attribute in scored}
    edges = sorted({date.min, date.max} | expiries)
    return tuple(Regime(start, end, points_on(icp, start)) for start, end in pairwise(edges))


def multiplier_on(icp: IcpConfig, attribute: str, day: date) -> Fraction:
    """By how much the overrides that are active on ``day`` multiply the weight of ``attribute``."""
    active = (item for item in icp.strategic_overrides if item.attribute == attribute and day < item.expires)
    return prod((_exact(item.multiplier) for item in active), start=Fraction(1))


def _exact(number: float) -> Fraction:
    """The decimal number that was written, not the nearest binary one."""
    return Fraction(repr(float(number)))
