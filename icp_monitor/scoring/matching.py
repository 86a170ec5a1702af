"""How closely one value matches what the profile asks for: 0 to 1, and NULL where the value is missing."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from icp_monitor.config.matching import (
    AnyAttribute,
    CategoryMatch,
    NumberMatch,
    OrdinalMatch,
    SetAttribute,
    SetMatch,
)
from icp_monitor.scoring.numbers import at_least_zero, double, known, total
from icp_monitor.snapshots.dialects import has_member, has_prefix

Column = sa.ColumnElement[Any]
Match = sa.ColumnElement[float]

FULL = 1.0


def value_of(attribute: AnyAttribute, column: Column) -> Column:
    """The value that rules and matches read: an absent set is empty where the profile says that absence means no."""
    if isinstance(attribute, SetAttribute) and attribute.absence_means == "no":
        return sa.func.coalesce(column, sa.literal("", sa.Text))
    return column


def match_expression(attribute: AnyAttribute, column: Column) -> sa.ColumnElement[float | None]:
    """The match of ``column`` under the attribute's rule."""
    value = value_of(attribute, column)
    return known(value, _match(attribute.match, value))


def _match(rule: CategoryMatch | NumberMatch | OrdinalMatch | SetMatch, value: Column) -> Match:
    match rule:
        case CategoryMatch():
            return _category(rule, value)
        case NumberMatch():
            return _number(rule, value)
        case OrdinalMatch():
            return _ordinal(rule, value)
        case SetMatch():
            return _set(rule, value)


def _category(rule: CategoryMatch, value: Column) -> Match:
    shares = dict.fromkeys(rule.full, FULL) | rule.partial
    longest_first = sorted(shares, key=lambda code: (-len(code), code))
    fits = has_prefix if rule.hierarchy == "prefix" else _equals
    return sa.case(*((fits(value, code), double(shares[code])) for code in longest_first), else_=double(0))


def _number(rule: NumberMatch, value: Column) -> Match:
    (low, high), (soft_low, soft_high) = rule.full, rule.soft_to
    outside = []
    if low is not None:
        outside.append((value < double(low), _slope(value, soft_low, low)))
    if high is not None:
        outside.append((value > double(high), _slope(value, soft_high, high)))
    return sa.case(*outside, else_=double(FULL))


def _ordinal(rule: OrdinalMatch, value: Column) -> Match:
    bounds = []
    if rule.gte is not None:
        bounds.append(value >= double(rule.gte))
    if rule.lte is not None:
        bounds.append(value <= double(rule.lte))
    levels = [(value == double(level), double(share)) for level, share in sorted(rule.partial.items())]
    return sa.case((sa.and_(*bounds), double(FULL)), *levels, else_=double(0))


def _set(rule: SetMatch, value: Column) -> Match:
    present = _share_present(rule, value) if rule.all else _best_present(rule, value)
    if not rule.negative:
        return present
    penalties = (_if_member(value, member, weight) for member, weight in sorted(rule.negative.items()))
    return at_least_zero(total((present, *penalties)))


def _slope(value: Column, zero_at: float | None, full_at: float) -> Match:
    """The straight line from 0 at ``zero_at`` to 1 at ``full_at``, and 0 beyond; without ``zero_at`` a hard edge."""
    if zero_at is None or zero_at == full_at:
        return double(0)
    return at_least_zero(sa.type_coerce((value - double(zero_at)) / double(full_at - zero_at), sa.Double))


def _share_present(rule: SetMatch, value: Column) -> Match:
    return total(_if_member(value, member, FULL) for member in rule.all) / double(len(rule.all))


def _best_present(rule: SetMatch, value: Column) -> Match:
    best_first = sorted(rule.any.items(), key=lambda item: (-item[1], item[0]))
    return sa.case(*((has_member(value, member), double(share)) for member, share in best_first), else_=double(0))


def _if_member(value: Column, member: str, share: float) -> Match:
    return sa.case((has_member(value, member), double(share)), else_=double(0))


def _equals(value: Column, code: str) -> sa.ColumnElement[bool]:
    return value == sa.literal(code, sa.Text)
