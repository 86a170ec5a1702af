"""The warehouse in a database: PostgreSQL for deployment, SQLite for small data."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self, cast

import pyarrow as pa
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue, Dataset, RowFiles
from icp_monitor.warehouse.arrow_types import result_table, result_types
from icp_monitor.warehouse.engines import WRITES, lock
from icp_monitor.warehouse.faults import storage_error
from icp_monitor.warehouse.incoming import partition_faults, refuse_faults, shaped_parts, shaped_select, value_faults
from icp_monitor.warehouse.interface import Partition
from icp_monitor.warehouse.partitions import Value, checked, in_order, partition_at, path_of
from icp_monitor.warehouse.staging import fill
from icp_monitor.warehouse.statements import Statement, datasets_named
from icp_monitor.warehouse.tables import bring_up_to_date, missing_columns, partitions_table, staging_table

if TYPE_CHECKING:
    from icp_monitor.warehouse.interface import Rows


class SqlWarehouse:
    """See ``Warehouse``. ``place`` names the database in messages; it holds no password."""

    def __init__(self, engine: sa.Engine, schema: str | None, catalogue: Catalogue, place: str) -> None:
        self._engine = engine
        self._writer = engine.execution_options(**{WRITES: True})
        self._schema = schema
        self._place = place
        self._datasets = {dataset.name: dataset for dataset in catalogue}
        self._ready: set[str] = set()

    def replace_partition(self, dataset: Dataset, partition: Partition, rows: Rows) -> int:
        """See ``Warehouse``."""
        values = checked(dataset, partition)
        self._datasets.setdefault(dataset.name, dataset)
        with self._faults():
            shaped: sa.Select[Any] | Iterator[pa.Table]
            if isinstance(rows, Statement):
                shaped, faults = shaped_select(rows, dataset, values), partition_faults(rows, values)
                named = datasets_named(rows, self._datasets)
            else:
                shaped, faults, named = shaped_parts(rows, dataset, values), None, []
            self._prepare([dataset, *named])
            with self._writer.begin() as connection:
                if faults is not None:
                    refuse_faults(dataset, _row(connection, faults))
                return _replace(connection, dataset, values, shaped)

    def read(self, statement: Statement) -> pa.Table:
        """See ``Warehouse``."""
        types = result_types(statement)
        with self._faults():
            self._prepare(datasets_named(statement, self._datasets))
            with self._engine.connect() as connection:
                result = connection.execute(cast(sa.Executable, statement))  # as all its subclasses are
                rows = result.all()
        columns = zip(*rows, strict=True) if rows else [()] * len(types)
        return result_table(result.keys(), columns, types)

    @contextmanager
    def computed(self, statement: Statement) -> Iterator[sa.FromClause]:
        """See ``Warehouse``. As a common table expression: one that a statement names twice is computed once."""
        yield statement.cte()

    @contextmanager
    def offered(self, rows: RowFiles, dataset: Dataset, partition: Partition) -> Iterator[sa.FromClause]:
        """See ``Warehouse``."""
        self.replace_partition(dataset, partition, rows)
        own = (dataset.table.c[name] == value for name, value in partition.items())
        try:
            yield sa.select(dataset.table).where(*own).subquery(f"offered_{dataset.name}")
        finally:
            self.drop_partition(dataset, partition)

    def partitions(self, dataset: Dataset) -> list[dict[str, object]]:
        """See ``Warehouse``."""
        paths = sa.select(partitions_table.c.partition).where(partitions_table.c.dataset == dataset.name)
        with self._faults():
            self._prepare([dataset])
            with self._engine.connect() as connection:
                return in_order(partition_at(dataset, path) for path in connection.scalars(paths))

    def drop_partition(self, dataset: Dataset, partition: Partition) -> None:
        """See ``Warehouse``."""
        values = checked(dataset, partition)
        with self._faults():
            self._prepare([dataset])
            with self._writer.begin() as connection:
                _remove(connection, dataset, values)

    def close(self) -> None:
        """See ``Warehouse``."""
        self._engine.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _prepare(self, datasets: Sequence[Dataset]) -> None:
        """Bring the datasets' tables up to date, once for each."""
        new = [dataset for dataset in datasets if dataset.name not in self._ready]
        with self._engine.connect() as connection:
            outdated = [dataset for dataset in new if missing_columns(connection, dataset)]
        if outdated:
            with self._writer.begin() as connection:
                lock(connection, "tables")
                bring_up_to_date(connection, outdated, self._schema)
        self._ready |= {dataset.name for dataset in new}

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except sa.exc.DBAPIError as error:
            raise storage_error(self._place, str(error.orig)) from error
        except self._engine.dialect.loaded_dbapi.Error as error:  # from COPY, which bypasses SQLAlchemy
            raise storage_error(self._place, str(error)) from error


def _replace(
    connection: sa.Connection, dataset: Dataset, values: Mapping[str, Value], rows: sa.Select[Any] | Iterator[pa.Table]
) -> int:
    staged = staging_table(dataset)
    staged.create(connection)
    fill(connection, staged, rows)
    refuse_faults(dataset, _row(connection, value_faults(staged, dataset)))
    _remove(connection, dataset, values)
    insert = sa.insert(dataset.table).from_select(dataset.columns, sa.select(staged))
    count = connection.execute(insert, execution_options={"preserve_rowcount": True}).rowcount
    entry = {"dataset": dataset.name, "partition": path_of(dataset, values), "row_count": count}
    connection.execute(sa.insert(partitions_table), entry)
    staged.drop(connection)
    _tell_planner(connection, dataset)
    return count


def _tell_planner(connection: sa.Connection, dataset: Dataset) -> None:
    """Without statistics PostgreSQL takes a new table for tiny and joins it row by row: minutes instead of a second."""
    if connection.dialect.name == "postgresql":
        table = connection.dialect.identifier_preparer.format_table(dataset.table)
        connection.exec_driver_sql(f"ANALYZE {table}")


def _row(connection: sa.Connection, statement: sa.Select[Any]) -> dict[str, int]:
    return {**connection.execute(statement).mappings().one()}


def _remove(connection: sa.Connection, dataset: Dataset, values: Mapping[str, Value]) -> None:
    """Delete the partition; until the transaction ends, no other can write it."""
    path = path_of(dataset, values)
    lock(connection, f"{dataset.name}/{path}")
    connection.execute(sa.delete(dataset.table).where(*(dataset.table.c[name] == values[name] for name in values)))
    entry = partitions_table.c
    connection.execute(sa.delete(partitions_table).where(entry.dataset == dataset.name, entry.partition == path))
