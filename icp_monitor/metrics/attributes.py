"""Who the opportunities were with: counts by attribute value at the anchor date."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from icp_monitor.config.matching import (
    AnyAttribute,
    CategoryAttribute,
    CategoryMatch,
    NumberAttribute,
    NumberMatch,
    SetAttribute,
    SetMatch,
)
from icp_monitor.metrics.buckets import window_start, within
from icp_monitor.metrics.deals import UNKNOWN
from icp_monitor.periods import Window
from icp_monitor.scoring.numbers import double, known
from icp_monitor.snapshots.dialects import has_member, has_prefix, integer_sum

OTHER_VALUE = "other"
NONE_OF_THEM = "none of the listed"
BITS = 62  # as many members as a number can tell apart

Column = sa.ColumnElement[Any]


def bucket_keys(attributes: Sequence[AnyAttribute], accounts: sa.FromClause) -> list[sa.Label[Any]]:
    """The bucket of each attribute of ``accounts``, in a column called by `key_name`."""
    values = ((item, accounts.c[item.id]) for item in attributes)
    return [known(value, buckets_of(item).key(value)).label(key_name(item)) for item, value in values]


def key_name(attribute: AnyAttribute) -> str:
    """The column that holds the bucket of an attribute."""
    return f"key_{attribute.id}"


def attribute_distributions(
    rows: sa.FromClause, attributes: Sequence[AnyAttribute], windows: Sequence[Window], horizon_days: int
) -> sa.Select[Any]:
    """Counts by cohort, attribute and value; ``n_won`` of them were won within the horizon.

    ``rows`` has one row for each opportunity: anchor_on, outcome, age_days and the `bucket_keys` of the attributes at
    the anchor date. Values are those that the profile names; numbers fall between its edges; the rest is ``other`` or
    ``unknown``.
    """
    won = sa.and_(rows.c.outcome == "won", rows.c.age_days <= horizon_days)
    created = (
        sa.select(
            window_start(rows.c.anchor_on, windows).label("cohort"),
            sa.case((won, 1), else_=0).label("won"),
            *(rows.c[key_name(attribute)] for attribute in attributes),
        )
        .where(within(rows.c.anchor_on, windows))
        .cte("created")
    )
    return counts_by_value(created, attributes, ("cohort",), (integer_sum(created.c.won).label("n_won"),))


def counts_by_value(
    rows: sa.CTE, attributes: Sequence[AnyAttribute], by: Sequence[str], sums: Sequence[sa.Label[Any]] = ()
) -> sa.Select[Any]:
    """Counts of ``rows``, which hold the `bucket_keys`, and their ``sums`` by the columns ``by``, attribute and value.

    Rows are a common table expression, because every attribute reads them: the engine computes them once.
    """
    everything = sa.union_all(*(counts_by_bucket(rows, item, by, sums) for item in attributes)).subquery("by_value")
    return sa.select(*everything.c)


def counts_by_bucket(
    rows: sa.CTE,
    attribute: AnyAttribute,
    by: Sequence[str],
    sums: Sequence[sa.Label[Any]] = (),
    called: str = "attribute",
) -> sa.Select[Any]:
    """The counts of one attribute; ``called`` is the column that names it."""
    keys = (*(rows.c[name] for name in by), rows.c[key_name(attribute)].label("key"))
    counts = sa.select(*keys, sa.func.count().label("n"), *sums).group_by(*keys).subquery("counts")
    value = sa.case((counts.c.key.is_(None), _text(UNKNOWN)), else_=buckets_of(attribute).name(counts.c.key))
    return sa.select(
        *(counts.c[name] for name in by),
        _text(attribute.id).label(called),
        value.label("value"),
        counts.c.n,
        *(counts.c[str(item.key)] for item in sums),
    )


@dataclass(frozen=True)
class Buckets:
    """How an attribute's values are sorted: ``key`` gives the bucket of a known value, ``name`` prints it.

    Keys are numbers, which engines group in half the time that text takes.
    """

    key: Callable[[Column], Column]
    name: Callable[[Column], Column]


def buckets_of(attribute: AnyAttribute) -> Buckets:
    """The buckets of an attribute; they do not overlap."""
    if isinstance(attribute, CategoryAttribute):
        return _category(attribute.match)
    if isinstance(attribute, NumberAttribute):
        return _number(attribute.match)
    if isinstance(attribute, SetAttribute):
        return _members(attribute.match)
    return Buckets(key=lambda level: sa.cast(level, sa.Integer), name=lambda level: sa.cast(level, sa.Text))


def _category(match: CategoryMatch) -> Buckets:
    by_length = sorted((*match.full, *match.partial), key=lambda code: (-len(code), code))
    fits = has_prefix if match.hierarchy == "prefix" else operator.eq
    return _first(by_length, lambda value: [fits(value, code) for code in by_length], OTHER_VALUE)


def _number(match: NumberMatch) -> Buckets:
    edges = sorted({edge for edge in (*match.full, *match.soft_to) if edge is not None}, reverse=True)
    names = [f"{edges[0]:g} and more", *(f"{low:g} to {high:g}" for high, low in pairwise(edges))]
    return _first(names, lambda value: [value >= double(edge) for edge in edges], f"below {edges[-1]:g}")


def _first(names: Sequence[str], tests: Callable[[Column], Sequence[Column]], rest: str) -> Buckets:
    """A bucket for each test and one for the rest: a value falls into that of the first test which it passes."""
    texts = {number: _text(name) for number, name in enumerate(names)}
    return Buckets(
        key=lambda value: sa.case(*((test, number) for number, test in enumerate(tests(value))), else_=len(names)),
        name=lambda key: sa.case(texts, value=key, else_=_text(rest)),
    )


def _members(match: SetMatch) -> Buckets:
    """A bucket for each combination of the listed members: the sum of a power of 2 for each one that is present."""
    listed = sorted({*match.any, *match.all, *match.negative})
    if len(listed) > BITS:
        return Buckets(lambda value: _joined({name: has_member(value, name) for name in listed}), lambda key: key)
    bits = {name: sa.literal(1 << position, sa.BigInteger) for position, name in enumerate(listed)}
    nothing = sa.literal(0, sa.BigInteger)
    return Buckets(
        key=lambda value: reduce(
            operator.add, (sa.case((has_member(value, name), bit), else_=nothing) for name, bit in bits.items())
        ),
        name=lambda key: _joined({name: key.bitwise_and(bit) > 0 for name, bit in bits.items()}),
    )


def _joined(present: Mapping[str, Column]) -> Column:
    names = _text("")
    for name, is_present in present.items():
        names = names.concat(sa.case((is_present, _text(f"+{name}")), else_=_text("")))
    return sa.case((names == "", _text(NONE_OF_THEM)), else_=names)


def _text(value: str) -> sa.ColumnElement[str]:
    return sa.literal(value, sa.Text)
