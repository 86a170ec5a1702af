"""What only DuckDB writes so: functions over the members of a list, and over the known values of a window."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from icp_monitor.sources.engine import Expression

MEMBER: Expression = sa.literal_column("member", sa.Text)


class _Lambda(sa.ColumnElement[Any]):
    inherit_cache = False

    def __init__(self, body: Expression) -> None:
        self.body = body


@compiles(_Lambda)
def _compile_lambda(element: _Lambda, compiler: SQLCompiler, **options: Any) -> str:
    return f"lambda member: {compiler.process(element.body, **options)}"


def each(members: Expression, value: Expression) -> Expression:
    """The list of ``value``, an expression of ``MEMBER``, for every member."""
    return sa.func.list_transform(members, _Lambda(value))


def where(members: Expression, condition: Expression) -> Expression:
    """The members for which ``condition``, an expression of ``MEMBER``, holds."""
    return sa.func.list_filter(members, _Lambda(condition))


class FirstKnown(sa.ColumnElement[Any]):
    """The first value of a window that isn't NULL."""

    inherit_cache = False
    function = "first_value"

    def __init__(self, value: Expression) -> None:
        self.value = value
        self.type = value.type


class LastKnown(FirstKnown):
    """The last value of a window that isn't NULL."""

    function = "last_value"


@compiles(FirstKnown)
@compiles(LastKnown)
def _compile_known(element: FirstKnown, compiler: SQLCompiler, **options: Any) -> str:
    return f"{element.function}({compiler.process(element.value, **options)} IGNORE NULLS)"
