"""How an attribute's value is turned into a match between 0 and 1."""

from __future__ import annotations

from keyword import iskeyword
from typing import Annotated, Literal

from pydantic import Field, field_validator, model_validator

from icp_monitor.config.faults import refusal
from icp_monitor.config.strict import Identifier, Number, Share, Strict, Text, Weight

Family = Literal["firmographic", "technographic", "psychographic", "behavioral"]
Missing = Literal["zero", "neutral", "renormalise"]

RESERVED = frozenset(
    {
        *("load", "source", "known_on", "assumed", "valid_from", "deleted"),
        *("account_id", "name", "parent_id", "created_on", "crm_tier", "has_left", "merged_into"),
        *("changed_on", "changed_at", "field", "value", "old_value"),
        *("fact_on", "opportunity_id", "anchor_on", "anchor_known", "outcome", "age_days"),
        *("starts_on", "ends_before", "known_from"),
        *("null", "true", "false"),
    }
)


class CategoryMatch(Strict):
    """Full match for the values in ``full``, the stated share for those in ``partial``.

    With ``hierarchy: prefix`` a rule also holds for every code that begins with it (NAICS 522 covers 522110);
    the longest rule that fits decides.
    """

    full: tuple[Text, ...] = ()
    partial: dict[Text, Share] = Field(default={})
    hierarchy: Literal["prefix"] | None = None

    @model_validator(mode="after")
    def _something_matches(self) -> CategoryMatch:
        if not self.full and not self.partial:
            raise refusal("a category match needs values", "list them under full or partial")
        both = sorted(set(self.full) & set(self.partial))
        if both:
            raise refusal("the same value is under full and partial", "keep it in one place", ", ".join(both))
        return self


class NumberMatch(Strict):
    """Full match inside ``full`` (both ends included), falling in a straight line to 0 at ``soft_to``.

    An open end is written ``null``: ``full: [200, null]``.
    """

    full: tuple[Number | None, Number | None]
    soft_to: tuple[Number | None, Number | None] = (None, None)

    @model_validator(mode="after")
    def _edges_are_ordered(self) -> NumberMatch:
        edges = [edge for edge in (self.soft_to[0], *self.full, self.soft_to[1]) if edge is not None]
        if self.full == (None, None):
            raise refusal("a number match needs at least one end", "write full: [200, null]")
        if edges != sorted(edges):
            raise refusal("the edges must rise", "order them soft_to[0] <= full[0] <= full[1] <= soft_to[1]")
        return self


class OrdinalMatch(Strict):
    """Full match from ``gte`` up (or up to ``lte``); other levels get the share under ``partial``."""

    gte: Number | None = None
    lte: Number | None = None
    partial: dict[Number, Share] = Field(default={})

    @model_validator(mode="after")
    def _one_bound(self) -> OrdinalMatch:
        if self.gte is None and self.lte is None:
            raise refusal("an ordinal match needs a bound", "write gte: 3 or lte: 3")
        return self


class SetMatch(Strict):
    """``any``: the best weight among the members present. ``all``: the share of the listed members present.

    ``negative`` members are added afterwards with their (negative) weight; the result is cut to 0..1.
    """

    any: dict[Text, Share] = Field(default={})
    all: tuple[Text, ...] = ()
    negative: dict[Text, Annotated[float, Field(ge=-1, le=0, allow_inf_nan=False)]] = Field(default={})

    @model_validator(mode="after")
    def _any_or_all(self) -> SetMatch:
        if bool(self.any) == bool(self.all):
            raise refusal("a set match needs either any or all", "keep one of the two")
        return self


class Attribute(Strict):
    """One thing that the ideal customer profile says about a customer.

    A ``weight`` of 0 makes a candidate: it is tracked and may be used in rules, but it is not scored.
    ``missing`` overrides the profile's policy; ``prior`` is the match that ``neutral`` assumes.
    """

    id: Identifier
    family: Family
    weight: Weight
    source: str | None = None
    missing: Missing | None = None
    prior: Share = 0.5
    max_age_days: Annotated[int, Field(gt=0)] | None = None
    known_before: Literal["anchor"] | None = None
    post_outcome_risk: Literal["low", "high"] | None = None
    raters_min: Annotated[int, Field(gt=0)] | None = None
    note: str | None = None

    @field_validator("id")
    @classmethod
    def _free_to_use(cls, name: str) -> str:
        if name in RESERVED or iskeyword(name):
            raise refusal("this id has another meaning, as a column or in rules", f"rename it, like {name}_code")
        return name


class CategoryAttribute(Attribute):
    """A text value from a vocabulary; codes are text."""

    type: Literal["category"]
    match: CategoryMatch


class NumberAttribute(Attribute):
    """A measured quantity."""

    type: Literal["number"]
    match: NumberMatch


class OrdinalAttribute(Attribute):
    """A level on an ordered scale."""

    type: Literal["ordinal"]
    match: OrdinalMatch


class SetAttribute(Attribute):
    """Several text values at once; ``absence_means: no`` reads an empty set as known to be empty."""

    type: Literal["set"]
    match: SetMatch
    absence_means: Literal["unknown", "no"] = "unknown"


AnyAttribute = Annotated[
    CategoryAttribute | NumberAttribute | OrdinalAttribute | SetAttribute,
    Field(discriminator="type"),
]
