"""What is read for a canonical table: a table of the database or what a query selects, and the columns it has."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from icp_monitor.config.mapped import SqlTable
from icp_monitor.sources.sql.session import lacks_table


@dataclass(frozen=True)
class Origin:
    """``source`` stands after FROM; ``columns`` has the driver's code for the type of each column, by name."""

    place: str
    source: sa.FromClause
    columns: Mapping[str, Any]


@dataclass(frozen=True)
class Absent:
    """Why there is nothing to read: what the database said of the first thing that was asked for."""

    error: SQLAlchemyError

    @property
    def is_missing_table(self) -> bool:
        """Whether a table is missing, and not merely a column."""
        return lacks_table(self.error)


def find_origin(connection: sa.Connection, table: SqlTable, schema: str | None) -> Origin | Absent:
    """The first origin of a table that the database can read."""
    refused: list[SQLAlchemyError] = []
    for place, source in _candidates(table, schema):
        try:
            return Origin(place, source, _columns(connection, source))
        except SQLAlchemyError as error:
            refused.append(error)
    return Absent(next((error for error in refused if not lacks_table(error)), refused[0]))


def named(table: str, schema: str | None) -> tuple[str, str | None]:
    """A table's own name and its schema, that of the source where it names none.

    >>> named("crm.deal", "public")
    ('deal', 'crm')
    """
    own, _, name = table.rpartition(".")
    return name, own or schema


def _candidates(table: SqlTable, schema: str | None) -> list[tuple[str, sa.FromClause]]:
    if table.table is not None:
        name, own = named(table.table, schema)
        return [(table.table, sa.table(name, schema=own))]
    return [("query", _wrapped(query)) for query in table.queries]


def _wrapped(query: str) -> sa.Subquery:
    """The line end closes a comment at the query's end; a colon names no parameter."""
    statement = query.strip().rstrip(";").replace(":", r"\:") + "\n"
    return sa.text(statement).columns().subquery("origin")


def _columns(connection: sa.Connection, source: sa.FromClause) -> dict[str, Any]:
    """Asked with a parameter: then no driver takes more than one statement."""
    nothing: sa.Select[Any] = (
        sa.select(sa.literal_column("*")).select_from(source).where(sa.literal(1) == sa.literal(0))
    )
    with connection.execute(nothing) as result:
        cursor = result.cursor
        assert cursor is not None
        return {item[0]: item[1] for item in cursor.description or ()}
