"""Who the opportunities were with: counts by attribute value at the anchor date."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from icp_monitor.config.matching import (
    AnyAttribute,
    CategoryAttribute,
    NumberAttribute,
    NumberMatch,
    SetAttribute,
    SetMatch,
)
from icp_monitor.metrics.buckets import window_start, within
from icp_monitor.metrics.deals import UNKNOWN
from icp_monitor.periods import Window
from icp_monitor.snapshots.dialects import has_member, has_prefix, integer_sum

OTHER_VALUE = "other"
NONE_OF_THEM = "none of the listed"


def attribute_distributions(
    rows: sa.FromClause, attributes: Sequence[AnyAttribute], windows: Sequence[Window], horizon_days: int
) -> sa.Select[Any]:
    """Counts by cohort, attribute and value; ``n_won`` of them were won within the horizon.

    ``rows`` has one row for each opportunity: anchor_on, outcome, age_days and the attributes at the anchor date.
    Values are those that the profile names; numbers fall between its edges; the rest is ``other`` or ``unknown``.
    """
    first, *others = (_counts(rows, attribute, windows, horizon_days) for attribute in attributes)
    everything = sa.union_all(first, *others).subquery("distributions")
    return sa.select(*everything.c)


def _counts(
    rows: sa.FromClause, attribute: AnyAttribute, windows: Sequence[Window], horizon_days: int
) -> sa.Select[Any]:
    won = sa.and_(rows.c.outcome == "won", rows.c.age_days <= horizon_days)
    cohort = window_start(rows.c.anchor_on, windows).label("cohort")
    value = value_label(attribute, rows.c[attribute.id]).label("value")
    columns: list[sa.ColumnElement[Any]] = [
        cohort,
        sa.literal(attribute.id, sa.Text).label("attribute"),
        value,
        sa.func.count().label("n"),
        integer_sum(sa.case((won, 1), else_=0)).label("n_won"),
    ]
    return sa.select(*columns).where(within(rows.c.anchor_on, windows)).group_by(cohort, value)


def value_label(attribute: AnyAttribute, column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    """The printed name of the bucket that a value belongs to; the buckets of an attribute do not overlap."""
    if isinstance(attribute, CategoryAttribute):
        label = _category(attribute, column)
    elif isinstance(attribute, NumberAttribute):
        label = _number(attribute.match, column)
    elif isinstance(attribute, SetAttribute):
        label = _members(attribute.match, column)
    else:
        label = sa.cast(sa.cast(column, sa.Integer), sa.Text)
    return sa.case((column.is_(None), _text(UNKNOWN)), else_=label)


def _category(attribute: CategoryAttribute, column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    by_length = sorted((*attribute.match.full, *attribute.match.partial), key=lambda value: (-len(value), value))
    if attribute.match.hierarchy == "prefix":
        rules = [(has_prefix(column, value), _text(value)) for value in by_length]
    else:
        rules = [(column == value, _text(value)) for value in by_length]
    return sa.case(*rules, else_=_text(OTHER_VALUE))


def _number(match: NumberMatch, column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    edges = sorted({edge for edge in (*match.full, *match.soft_to) if edge is not None})
    below = f"below {edges[0]:g}"
    labels = [f"{low:g} to {high:g}" for low, high in pairwise(edges)] + [f"{edges[-1]:g} and more"]
    rules = [(column >= sa.literal(edge, sa.Double), _text(label)) for edge, label in zip(edges, labels, strict=True)]
    return sa.case(*reversed(rules), else_=_text(below))


def _members(match: SetMatch, column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    listed = sorted({*match.any, *match.all, *match.negative})
    parts: sa.ColumnElement[str] = _text("")
    for member in listed:
        parts = parts.concat(sa.case((has_member(column, member), _text(f"+{member}")), else_=_text("")))
    return sa.case((parts == "", _text(NONE_OF_THEM)), else_=parts)


def _text(value: str) -> sa.ColumnElement[str]:
    return sa.literal(value, sa.Text)
