"""What the tests of databases share: a source on a URL, and the rows that it hands over."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from icp_monitor.config.sources import SqlSource
from icp_monitor.settings.connections import read_connection
from icp_monitor.sources.connector import Reading
from icp_monitor.sources.sql import Database

STAGES = {"won": ["Won"], "lost": ["Lost"], "open": ["Open"]}
DEAL = {"opportunity_id": "id", "account_id": "id", "stage": "stage", "created_on": "created"}


@dataclass(frozen=True)
class Store:
    """A database to fill; ``schema`` holds the tables of one test."""

    url: str
    engine: sa.Engine
    schema: str | None

    def run(self, *statements: str) -> None:
        """Run each statement and commit."""
        with self.engine.begin() as connection:
            for statement in statements:
                connection.exec_driver_sql(statement)

    def write(self, statement: str, *rows: Mapping[str, Any], **types: sa.types.TypeEngine[Any]) -> None:
        """Run a statement with the values of each row; ``types`` are those that the values don't tell."""
        typed = sa.text(statement).bindparams(*(sa.bindparam(name, type_=kind) for name, kind in types.items()))
        with self.engine.begin() as connection:
            connection.execute(typed, list(rows))

    def source(self, tables: Mapping[str, Any], **options: Any) -> Database:
        """A source that maps some of its tables."""
        return Database(source_of(tables, schema=self.schema, **options), read_connection("dwh", self.url))


def source_of(tables: Mapping[str, Any], **options: Any) -> SqlSource:
    """The configuration of a source."""
    given = {"kind": "sql", "connection": "dwh", "stages": STAGES, "tables": tables, **options}
    return SqlSource.model_validate(given, strict=False)


def table(origin: str, columns: Mapping[str, Any] | None = None, **options: Any) -> dict[str, Any]:
    """The mapping of a table."""
    return {"table": origin, "columns": columns or {"account_id": "id"}, **options}


def rows_of(reading: Reading) -> list[tuple[str | None, ...]]:
    """The records as text, in the order of the columns asked for."""
    rows: list[tuple[str | None, ...]] = []
    for batch in reading.batches:
        rows += zip(*(column.to_pylist() for column in batch.columns[3:]), strict=True)
    return rows


def read(database: Database, name: Any, columns: Sequence[str], since: str | None = None) -> list[Any]:
    """All that one reading hands over, in order; single values where one column is asked for."""
    rows = rows_of(database.read(name, columns, since))
    database.close()
    return sorted((row[0] if len(columns) == 1 else row for row in rows), key=repr)
