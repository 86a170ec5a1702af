"""How matches become points: what each attribute earns, and what becomes of it where values are missing."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import sqlalchemy as sa

from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.matching import AnyAttribute
from icp_monitor.scoring.numbers import double, total
from icp_monitor.scoring.weights import FULL_SCORE

Column = sa.ColumnElement[float]


@dataclass(frozen=True)
class Points:
    """The points of one row: its ``matches`` by attribute, and what a full match of each is ``worth`` (100 in all)."""

    icp: IcpConfig
    matches: Mapping[str, Column]
    worth: Mapping[str, float]

    @property
    def score(self) -> Column:
        """Points out of 100, before rounding; NULL where everything that counts is missing."""
        return self._rescaled(total(self._counted(attribute) for attribute in self.icp.scored_attributes))

    @property
    def low(self) -> Column:
        """The score if every missing value turned out to be no match."""
        return total(self._with_missing_as(attribute, 0) for attribute in self.icp.scored_attributes)

    @property
    def high(self) -> Column:
        """The score if every missing value turned out to be a full match."""
        return total(self._with_missing_as(attribute, 1) for attribute in self.icp.scored_attributes)

    @property
    def coverage(self) -> Column:
        """The share of the weight whose values are known."""
        return total(self._if_known(attribute) for attribute in self.icp.scored_attributes) / double(FULL_SCORE)

    def earned(self, attribute: AnyAttribute) -> Column:
        """What the attribute adds to the score, before rounding."""
        return self._rescaled(self._counted(attribute))

    def _counted(self, attribute: AnyAttribute) -> Column:
        return self._with_missing_as(attribute, attribute.prior if self._policy(attribute) == "neutral" else 0)

    def _rescaled(self, points: Column) -> Column:
        """To 100 again, where the weight of missing values is left out."""
        if not any(self._policy(attribute) == "renormalise" for attribute in self.icp.scored_attributes):
            return points
        available = total(
            self._if_known(attribute) if self._policy(attribute) == "renormalise" else double(self.worth[attribute.id])
            for attribute in self.icp.scored_attributes
        )
        return double(FULL_SCORE) * points / sa.func.nullif(available, double(0), type_=sa.Double)

    def _with_missing_as(self, attribute: AnyAttribute, match: float) -> Column:
        return double(self.worth[attribute.id]) * sa.func.coalesce(self.matches[attribute.id], double(match))

    def _if_known(self, attribute: AnyAttribute) -> Column:
        known = self.matches[attribute.id].is_not(None)
        return sa.case((known, double(self.worth[attribute.id])), else_=double(0))

    def _policy(self, attribute: AnyAttribute) -> str:
        return attribute.missing or self.icp.scoring.missing.default
