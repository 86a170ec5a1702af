"""What keeps a table from being read, with the nearest name that would be right."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from icp_monitor.config.mapped import SqlTable
from icp_monitor.config.suggestions import did_you_mean
from icp_monitor.errors import Problem
from icp_monitor.sources.cells import source_columns
from icp_monitor.sources.rules import TableReader
from icp_monitor.sources.sql.origin import Absent, Origin, named
from icp_monitor.sources.sql.session import said


def column_problems(where: str, table: SqlTable, reader: TableReader, origin: Origin) -> Iterator[Problem]:
    """Mapped columns that the table or query doesn't have."""
    for name in dict.fromkeys(source_columns(table, reader.names)):
        if name not in origin.columns:
            yield _no_column(f"{where}.columns", name, origin)
    if table.modified is not None and table.modified not in origin.columns:
        yield _no_column(f"{where}.modified", table.modified, origin)


def absence(engine: sa.Engine, where: str, table: SqlTable, schema: str | None, absent: Absent) -> Problem:
    """Why a table or a query can't be read."""
    if table.table is None:
        return Problem(f"{where}.query", said(absent.error), cure="correct the query: it must be one SELECT")
    if not absent.is_missing_table:
        return Problem(f"{where}.table", said(absent.error), repr(table.table), "let the connection's user read it")
    own, place = named(table.table, schema)
    inspector = sa.inspect(engine)
    schemas = inspector.get_schema_names()
    if place is not None and place not in schemas:
        return Problem(where, "there is no such schema", repr(place), did_you_mean(place, schemas))
    names = [*inspector.get_table_names(place), *inspector.get_view_names(place)]
    return Problem(f"{where}.table", "there is no such table", repr(table.table), _nearest(own, names))


def _no_column(where: str, name: str, origin: Origin) -> Problem:
    return Problem(
        where, f"{origin.place} has no column of this name", repr(name), _nearest(name, tuple(origin.columns))
    )


def _nearest(name: str, known: Sequence[str]) -> str:
    return did_you_mean(name, known) or f"choose one of its {len(known)}"
