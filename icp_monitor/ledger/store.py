"""How the ledger's database is reached: SQLite or PostgreSQL, one writer at a time on either."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import ArgumentError, DBAPIError, IntegrityError
from sqlalchemy.orm import Session

from icp_monitor.errors import ConfigError, StorageError

PATIENCE = 30  # seconds that a writer waits for another
FORMS = "sqlite:///path/to/ledger.db or postgresql+psycopg://user:password@host/database"


class Store:
    """A database with transactions that see no writer beside them.

    Writes to the ledger are few and small, so they take turns; in exchange what a transaction has read still holds when
    it writes.
    """

    def __init__(self, url: str) -> None:
        self.engine = _engine(url)
        self.name = self.engine.url.render_as_string(hide_password=True)

    @property
    def file(self) -> Path | None:
        """SQLite's file; None for a server."""
        return Path(self.engine.url.database or "") if self.engine.dialect.name == "sqlite" else None

    @contextmanager
    def read(self) -> Iterator[Session]:
        """A transaction that doesn't wait for writers."""
        with self._transaction(sa.text("BEGIN") if self.file else None) as session:
            yield session

    @contextmanager
    def write(self) -> Iterator[Session]:
        """The only writing transaction at this moment; its work is kept when the block ends well."""
        turn = sa.text("BEGIN IMMEDIATE") if self.file else sa.select(sa.func.pg_advisory_xact_lock(number_of("write")))
        with self._transaction(turn) as session:
            yield session

    @contextmanager
    def reached(self) -> Iterator[None]:
        """Turn the driver's errors into a sentence that names the ledger, and no password."""
        try:
            yield
        except IntegrityError:
            raise
        except DBAPIError as error:
            raise StorageError(f"The ledger {self.name} can't be used: {str(error.orig).strip()}") from None

    @contextmanager
    def _transaction(self, opening: sa.Executable | None) -> Iterator[Session]:
        with self.reached(), Session(self.engine) as session, session.begin():
            if opening is not None:
                session.execute(opening)
            yield session


def number_of(lock: str) -> int:
    """The number under which PostgreSQL knows one of the ledger's locks."""
    digest = hashlib.sha256(f"icp_monitor.ledger.{lock}".encode()).digest()
    return int.from_bytes(digest[:8], signed=True)


def _engine(url: str) -> sa.Engine:
    try:
        parsed = sa.make_url(url)
        backend = parsed.get_backend_name()
        if backend == "sqlite" and parsed.database and parsed.database != ":memory:":
            return _sqlite(parsed)
        if backend == "postgresql":
            return _postgresql(parsed)
    except (ArgumentError, ValueError):
        backend = "unknown"
    except ModuleNotFoundError as error:
        raise ConfigError(f"The ledger needs {error.name}. Cure: pip install 'icp-monitor[postgres]'") from None
    raise ConfigError(f"The ledger can't be kept in {backend!r} as addressed. Cure: set ICP_LEDGER_URL to {FORMS}")


def _sqlite(url: sa.URL) -> sa.Engine:
    Path(url.database or "").parent.mkdir(parents=True, exist_ok=True)
    # isolation_level None: the driver begins no transactions of its own, so that ours begin as they say.
    engine = sa.create_engine(url, connect_args={"timeout": PATIENCE, "isolation_level": None})

    @sa.event.listens_for(engine, "connect")
    def _prepare(connection: Any, _: object) -> None:
        connection.execute("PRAGMA foreign_keys = ON")
        connection.execute("PRAGMA synchronous = FULL")

    return engine


def _postgresql(url: sa.URL) -> sa.Engine:
    given = url.query.get("options", "")
    options = " ".join([*([given] if isinstance(given, str) else given), f"-c lock_timeout={PATIENCE}s"]).strip()
    driver = "postgresql+psycopg" if url.drivername == "postgresql" else url.drivername
    return sa.create_engine(url.set(drivername=driver).update_query_dict({"options": options}), pool_pre_ping=True)
