"""The warehouse of one machine: a Parquet file for each dataset and partition, queried by DuckDB in memory."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

import duckdb
import pyarrow as pa
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue, Dataset, RowFiles
from icp_monitor.warehouse.arrow_types import result_table, result_types
from icp_monitor.warehouse.faults import storage_error
from icp_monitor.warehouse.file_queries import FileQueries, rows_of, stored_columns
from icp_monitor.warehouse.incoming import (
    constants_of,
    partition_faults,
    refuse_faults,
    refuse_other_types,
    shaped_select,
    shaped_table,
    value_faults,
)
from icp_monitor.warehouse.interface import Partition
from icp_monitor.warehouse.partitions import checked, in_order, partition_at, path_of
from icp_monitor.warehouse.statements import Statement
from icp_monitor.warehouse.views import FILE, files_of
from icp_monitor.warehouse.workspace import Workspace, publish, withdraw

if TYPE_CHECKING:
    from icp_monitor.warehouse.interface import Rows


class ParquetWarehouse:
    """See ``Warehouse``. ``settings`` are DuckDB's; by default every processor, 50 MB, and 125 MB for each."""

    def __init__(self, root: Path, catalogue: Catalogue, settings: Mapping[str, str]) -> None:
        self._root = root
        self._numbers = count(1)
        with self._faults():
            self._workspace = Workspace(root)
            self._queries = FileQueries(root, self._workspace.folder, catalogue, settings)

    def replace_partition(self, dataset: Dataset, partition: Partition, rows: Rows) -> int:
        """See ``Warehouse``."""
        target = self._file(dataset, partition)
        staged = self._workspace.folder / FILE
        self._queries.add(dataset)
        with self._faults(), self._shaped(dataset, partition, rows) as shaped:
            count = self._queries.write(_as_stored(shaped, dataset), staged)
            refuse_faults(
                dataset, self._queries.read_row(value_faults(rows_of(staged, stored_columns(dataset)), dataset))
            )
            publish(staged, target)
        return count

    def read(self, statement: Statement) -> pa.Table:
        """See ``Warehouse``."""
        types = result_types(statement)
        with self._faults():
            found = self._queries.read(statement)
        return result_table(found.column_names, found.columns, types)

    @contextmanager
    def computed(self, statement: Statement) -> Iterator[sa.FromClause]:
        """See ``Warehouse``."""
        name = f"computed_{next(self._numbers)}"
        with self._faults():
            self._queries.keep(statement, name)
        try:
            yield sa.table(name, *(sa.column(column.name, column.type) for column in statement.selected_columns))
        finally:
            self._queries.forget(name)

    @contextmanager
    def offered(self, rows: RowFiles, dataset: Dataset, partition: Partition) -> Iterator[sa.FromClause]:
        """See ``Warehouse``."""
        checked(dataset, partition)
        refuse_other_types(rows, dataset)
        with self._faults():
            yield _in_files(rows, dataset).subquery(dataset.name)

    def partitions(self, dataset: Dataset) -> list[dict[str, object]]:
        """See ``Warehouse``."""
        with self._faults():
            paths = [file.parent.relative_to(self._root / dataset.name) for file in self._root.glob(files_of(dataset))]
        return in_order(partition_at(dataset, path.as_posix()) for path in paths)

    def drop_partition(self, dataset: Dataset, partition: Partition) -> None:
        """See ``Warehouse``."""
        with self._faults():
            withdraw(self._file(dataset, partition))

    def close(self) -> None:
        """See ``Warehouse``."""
        self._queries.close()
        self._workspace.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _file(self, dataset: Dataset, partition: Partition) -> Path:
        return self._root / dataset.name / path_of(dataset, partition) / FILE

    @contextmanager
    def _shaped(self, dataset: Dataset, partition: Partition, rows: Rows) -> Iterator[sa.Select[Any]]:
        values = checked(dataset, partition)
        if isinstance(rows, pa.Table):
            with self._queries.holding(shaped_table(rows, dataset, values), dataset) as select:
                yield shaped_select(select, dataset, values)
            return
        if not isinstance(rows, Statement):
            refuse_other_types(rows, dataset)
            rows = _in_files(rows, dataset)
        shaped = shaped_select(rows, dataset, values)
        faults = partition_faults(rows, values)
        if faults is not None:
            refuse_faults(dataset, self._queries.read_row(faults))
        yield shaped

    @contextmanager
    def _faults(self) -> Iterator[None]:
        try:
            yield
        except (OSError, duckdb.Error) as error:
            raise storage_error(f"file:{self._root}", str(error)) from error


def _in_files(rows: RowFiles, dataset: Dataset) -> sa.CompoundSelect[Any]:
    """The rows of files as the engine reads them: in half the memory that Arrow takes to read ahead."""
    columns = [column for column in dataset.table.columns if column.name in rows.schema.names]
    return sa.union_all(*(_in_file(file, columns, rows.only) for file in rows.files))


def _in_file(path: Path, columns: list[sa.Column[Any]], only: str | None) -> sa.Select[Any]:
    if only is None:
        return sa.select(rows_of(path, columns))
    file = rows_of(path, [*columns, sa.Column(only, sa.Boolean)])
    return sa.select(*(file.c[column.name] for column in columns)).where(file.c[only])


def _as_stored(shaped: sa.Select[Any], dataset: Dataset) -> sa.Select[Any]:
    """Ordered by key; what is the same in every row is added afterwards, as it would take much memory in the sort."""
    constants = {name: value for name, value in constants_of(shaped).items() if name not in dataset.key}
    rows, names = shaped.subquery("rows"), [column.name for column in stored_columns(dataset)]
    varying = (rows.c[name] for name in names if name not in constants)
    ordered = sa.select(*varying).order_by(*(rows.c[name] for name in dataset.key)).subquery("ordered")
    return sa.select(*(constants[name].label(name) if name in constants else ordered.c[name] for name in names))
