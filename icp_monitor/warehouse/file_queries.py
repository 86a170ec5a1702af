"""DuckDB in memory over Parquet files: each statement sees the datasets that it names."""

from __future__ import annotations

import glob
import os
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

import duckdb
import pyarrow as pa
import sqlalchemy as sa

from icp_monitor.catalogue import Dataset
from icp_monitor.warehouse.compilers import duckdb_sql
from icp_monitor.warehouse.statements import Statement, datasets_named
from icp_monitor.warehouse.views import FILE, create_view, files_of, literal

NOWHERE = "__HIVE_DEFAULT_PARTITION__"  # Hive's NULL: the partition of the empty file that states a dataset's types
SETTINGS = {
    "default_null_order": "postgres",
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}
MEMORY, MEMORY_A_THREAD = 50, 125  # MB; with less for each thread DuckDB can't sort
HELD = "held_rows"
FORMAT = "FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE 122880"
Result = TypeVar("Result")


class FileQueries:
    """One DuckDB connection over the files below ``root``; what it spills and needs besides is put into ``folder``."""

    def __init__(self, root: Path, folder: Path, datasets: Iterable[Dataset], settings: Mapping[str, str]) -> None:
        self._root = root
        self._folder = folder
        self._datasets = {dataset.name: dataset for dataset in datasets}
        self._by_name = False
        spill = Path(settings.get("temp_directory", folder)) / f"spill-{folder.name}"  # DuckDB's can't be shared
        threads = int(settings.get("threads") or os.cpu_count() or 1)
        given = {"memory_limit": f"{MEMORY + threads * MEMORY_A_THREAD}MB", **SETTINGS, **settings}
        self._connection = duckdb.connect(config={**given, "temp_directory": str(spill)})
        self._connection.execute("SET enable_progress_bar = false")  # it would be printed among the results

    def add(self, dataset: Dataset) -> None:
        """Let statements name ``dataset``, unless they can already."""
        self._datasets.setdefault(dataset.name, dataset)

    def read(self, statement: Statement) -> pa.Table:
        """The statement's rows."""
        return self._run(statement, lambda sql, values: self._connection.sql(sql, params=values).to_arrow_table())

    def read_row(self, statement: Statement) -> dict[str, int]:
        """The one row of numbers that the statement gives, by column name."""
        return {name: int(values[0]) for name, values in self.read(statement).to_pydict().items()}

    def write(self, statement: Statement, file: Path) -> int:
        """Write the statement's rows to a Parquet file: the same rows give the same bytes. Returns their number."""

        def copy(sql: str, values: list[Any]) -> int:
            done = self._connection.execute(f"COPY ({sql}) TO {literal(str(file))} ({FORMAT})", values)
            return int(done.fetchall()[0][0])

        return self._run(statement, copy)

    def keep(self, statement: Statement, name: str) -> None:
        """Compute the statement's rows into a temporary table, which moves to disk as far as memory is short."""
        self._run(statement, lambda sql, values: self._connection.execute(f"CREATE TEMP TABLE {name} AS {sql}", values))

    def forget(self, name: str) -> None:
        """Drop a table that was kept."""
        self._connection.execute(f"DROP TABLE {name}")

    @contextmanager
    def holding(self, rows: pa.Table, dataset: Dataset) -> Iterator[sa.Select[Any]]:
        """A statement for ``rows``, which have the dataset's columns."""
        self._connection.register(HELD, rows)
        try:
            columns = (sa.column(column.name, column.type) for column in dataset.table.columns)
            yield sa.select(sa.table(HELD, *columns))
        finally:
            self._connection.unregister(HELD)

    def close(self) -> None:
        """Close the connection."""
        self._connection.close()

    def _run(self, statement: Statement, execute: Callable[[str, list[Any]], Result]) -> Result:
        sql, values = duckdb_sql(statement)
        try:
            self._show(statement)
            return execute(sql, values)
        except duckdb.InvalidInputException:
            if self._by_name:
                raise
        self._by_name = True  # some file was written before one of its columns existed
        self._show(statement)
        return execute(sql, values)

    def _show(self, statement: Statement) -> None:
        """Make a view for each dataset that the statement names."""
        for dataset in datasets_named(statement, self._datasets):
            files = [self._empty_file(dataset)]
            if any(self._root.glob(files_of(dataset))):
                files.append(files_of(dataset, self._root))
            self._connection.execute(create_view(dataset, files, by_name=self._by_name))

    def _empty_file(self, dataset: Dataset) -> str:
        """A file without rows, which states the dataset's columns and types; it is in no partition."""
        file = self._folder.joinpath(dataset.name, *(f"{name}={NOWHERE}" for name in dataset.partition), FILE)
        if not file.exists():
            file.parent.mkdir(parents=True)
            nulls = (sa.cast(sa.null(), column.type).label(column.name) for column in stored_columns(dataset))
            self.write(sa.select(*nulls).where(sa.false()), file)
        return glob.escape(str(file))


def stored_columns(dataset: Dataset) -> list[sa.Column[Any]]:
    """The columns that are in the files; the partition's are in their paths."""
    return [column for column in dataset.table.columns if column.name not in dataset.partition]


def rows_of(file: Path | str, columns: Iterable[sa.Column[Any]]) -> sa.FromClause:
    """The rows of one file that has these columns."""
    named = (sa.column(column.name, column.type) for column in columns)
    return sa.func.read_parquet(glob.escape(str(file))).table_valued(*named, name="file")
