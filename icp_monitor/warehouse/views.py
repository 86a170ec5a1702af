"""How DuckDB sees the files of a dataset as one table."""

from __future__ import annotations

import glob
import tempfile
from collections.abc import Sequence
from pathlib import Path

import duckdb
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue, Dataset
from icp_monitor.warehouse.compilers import DuckDBDialect
from icp_monitor.warehouse.workspace import publish

FILE = "data.parquet"
_dialect = DuckDBDialect()


def files_of(dataset: Dataset, root: Path | None = None) -> str:
    """The pattern of a dataset's files: below ``root``, or relative to it."""
    steps = (dataset.name, *(f"{name}=*" for name in dataset.partition), FILE)
    return "/".join(steps if root is None else (glob.escape(str(root)), *steps))


def create_view(dataset: Dataset, files: Sequence[str], *, by_name: bool) -> str:
    """The SQL that lets a dataset's name stand for its Parquet files, with the catalogue's columns and types.

    Without ``by_name`` the first file's columns are expected of every file that is read; with it, a column that a file
    lacks is NULL, and every file is opened first, also those that partition pruning leaves out.
    """
    columns = (sa.cast(sa.column(column.name), column.type).label(column.name) for column in dataset.table.columns)
    select = sa.select(*columns).compile(dialect=_dialect)
    return f"CREATE OR REPLACE VIEW {_name(dataset.name)} AS {select} FROM {_source(dataset, files, by_name=by_name)}"


def publish_views(root: Path, catalogue: Catalogue, file: Path) -> None:
    """Put a DuckDB database at ``file``, in place of an older one, with a view for each dataset below ``root``.

    It holds no rows: analysts' programs that know DuckDB always see the newest files through it. Those that have the
    older database open keep it.
    """
    with tempfile.TemporaryDirectory(prefix="_tmp-", dir=file.parent) as folder:
        staged = Path(folder) / file.name
        with duckdb.connect(staged) as database:
            for dataset in catalogue:
                if any(root.glob(files_of(dataset))):
                    source = _source(dataset, [files_of(dataset, root)], by_name=True)
                    database.execute(f"CREATE VIEW {_name(dataset.name)} AS FROM {source}")
        publish(staged, file)


def literal(text: str) -> str:
    """``text`` as an SQL literal, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"


def _source(dataset: Dataset, files: Sequence[str], *, by_name: bool) -> str:
    types = ", ".join(f"{_name(name)}: {_type(dataset, name)}" for name in dataset.partition)
    options = f"hive_partitioning = true, hive_types = {{{types}}}, union_by_name = {str(by_name).lower()}"
    return f"read_parquet([{', '.join(map(literal, files))}], {options})"


def _name(identifier: str) -> str:
    return _dialect.identifier_preparer.quote(identifier)


def _type(dataset: Dataset, column: str) -> str:
    return dataset.table.c[column].type.compile(dialect=_dialect)
