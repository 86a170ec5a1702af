"""How SQLAlchemy connects to PostgreSQL and SQLite so that the same statement gives the same rows."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from icp_monitor.warehouse.compilers import TYPED_PARAMETERS, SQLiteFlatCompiler

WRITES = "icp_monitor_writes"  # execution option: the transaction is going to write
BUSY_SECONDS = 30


def postgresql_engine(url: sa.URL, schema: str) -> sa.Engine:
    """An engine whose transactions find and make tables in ``schema``, and nowhere else."""
    engine = sa.create_engine(url, pool_pre_ping=True, hide_parameters=True)
    engine.dialect.colspecs = TYPED_PARAMETERS
    quoted = engine.dialect.identifier_preparer.quote(schema)

    @event.listens_for(engine, "begin")
    def use_schema(connection: sa.Connection) -> None:
        """For the transaction only, so that a pooler between us and the server can't mix sessions up."""
        connection.exec_driver_sql(f"SET LOCAL search_path TO {quoted}")

    return engine


def sqlite_engine(url: sa.URL) -> sa.Engine:
    """An engine that waits for other writers, and whose LIKE and casts to dates work as on other engines."""
    engine = sa.create_engine(url, connect_args={"timeout": BUSY_SECONDS}, hide_parameters=True)
    engine.dialect.statement_compiler = SQLiteFlatCompiler

    @event.listens_for(engine, "connect")
    def prepare(connection: Any, _record: object) -> None:
        connection.isolation_level = None  # the driver must not begin transactions: it begins them too late to write
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("PRAGMA case_sensitive_like = ON")

    @event.listens_for(engine, "begin")
    def begin(connection: sa.Connection) -> None:
        """A transaction that turns into a writing one midway fails if another wrote in between."""
        writes = connection.get_execution_options().get(WRITES, False)
        connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")

    return engine


def lock(connection: sa.Connection, name: str) -> None:
    """Wait until no other transaction holds ``name``, and hold it until this one ends.

    SQLite needs none: it has one writing transaction at a time.
    """
    if connection.dialect.name == "postgresql":
        key = sa.func.hashtextextended(f"icp_monitor/{name}", 0)
        connection.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))
