"""Why an account has its score: contributions that add up to it, what is missing, and what that could change."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.matching import AnyAttribute, Family
from icp_monitor.scoring.contributions import knockout_name, points_name, value_name
from icp_monitor.scoring.score import SCORE_COLUMNS, match_name
from icp_monitor.scoring.weights import multiplier_on, points_on

MILLIONTHS = 1_000_000


@dataclass(frozen=True)
class Contribution:
    """What one attribute adds to a score.

    ``match`` is 0 to 1, None where the value is missing. A full match is ``worth`` so many points: the share of
    ``weight`` times ``multiplier``, which is above or below 1 while a declared override is in force. ``points`` is None
    where there is no score.
    """

    attribute: str
    family: Family
    value: str | float | tuple[str, ...] | None
    match: float | None
    weight: float
    multiplier: float
    worth: float
    points: float | None

    @property
    def missing(self) -> bool:
        """Whether the value is not known."""
        return self.match is None


@dataclass(frozen=True)
class Explanation:
    """One account's score on a day, and everything that it is made of.

    ``contributions`` come with the most points first and add up to the score. ``tier_at_worst`` and ``tier_at_best``
    are the tiers with every missing value counted as no match, or as a full one. ``knocked_out_by`` are the knock-outs
    that hold. ``score`` is None where too little is known.
    """

    account_id: str
    segment: str
    tier: str
    tier_certain: bool
    score: float | None
    score_low: float
    score_high: float
    coverage: float
    tier_at_worst: str
    tier_at_best: str
    contributions: tuple[Contribution, ...]
    knocked_out_by: tuple[str, ...]

    @property
    def missing(self) -> tuple[str, ...]:
        """The attributes whose values are not known, the one worth most first."""
        unknown = [item for item in self.contributions if item.missing]
        return tuple(item.attribute for item in sorted(unknown, key=lambda item: (-item.worth, item.attribute)))


def explain(icp: IcpConfig, row: Mapping[str, Any], day: date) -> Explanation:
    """Reads one row of `contributions.contributions`, which was computed with the weights of ``day``."""
    worth = points_on(icp, day)
    points = _points(icp, row)
    parts = [
        Contribution(
            attribute=item.id,
            family=item.family,
            value=_readable(item, row[value_name(item.id)]),
            match=row[match_name(item.id)],
            weight=item.weight,
            multiplier=float(multiplier_on(icp, item.id, day)),
            worth=worth[item.id],
            points=points[index],
        )
        for index, item in enumerate(icp.scored_attributes)
    ]
    return Explanation(
        account_id=row["account_id"],
        **{name: row[name] for name in (*SCORE_COLUMNS, "tier_at_worst", "tier_at_best")},
        contributions=tuple(sorted(parts, key=lambda part: (-(part.points or 0), -part.worth, part.attribute))),
        knocked_out_by=tuple(item.id for item in icp.knockouts if row[knockout_name(item.id)]),
    )


def apportioned(points: Sequence[float], score: float) -> tuple[float, ...]:
    """The points rounded to 6 places so that they add up to the score, itself rounded to 6 places.

    Each is rounded down, and the millionths that are left over go to the largest remainders.

    >>> apportioned([45.4545454545, 18.1818181818, 0.0], 63.636364)
    (45.454546, 18.181818, 0.0)
    """
    exact = [value * MILLIONTHS for value in points]
    whole = [math.floor(value) for value in exact]
    left_over = round(score * MILLIONTHS) - sum(whole)
    by_remainder = sorted(range(len(exact)), key=lambda index: whole[index] - exact[index])
    raised = set(by_remainder[:left_over])
    return tuple((units + (index in raised)) / MILLIONTHS for index, units in enumerate(whole))


def _points(icp: IcpConfig, row: Mapping[str, Any]) -> Sequence[float | None]:
    if row["score"] is None:
        return [None] * len(icp.scored_attributes)
    return apportioned([row[points_name(item.id)] for item in icp.scored_attributes], row["score"])


def _readable(attribute: AnyAttribute, value: Any) -> str | float | tuple[str, ...] | None:
    if attribute.type == "set" and value is not None:
        return tuple(member for member in str(value).split("|") if member)
    known: str | float | None = value
    return known
