"""Connections to a database that can only read, and what to say when it refuses."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError, NoSuchModuleError, SQLAlchemyError
from sqlalchemy.pool import NullPool

from icp_monitor.config.connection import Connection
from icp_monitor.errors import Problem, SourceError
from icp_monitor.sources.sql.address import url_of
from icp_monitor.sources.sql.dialects import Dialect, dialect_of

_UNDEFINED_TABLE = "42P01"  # the standard's code, which PostgreSQL gives in any language
_NO_SUCH_TABLE = ("no such table", "doesn't exist", "does not exist", "not found", "invalid object name")


def engine_of(connection: Connection, schema: str | None) -> sa.Engine:
    """An engine whose every session refuses to write, keeps UTC, and looks for unqualified names in ``schema``.

    Raises:
        SourceError: the driver is not installed.
    """
    dialect = dialect_of(connection.kind)
    try:
        engine = sa.create_engine(url_of(connection), poolclass=NullPool)
    except (ImportError, NoSuchModuleError) as error:
        message = f"the driver for {connection.kind or 'a database without a type'} is not installed"
        raise SourceError(Problem(place_of(connection), message, cure=f"pip install {dialect.package}")) from error
    sa.event.listen(engine, "connect", lambda raw, _: _prepare(raw, _statements(engine, dialect, schema)))
    return engine


def place_of(connection: Connection) -> str:
    """What messages call the database."""
    return f"the connection {connection.name}"


def reading(engine: sa.Engine, dialect: Dialect) -> sa.Connection:
    """A connection that sees the database as it is when first asked, for as long as it is open."""
    connection = engine.connect()
    if dialect.isolation:
        connection = connection.execution_options(isolation_level=dialect.isolation)
    if dialect.begin:
        connection.exec_driver_sql(dialect.begin)
    return connection


@contextmanager
def explained(place: str) -> Iterator[None]:
    """What the driver raises comes out as a problem of the source, in the driver's words and without the statement.

    Raises:
        SourceError: instead of the driver's own error.
    """
    try:
        yield
    except SQLAlchemyError as error:
        raise SourceError(
            Problem(place, said(error), cure="correct the mapping or the connection, and pull again")
        ) from error


def said(error: SQLAlchemyError) -> str:
    """The first line of what the database said."""
    cause: BaseException = error.orig if isinstance(error, DBAPIError) and error.orig is not None else error
    return (str(cause).strip().splitlines() or [type(cause).__name__])[0]


def lacks_table(error: SQLAlchemyError) -> bool:
    """Whether the database refused a statement because it has no such table."""
    state = getattr(getattr(error, "orig", None), "sqlstate", None)
    if state is not None:
        return bool(state == _UNDEFINED_TABLE)
    words = said(error).lower()
    return "column" not in words and any(phrase in words for phrase in _NO_SUCH_TABLE)


def _statements(engine: sa.Engine, dialect: Dialect, schema: str | None) -> list[str]:
    if schema is None or dialect.enter is None:
        return list(dialect.session)
    return [*dialect.session, dialect.enter.format(schema=engine.dialect.identifier_preparer.quote(schema))]


def _prepare(raw: Any, statements: list[str]) -> None:
    cursor = raw.cursor()
    for statement in statements:
        cursor.execute(statement)
    cursor.close()
    raw.commit()
