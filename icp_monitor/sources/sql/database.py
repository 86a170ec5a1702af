"""Tables of a database as a source."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import timedelta
from functools import cached_property

import pyarrow as pa
import sqlalchemy as sa

from icp_monitor.config.canonical import TableName
from icp_monitor.config.connection import Connection
from icp_monitor.config.mapped import SqlTable
from icp_monitor.config.sources import SqlSource
from icp_monitor.errors import Problem
from icp_monitor.sources.connector import Reading
from icp_monitor.sources.records import sound_batch
from icp_monitor.sources.rules import TableReader
from icp_monitor.sources.sql.dialects import POSTGRESQL, dialect_of
from icp_monitor.sources.sql.fetching import fetched
from icp_monitor.sources.sql.origin import Absent, Origin, find_origin
from icp_monitor.sources.sql.refusing import absence, column_problems
from icp_monitor.sources.sql.session import engine_of, explained, place_of, reading
from icp_monitor.sources.sql.window import EVERYTHING, Window, window_after


@dataclass(frozen=True)
class Database:
    """The database that a connection reaches, read as a source maps it, all tables in one state of it."""

    source: SqlSource
    connection: Connection
    _opened: ExitStack = field(default_factory=ExitStack, repr=False, compare=False)

    def contents(self) -> None:
        """Only reading can tell."""

    def offered(self) -> Sequence[TableName]:
        """The mapped tables, without optional ones that the database doesn't have.

        Raises:
            SourceError: the database can't be reached.
        """
        return [name for name in self.source.tables if not self._is_left_out(name)]

    def refusals(self, source_id: str, readers: Mapping[TableName, TableReader]) -> list[Problem]:
        """Tables, queries and columns that the database doesn't have or doesn't let us read.

        Raises:
            SourceError: the database can't be reached.
        """
        problems: list[Problem] = []
        for name, reader in readers.items():
            where, origin = f"sources.yaml: {source_id}.tables.{name}", self._origins[name]
            if isinstance(origin, Origin):
                problems += column_problems(where, self.source.tables[name], reader, origin)
            elif not self._is_left_out(name):
                problems.append(self._absence(where, name, origin))
        return problems

    def read(self, table: TableName, columns: Sequence[str], since: str | None) -> Reading:
        """The records that changed since; all of them of a table that doesn't say when a record was changed.

        Raises:
            SourceError: from here or from the batches, when the database refuses.
        """
        origin = self._origins[table]
        assert isinstance(origin, Origin)
        window = self._window(origin, self.source.tables[table], since)
        batches = self._batches(origin, columns, window.condition)
        return Reading(origin.place, window.is_full, batches, lambda: window.watermark)

    def close(self) -> None:
        """End the session, and with it the state of the database that it saw."""
        self._opened.close()

    def _window(self, origin: Origin, table: SqlTable, since: str | None) -> Window:
        if table.modified is None:
            return EVERYTHING
        with explained(self._place(origin)):
            overlap = timedelta(minutes=table.overlap_minutes)
            return window_after(self._session, origin, table.modified, since, overlap)

    def _batches(
        self, origin: Origin, columns: Sequence[str], condition: sa.ColumnElement[bool]
    ) -> Iterator[pa.RecordBatch]:
        record = 1
        with explained(self._place(origin)):
            for text in self._blocks(origin, columns, condition):
                yield sound_batch(record, text)
                record += len(text[0])

    def _blocks(
        self, origin: Origin, columns: Sequence[str], condition: sa.ColumnElement[bool]
    ) -> Iterator[list[pa.Array]]:
        if dialect_of(self.connection.kind) is not POSTGRESQL:
            return fetched(self._session, origin, columns, condition)
        from icp_monitor.sources.sql.copying import copied

        return copied(self._session, origin, columns, condition)

    def _absence(self, where: str, name: TableName, absent: Absent) -> Problem:
        with explained(place_of(self.connection)):
            return absence(self._engine, where, self.source.tables[name], self.source.schema_, absent)

    def _is_left_out(self, name: TableName) -> bool:
        origin = self._origins[name]
        return isinstance(origin, Absent) and self.source.tables[name].optional and origin.is_missing_table

    def _place(self, origin: Origin) -> str:
        return f"{place_of(self.connection)}: {origin.place}"

    @cached_property
    def _origins(self) -> Mapping[TableName, Origin | Absent]:
        schema = self.source.schema_
        with explained(place_of(self.connection)), self._engine.connect() as connection:
            asking = connection.execution_options(isolation_level="AUTOCOMMIT")
            return {name: find_origin(asking, table, schema) for name, table in self.source.tables.items()}

    @cached_property
    def _session(self) -> sa.Connection:
        return self._opened.enter_context(reading(self._engine, dialect_of(self.connection.kind)))

    @cached_property
    def _engine(self) -> sa.Engine:
        return engine_of(self.connection, self.source.schema_)
