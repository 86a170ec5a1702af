"""Running statements on an embedded DuckDB that keeps to a fixed amount of memory and spills into one folder."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler

from icp_monitor.catalogue import RowFiles
from icp_monitor.errors import Problem, StorageError

Expression = sa.ColumnElement[Any]
Statement = sa.Select[*tuple[Any, ...]]

MEMORY_LIMIT = "256MB"
_FORMAT = "FORMAT parquet, PARQUET_VERSION V2, COMPRESSION lz4, ROW_GROUP_SIZE 30720"  # the quickest to write
_DIALECT: sa.Dialect = PGDialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call] # SQLAlchemy's own gap


class TryCast(sa.Cast[Any]):
    """A cast that gives NULL where the value doesn't fit the type."""

    inherit_cache = True


@compiles(TryCast)
def _compile_try_cast(cast: TryCast, compiler: SQLCompiler, **options: Any) -> str:
    return f"TRY_{compiler.visit_cast(cast, **options)}"  # type: ignore[no-untyped-call] # SQLAlchemy's own gap


class Engine:
    """One DuckDB connection in the time ``zone``; what it stores lies in ``folder``.

    Raises:
        StorageError: from any statement for which memory and ``folder`` together have no room.
    """

    def __init__(self, folder: Path, zone: str) -> None:
        self._folder = folder
        self._failure: Exception | None = None
        self._connection = duckdb.connect(
            config={
                "memory_limit": MEMORY_LIMIT,
                "threads": 2,  # one judges while the other takes the next records from the source
                "temp_directory": str(folder),
                "preserve_insertion_order": False,
                "autoinstall_known_extensions": False,
                "autoload_known_extensions": False,
            },
        )
        self._connection.execute("SET TimeZone = $1", [zone])

    def __enter__(self) -> Engine:
        return self

    def __exit__(self, *_: object) -> None:
        self._connection.close()
        pa.default_memory_pool().release_unused()  # what reading took and Arrow keeps: the warehouse needs it next

    def offer(self, name: str, schema: pa.Schema, batches: Iterator[pa.RecordBatch]) -> None:
        """Let one statement read ``batches`` as the table ``name``; what they raise comes out of it unchanged."""
        self._failure = None
        self._connection.register(name, pa.RecordBatchReader.from_batches(schema, self._watched(batches)))

    def offer_rows(self, name: str, rows: RowFiles) -> None:
        """Let statements read ``rows`` as the table ``name``, in place of an earlier one."""
        read = self._connection.read_parquet([str(file) for file in rows.files])
        sound = read if rows.only is None else read.filter(duckdb.ColumnExpression(rows.only))
        columns = map(duckdb.ColumnExpression, rows.columns or read.columns)
        sound.select(*columns).create_view(name)

    def keep(self, name: str, statement: Statement) -> sa.TableClause:
        """Keep the result of ``statement`` as the table ``name``, in place of an earlier one; it spills as it grows."""
        text, values = _compiled(statement)
        quoted = _DIALECT.identifier_preparer.quote(name)
        self._execute(f"CREATE OR REPLACE TEMP TABLE {quoted} AS {text}", values)
        return _as_table(name, statement)

    def store(self, name: str, statement: Statement, path: Path) -> sa.TableClause:
        """Like `keep`, but in a Parquet file, where the warehouse finds the rows too: nobody writes them again."""
        self.write(path, statement)
        self.offer_rows(name, RowFiles((path,)))
        return _as_table(name, statement)

    def write(self, path: Path, statement: Statement) -> None:
        """Write the result of ``statement`` to a Parquet file."""
        text, values = _compiled(statement)
        self._execute(f"COPY ({text}) TO ${len(values) + 1} ({_FORMAT})", [*values, str(path)])

    def rows(self, statement: Statement) -> list[tuple[Any, ...]]:
        """The few rows that ``statement`` gives."""
        return self._execute(*_compiled(statement)).fetchall()

    def _execute(self, command: str, values: list[Any]) -> duckdb.DuckDBPyConnection:
        try:
            return self._connection.execute(command, values)
        except duckdb.Error as error:
            if self._failure is not None:
                raise self._failure from error
            if isinstance(error, duckdb.IOException | duckdb.OutOfMemoryException):
                raise StorageError(self._no_room(error)) from error
            raise

    def _no_room(self, error: duckdb.Error) -> Problem:
        cure = "free space there, or set TMPDIR to a folder that has it"
        return Problem(str(self._folder), f"no room to read the records: {str(error).splitlines()[0]}", cure=cure)

    def _watched(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """On its way through DuckDB an error would lose its type."""
        try:
            yield from batches
        except Exception as error:
            self._failure = error
            raise


def _as_table(name: str, statement: Statement) -> sa.TableClause:
    return sa.table(name, *(sa.column(item.name, item.type) for item in statement.selected_columns))


def _compiled(statement: Statement) -> tuple[str, list[Any]]:
    compiled = statement.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    assert isinstance(compiled, SQLCompiler)
    return str(compiled), [compiled.params[name] for name in compiled.positiontup or ()]
