"""The few expressions that engines spell or mean differently, so that a statement gives the same numbers on each.

They compile for PostgreSQL and DuckDB as they stand, and have a second spelling for SQLite.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.functions import FunctionElement

from icp_monitor.errors import ConfigError

SEPARATOR = "|"
MICRO = 1e6

Number = sa.ColumnElement[Any]


class days_between(FunctionElement[int]):  # noqa: N801 - reads as the SQL function that it stands for
    """Days from ``earlier`` to ``later``, both dates; negative when they are the other way round.

    >>> print(days_between(sa.column("closed_on", sa.Date), sa.column("created_on", sa.Date)))
    (closed_on - created_on)
    """

    type = sa.Integer()
    inherit_cache = True

    def __init__(self, later: sa.ColumnElement[date], earlier: sa.ColumnElement[date]) -> None:
        super().__init__(later, earlier)


class _Extreme(FunctionElement[Any]):
    inherit_cache = True

    def __init__(self, first: sa.ColumnElement[Any], second: Any, *others: Any) -> None:
        super().__init__(first, second, *others)
        self.type = first.type


class least(_Extreme):  # noqa: N801
    """The smallest of the values that are known; NULL only when all are."""

    inherit_cache = True


class greatest(_Extreme):  # noqa: N801
    """The greatest of the values that are known; NULL only when all are."""

    inherit_cache = True


class any_true(FunctionElement[bool]):  # noqa: N801
    """Aggregate: whether the condition holds on some row; NULL when it is unknown on all."""

    type = sa.Boolean()
    inherit_cache = True


class all_true(FunctionElement[bool]):  # noqa: N801
    """Aggregate: whether the condition fails on no row; NULL when it is unknown on all."""

    type = sa.Boolean()
    inherit_cache = True


class joined(FunctionElement[str]):  # noqa: N801
    """Aggregate: the texts in order, with a bar between them; on SQLite the rows must come in order."""

    type = sa.Text()
    inherit_cache = True


class _position(FunctionElement[int]):  # noqa: N801
    """Where the second text begins within the first, from 1; 0 where it doesn't occur."""

    type = sa.Integer()
    inherit_cache = True


class _floor(FunctionElement[float]):  # noqa: N801
    """The greatest whole number that is not above the argument, as a double."""

    type = sa.Double()
    inherit_cache = True


def has_member(column: sa.ColumnElement[str], member: str) -> sa.ColumnElement[bool]:
    """Whether the set, stored as sorted text ``|a|b|``, contains ``member``; NULL where the set is unknown.

    A position search needs no escapes, and minds case on every engine (SQLite's LIKE does not).

    Raises:
        ConfigError: ``member`` contains the separator, so no stored set can hold it.
    """
    if SEPARATOR in member:
        raise ConfigError(f"the set member {member!r} contains {SEPARATOR!r}. Cure: write it without")
    return _position(column, sa.literal(f"{SEPARATOR}{member}{SEPARATOR}", sa.Text)) > 0


def has_prefix(column: sa.ColumnElement[str], prefix: str) -> sa.ColumnElement[bool]:
    """Whether the text begins with ``prefix``, minding case; NULL where the text is unknown."""
    return sa.func.substr(column, 1, len(prefix), type_=sa.Text) == sa.literal(prefix, sa.Text)


def integer_sum(number: Number) -> sa.ColumnElement[int]:
    """Aggregate: a sum of integers that stays an integer; 0 where there is nothing to add."""
    return sa.cast(sa.func.coalesce(sa.func.sum(number), 0), sa.BigInteger)


def floor_to_int(number: Number) -> sa.ColumnElement[int]:
    """The greatest integer that is not above ``number``."""
    return sa.cast(_floor(sa.cast(number, sa.Double)), sa.BigInteger)


def round6(number: Number) -> sa.ColumnElement[float]:
    """Rounded to 6 decimal places, halves up; engines' own ``round`` differ in type and in halves."""
    scaled = sa.cast(number, sa.Double) * _double(MICRO) + _double(0.5)
    return _floor(scaled) / _double(MICRO)


def _double(value: float) -> sa.ColumnElement[float]:
    return sa.literal(value, sa.Double)


@compiles(days_between)
def _subtract(element: days_between, compiler: SQLCompiler, **kw: Any) -> str:
    later, earlier = _arguments(element, compiler, kw)
    return f"({later} - {earlier})"


@compiles(days_between, "sqlite")
def _subtract_julian_days(element: days_between, compiler: SQLCompiler, **kw: Any) -> str:
    later, earlier = _arguments(element, compiler, kw)
    return f"CAST(julianday({later}) - julianday({earlier}) AS INTEGER)"


def _spell(function: type[FunctionElement[Any]], name: str, *dialect: str) -> None:
    @compiles(function, *dialect)
    def call(element: FunctionElement[Any], compiler: SQLCompiler, **kw: Any) -> str:
        return f"{name}({', '.join(_arguments(element, compiler, kw))})"


_spell(least, "least")
_spell(greatest, "greatest")
_spell(any_true, "bool_or")
_spell(any_true, "max", "sqlite")
_spell(all_true, "bool_and")
_spell(all_true, "min", "sqlite")
_spell(_floor, "floor")
_spell(_position, "strpos")
_spell(_position, "instr", "sqlite")


@compiles(joined)
def _aggregate(element: joined, compiler: SQLCompiler, **kw: Any) -> str:
    (text,) = _arguments(element, compiler, kw)
    return f"string_agg({text}, '{SEPARATOR}' ORDER BY {text})"


@compiles(joined, "sqlite")
def _aggregate_in_order(element: joined, compiler: SQLCompiler, **kw: Any) -> str:
    (text,) = _arguments(element, compiler, kw)
    return f"group_concat({text}, '{SEPARATOR}')"


@compiles(_floor, "sqlite")
def _truncate_downwards(element: _floor, compiler: SQLCompiler, **kw: Any) -> str:
    """SQLite's own floor is optional, and the one that SQLAlchemy puts in its place fails on NULL."""
    (number,) = _arguments(element, compiler, kw)
    whole = f"CAST({number} AS INTEGER)"
    return f"CAST({whole} - ({number} < {whole}) AS REAL)"


@compiles(least, "sqlite")
def _min_of_known(element: least, compiler: SQLCompiler, **kw: Any) -> str:
    return f"min({_each_or_another(element, compiler, kw)})"


@compiles(greatest, "sqlite")
def _max_of_known(element: greatest, compiler: SQLCompiler, **kw: Any) -> str:
    return f"max({_each_or_another(element, compiler, kw)})"


def _each_or_another(element: _Extreme, compiler: SQLCompiler, kw: dict[str, Any]) -> str:
    """Each argument, replaced by another one where it is NULL: SQLite's scalar min and max are NULL if any is."""
    texts = _arguments(element, compiler, kw)
    rotations = (texts[turn:] + texts[:turn] for turn in range(len(texts)))
    return ", ".join(f"coalesce({', '.join(rotation)})" for rotation in rotations)


def _arguments(element: FunctionElement[Any], compiler: SQLCompiler, kw: dict[str, Any]) -> list[str]:
    return [compiler.process(clause, **kw) for clause in element.clauses]
