"""Where engines read the same SQL differently: what SQLAlchemy must spell another way for each."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.psycopg import PGCompiler_psycopg, PGDialect_psycopg
from sqlalchemy.dialects.sqlite.base import SQLiteCompiler
from sqlalchemy.sql.elements import BinaryExpression, Cast, _truncated_label
from sqlalchemy.sql.selectable import SelectStatementGrouping
from sqlalchemy.types import TypeEngine

from icp_monitor.warehouse.statements import Statement


class _Double(sa.Double[float]):
    """As a parameter it is a double even when its value is whole, which a driver would send as an integer."""

    render_bind_cast = True


TYPED_PARAMETERS: dict[type[TypeEngine[Any]], type[TypeEngine[Any]]] = {
    **PGDialect_psycopg.colspecs,
    sa.Float: _Double,
}


class _DuckDBCompiler(PGCompiler_psycopg):
    """PostgreSQL's SQL, but for division: DuckDB's ``/`` divides truly even between integers, and ``//`` truncates."""

    def visit_truediv_binary(self, binary: BinaryExpression[Any], operator: Any, **kw: Any) -> str:  # noqa: ARG002 - SQLAlchemy passes it
        return self._infix(binary, "/", **kw)

    def visit_floordiv_binary(self, binary: BinaryExpression[Any], operator: Any, **kw: Any) -> str:  # noqa: ARG002 - SQLAlchemy passes it
        if isinstance(binary.right.type, sa.Integer):
            return self._infix(binary, "//", **kw)
        return f"FLOOR({self._infix(binary, '/', **kw)})"

    def _infix(self, binary: BinaryExpression[Any], operator: str, **kw: Any) -> str:
        left, right = self.process(binary.left, **kw), self.process(binary.right, **kw)
        return f"{left} {operator} {right}"


class DuckDBDialect(PGDialect_psycopg):
    """Its name stays ``postgresql``, so that expressions with their own spelling take PostgreSQL's."""

    statement_compiler = _DuckDBCompiler
    colspecs = TYPED_PARAMETERS
    _backslash_escapes = False  # DuckDB reads a backslash in a literal as itself, as PostgreSQL has since 9.1

    def __init__(self) -> None:
        super().__init__(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call] # SQLAlchemy's own gap


class SQLiteFlatCompiler(SQLiteCompiler):
    """SQLite's parser holds a hundred tokens at a time, and its ``CAST(text AS DATE)`` gives the year as a number."""

    def visit_subquery(self, subquery: sa.Subquery, **kwargs: Any) -> str:
        """Put a subquery before the statement, as a common table expression, so that nothing is nested deeply."""
        if not kwargs.get("asfrom"):
            return str(super().visit_subquery(subquery, **kwargs))  # type: ignore[no-untyped-call] # SQLAlchemy's own gap
        parts: dict[sa.Subquery, sa.CTE] = self.__dict__.setdefault("parts", {})
        part = parts.setdefault(subquery, sa.cte(_ungrouped(subquery), f"part_{len(parts) + 1}"))
        alias = kwargs.pop("enclosing_alias", None)
        if alias is not None and alias.element is subquery:
            return str(self.process(part, **kwargs))
        name = subquery.name
        if isinstance(name, _truncated_label):
            name = self._truncated_identifier("alias", name)
        if linter := kwargs.pop("from_linter", None):
            linter.froms[subquery] = name
        return f"{self.process(part, **kwargs)} AS {self.preparer.format_alias(subquery, name)}"

    def visit_cast(self, cast: Cast[Any], **kwargs: Any) -> str:
        """Spell a cast to a date as a call of ``date``."""
        if isinstance(cast.type, sa.Date):
            return f"date({self.process(cast.clause, **kwargs)})"
        return str(super().visit_cast(cast, **kwargs))  # type: ignore[no-untyped-call] # SQLAlchemy's own gap


def _ungrouped(subquery: sa.Subquery) -> sa.SelectBase:
    element = subquery.element
    return element.element if isinstance(element, SelectStatementGrouping) else element


def duckdb_sql(statement: Statement) -> tuple[str, list[Any]]:
    """The statement in DuckDB's SQL, and the values of its numbered parameters.

    >>> duckdb_sql(sa.select(sa.literal(7) // 2))
    ('SELECT $1::INTEGER // $2::INTEGER AS anon_1', [7, 2])
    """
    compiled = statement.compile(dialect=DuckDBDialect(), compile_kwargs={"render_postcompile": True})
    return str(compiled), [compiled.params[name] for name in compiled.positiontup or ()]
