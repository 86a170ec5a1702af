"""The tables of a database: made from the catalogue on demand, and given the columns that it has gained."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa
from alembic.migration import MigrationContext
from alembic.operations import Operations

from icp_monitor.catalogue import Dataset
from icp_monitor.errors import Problem, StorageError
from icp_monitor.warehouse.arrow_types import arrow_type

BINARY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")  # sorted by bytes, as the other engines do
STAGED = "staged_rows"

partitions_table = sa.Table(
    "warehouse_partitions",
    sa.MetaData(),
    sa.Column("dataset", sa.Text, primary_key=True),
    sa.Column("partition", sa.Text, primary_key=True),
    sa.Column("row_count", sa.BigInteger, nullable=False),
)


def stored_table(dataset: Dataset) -> sa.Table:
    """The dataset's table as it is created, indexed by its partition."""
    index = sa.Index(f"ix_{dataset.name}_partition", *dataset.partition)
    return sa.Table(dataset.name, sa.MetaData(), *_columns(dataset, with_rules=True), index)


def staging_table(dataset: Dataset) -> sa.Table:
    """A table of this connection alone, in which rows wait to be checked."""
    return sa.Table(STAGED, sa.MetaData(), *_columns(dataset, with_rules=False), prefixes=["TEMPORARY"])


def bring_up_to_date(connection: sa.Connection, datasets: Sequence[Dataset], schema: str | None) -> None:
    """Create what is missing of schema, tables and columns; nothing is ever removed.

    Rows that were stored without a column read as NULL in it.
    """
    if schema is not None and not sa.inspect(connection).has_schema(schema):
        connection.execute(sa.schema.CreateSchema(schema))
    partitions_table.create(connection, checkfirst=True)
    for dataset in datasets:
        table = stored_table(dataset)
        table.create(connection, checkfirst=True)
        for column in missing_columns(connection, dataset):
            added = sa.Column(column, table.c[column].type)
            Operations(MigrationContext.configure(connection)).add_column(dataset.name, added)


def missing_columns(connection: sa.Connection, dataset: Dataset) -> list[str]:
    """The dataset's columns that its table lacks; all of them where there is no table.

    Raises:
        StorageError: columns that the table has, with another type.
    """
    inspector = sa.inspect(connection)
    if not inspector.has_table(dataset.name):
        return list(dataset.columns)
    stored = {column["name"]: column["type"] for column in inspector.get_columns(dataset.name)}
    wanted = dataset.table.columns
    cure = "give the column whose type has changed a new name"
    retyped = [
        Problem(f"{dataset.name}.{column.name}", f"is stored as {stored[column.name]}", str(column.type), cure)
        for column in wanted
        if column.name in stored and arrow_type(stored[column.name]) != arrow_type(column.type)
    ]
    if retyped:
        raise StorageError(*retyped)
    return [column.name for column in wanted if column.name not in stored]


def _columns(dataset: Dataset, *, with_rules: bool) -> list[sa.Column[object]]:
    return [
        sa.Column(
            column.name,
            BINARY_TEXT if isinstance(column.type, sa.Text) else column.type,
            nullable=column.nullable or not with_rules,
        )
        for column in dataset.table.columns
    ]
