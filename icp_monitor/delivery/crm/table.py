"""A table in any database that SQLAlchemy reaches: one row for each account, replaced where it differs."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import sqlalchemy as sa
from sqlalchemy.exc import SQLAlchemyError

from icp_monitor.delivery.crm.target import Change, Failure, Values
from icp_monitor.errors import DeliveryError, Problem

KEY = "account_id"
CHUNK = 500  # keys that one statement names: SQLite takes no more than 999


class ScoreTable:
    """See ``Target``. Every column is text, so that any database takes it; a batch is one transaction."""

    batch = 10_000

    def __init__(self, engine: sa.Engine, place: str, schema: str | None, name: str, fields: Sequence[str]) -> None:
        self._engine, self._place = engine, place
        columns = (sa.Column(field, sa.Text) for field in fields)
        self._table = sa.Table(
            name, sa.MetaData(), sa.Column(KEY, sa.String(255), primary_key=True), *columns, schema=schema
        )

    def refusals(self) -> list[Problem]:
        """See ``Target``. A table that lacks columns is somebody else's."""
        with self._explained(), self._engine.connect() as connection:
            looked = sa.inspect(connection)
            if not looked.has_table(self._table.name, self._table.schema):
                return []
            there = {column["name"] for column in looked.get_columns(self._table.name, self._table.schema)}
        lacking = [column.name for column in self._table.columns if column.name not in there]
        cure = "name another table under export in monitoring.yaml, or drop this one"
        message = f"the table {self._table.name} has no column {', '.join(lacking)}"
        return [Problem(self._place, message, cure=cure)] if lacking else []

    def held(self) -> dict[str, Values]:
        """See ``Target``."""
        with self._explained(), self._engine.connect() as connection:
            if not sa.inspect(connection).has_table(self._table.name, self._table.schema):
                return {}
            rows = connection.execution_options(yield_per=10_000).execute(sa.select(self._table)).mappings()
            names = [column.name for column in self._table.columns if column.name != KEY]
            return {row[KEY]: {name: row[name] for name in names} for row in rows}

    def update(self, changes: Sequence[Change]) -> list[Failure]:
        """See ``Target``. Either all changes are kept, or none."""
        with self._explained(), self._engine.begin() as connection:
            self._table.create(connection, checkfirst=True)
            _delete(connection, self._table, [change.key for change in changes])
            if changes:
                connection.execute(sa.insert(self._table), [{KEY: change.key, **change.values} for change in changes])
        return []

    def remove(self, keys: Sequence[str]) -> None:
        """Take out accounts that are no longer scored."""
        with self._explained(), self._engine.begin() as connection:
            _delete(connection, self._table, keys)

    def close(self) -> None:
        """See ``Target``."""
        self._engine.dispose()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        try:
            yield
        except SQLAlchemyError as error:
            said = str(getattr(error, "orig", None) or error).strip().splitlines()
            cure = "check the connection and what its user may do"
            problem = Problem(self._place, said[0] if said else type(error).__name__, cure=cure)
            raise DeliveryError(problem) from error


def _delete(connection: sa.Connection, table: sa.Table, keys: Sequence[str]) -> None:
    for start in range(0, len(keys), CHUNK):
        connection.execute(sa.delete(table).where(table.c[KEY].in_(keys[start : start + CHUNK])))
