"""Which accounts a ``when:`` rule of the profile holds for, as SQL; what is unknown is not a match."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

import sqlalchemy as sa

from icp_monitor.config.expressions import parse_rule
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.rules import And, Compare, Has, In, IsNull, Not, Operator, Or, Prefix, Rule, Test
from icp_monitor.scoring.matching import value_of
from icp_monitor.scoring.numbers import double
from icp_monitor.snapshots.dialects import has_member, has_prefix

Condition = sa.ColumnElement[bool]

_COMPARISONS: Mapping[Operator, Callable[[Any, Any], Any]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


def holds(icp: IcpConfig, when: str, accounts: sa.FromClause) -> Condition:
    """Whether the rule ``when`` holds for a row of ``accounts``: true or false, never NULL.

    Raises:
        ConfigError: the rule can't be read, or asks for something that is not an attribute.
    """
    rule = parse_rule(when, {attribute.id: attribute.type for attribute in icp.attributes})
    values = {attribute.id: value_of(attribute, accounts.c[attribute.id]) for attribute in icp.attributes}
    return sa.func.coalesce(_condition(rule, values), sa.false())


def _condition(rule: Rule, values: Mapping[str, sa.ColumnElement[Any]]) -> Condition:
    match rule:
        case And(operands):
            return sa.and_(*(_condition(operand, values) for operand in operands))
        case Or(operands):
            return sa.or_(*(_condition(operand, values) for operand in operands))
        case Not(operand):
            return sa.not_(_condition(operand, values))
        case _:
            return _passes(rule, values[rule.name])


def _passes(test: Test, observed: sa.ColumnElement[Any]) -> Condition:
    match test:
        case IsNull():
            return observed.is_(None)
        case Compare(_, symbol, value):
            compared: Condition = _COMPARISONS[symbol](observed, _constant(value))
            return compared
        case In(_, accepted):
            return sa.or_(*(observed == _constant(value) for value in accepted))
        case Prefix(_, prefixes):
            return sa.or_(*(has_prefix(observed, prefix) for prefix in prefixes))
        case Has(_, members):
            return sa.or_(*(has_member(observed, member) for member in members))


def _constant(value: str | float) -> sa.ColumnElement[Any]:
    return sa.literal(value, sa.Text) if isinstance(value, str) else double(value)
