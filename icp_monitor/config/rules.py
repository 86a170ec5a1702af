"""What a ``when:`` rule says, as a small tree that scoring turns into SQL. Unknown is not a match."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args

Kind = Literal["category", "number", "ordinal", "set"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Operator = Literal["==", "!=", "<", "<=", ">", ">="]
Value = str | float
Observed = str | float | frozenset[str] | None

_COMPARISONS: Mapping[Operator, Callable[[Any, Any], bool]] = {
    "==": operator.eq,
    "!=": operator.ne,
    "<": operator.lt,
    "<=": operator.le,
    ">": operator.gt,
    ">=": operator.ge,
}


@dataclass(frozen=True)
class Compare:
    """``employees >= 200``. Only ``==`` and ``!=`` are used with text."""

    name: str
    operator: Operator
    value: Value


@dataclass(frozen=True)
class In:
    """``country in ['US', 'CA']``; the values are all text or all numbers."""

    name: str
    values: tuple[Value, ...]


@dataclass(frozen=True)
class Prefix:
    """``prefix(industry, '522', '523')``: the text begins with one of the prefixes."""

    name: str
    prefixes: tuple[str, ...]


@dataclass(frozen=True)
class Has:
    """``has(core_stack, 'snowflake', 'bigquery')``: the set holds at least one of the members."""

    name: str
    members: tuple[str, ...]


@dataclass(frozen=True)
class IsNull:
    """``employees is null``: the value is unknown. Never unknown itself."""

    name: str


@dataclass(frozen=True)
class Not:
    """Holds where the operand does not; unknown stays unknown."""

    operand: Rule


@dataclass(frozen=True)
class And:
    """Holds where every operand does."""

    operands: tuple[Rule, ...]


@dataclass(frozen=True)
class Or:
    """Holds where at least one operand does."""

    operands: tuple[Rule, ...]


Test = Compare | In | Prefix | Has | IsNull
Rule = Test | Not | And | Or


def single_tests(rule: Rule) -> Iterator[Test]:
    """Every test of a single attribute, from left to right."""
    match rule:
        case And(operands) | Or(operands):
            for operand in operands:
                yield from single_tests(operand)
        case Not(operand):
            yield from single_tests(operand)
        case _:
            yield rule


def names_in(rule: Rule) -> frozenset[str]:
    """The attributes that the rule asks about."""
    return frozenset(test.name for test in single_tests(rule))


def holds(rule: Rule, values: Mapping[str, Observed]) -> bool | None:
    """Whether the rule holds for an account; None where its unknown values leave that open, as in SQL.

    >>> rule = Or((Compare("employees", ">", 200.0), Prefix("industry", ("522",))))
    >>> holds(rule, {"employees": None, "industry": "522110"})
    True
    >>> holds(rule, {"employees": None, "industry": "621111"}) is None
    True
    """
    match rule:
        case And(operands):
            return _every(holds(operand, values) for operand in operands)
        case Or(operands):
            return _negated(_every(_negated(holds(operand, values)) for operand in operands))
        case Not(operand):
            return _negated(holds(operand, values))
        case IsNull(name):
            return values[name] is None
        case _:
            observed = values[rule.name]
            return None if observed is None else _passes(rule, observed)


def _every(answers: Iterable[bool | None]) -> bool | None:
    known = set(answers)
    if False in known:
        return False
    return None if None in known else True


def _negated(answer: bool | None) -> bool | None:
    return None if answer is None else not answer


def _passes(test: Compare | In | Prefix | Has, observed: str | float | frozenset[str]) -> bool:
    match test, observed:
        case Has(_, members), frozenset():
            return not observed.isdisjoint(members)
        case Prefix(_, prefixes), str():
            return observed.startswith(prefixes)
        case In(_, accepted), str() | float() | int():
            return observed in accepted
        case Compare(_, comparison, value), str() | float() | int():
            return _COMPARISONS[comparison](observed, value)
    raise TypeError(f"{test} can't be asked of {observed!r}")
