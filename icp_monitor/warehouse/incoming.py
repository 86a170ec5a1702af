"""What rows must look like before they replace a partition, and how they are brought into that shape.

Names are checked before anything runs; values are checked by the engine, on the staged rows.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import sqlalchemy as sa

from icp_monitor.catalogue import Dataset, RowFiles
from icp_monitor.errors import Problem, StorageError
from icp_monitor.warehouse.arrow_types import arrow_type
from icp_monitor.warehouse.partitions import Value
from icp_monitor.warehouse.statements import Statement

NAN = float("nan")
LARGEST = 1.7976931348623157e308  # the greatest finite double


def constants_of(statement: Statement) -> dict[str, sa.BindParameter[Any]]:
    """The columns that the statement, or each part of a union, gives as one literal: they are the same in every row."""
    if isinstance(statement, sa.CompoundSelect):
        first, *others = map(constants_of, statement.selects)
        return {name: value for name, value in first.items() if all(_is_same(value, part.get(name)) for part in others)}
    if not isinstance(statement, sa.Select):
        return {}
    given = {column.name: getattr(column, "element", column) for column in statement.selected_columns}
    return {name: value for name, value in given.items() if isinstance(value, sa.BindParameter)}


def _is_same(literal: sa.BindParameter[Any], other: sa.BindParameter[Any] | None) -> bool:
    return other is not None and other.value == literal.value


def shaped_select(statement: Statement, dataset: Dataset, partition: Mapping[str, Value]) -> sa.Select[Any]:
    """``statement`` with exactly the dataset's columns, in their order and types.

    Raises:
        StorageError: unknown or missing columns.
    """
    rows, constants = statement.subquery("incoming"), constants_of(statement)
    _refuse(*_misnamed(dataset, rows.c.keys()))
    given: dict[str, sa.ColumnElement[Any]] = {**rows.c, **constants}
    return sa.select(*(_shaped(column, given, partition).label(column.name) for column in dataset.table.columns))


def partition_faults(statement: Statement, partition: Mapping[str, Value]) -> sa.Select[Any] | None:
    """One row: for each partition column, how many rows belong to another partition.

    None where the statement itself shows that there are none, since it selects the partition's literals.
    """
    rows = statement.subquery("incoming")
    constants = {name: literal.value for name, literal in constants_of(statement).items()}
    counts: list[sa.ColumnElement[Any]] = [
        sa.func.count().filter(rows.c[name].is_distinct_from(sa.literal(value))).label(f"{name} is another partition's")
        for name, value in partition.items()
        if name in rows.c and constants.get(name) != value
    ]
    return sa.select(*counts) if counts else None


def shaped_table(rows: pa.Table, dataset: Dataset, partition: Mapping[str, Value]) -> pa.Table:
    """``rows`` with exactly the dataset's columns, in their order and types.

    Raises:
        StorageError: unknown or missing columns, values of another type, or another partition's rows.
    """
    _refuse(*_misnamed(dataset, rows.column_names))
    arrays, problems = [], []
    for column in dataset.table.columns:
        try:
            arrays.append(_shaped_array(rows, column, partition))
        except (ValueError, NotImplementedError) as error:
            problems.append(Problem(f"{dataset.name}.{column.name}", str(error).splitlines()[0]))
    _refuse(*problems)
    return pa.Table.from_arrays(arrays, names=list(dataset.columns))


def shaped_parts(rows: pa.Table | RowFiles, dataset: Dataset, partition: Mapping[str, Value]) -> Iterator[pa.Table]:
    """``rows`` like `shaped_table`, in parts that are small where they come from files."""
    if isinstance(rows, pa.Table):
        yield shaped_table(rows, dataset, partition)
        return
    refuse_other_types(rows, dataset)
    for batch in rows.batches():
        yield shaped_table(pa.Table.from_batches([batch]), dataset, partition)


def refuse_other_types(rows: RowFiles, dataset: Dataset) -> None:
    """Rows in files are not cast: their columns must be the dataset's, as they are, but those of the partition.

    Raises:
        StorageError: with every column at fault.
    """
    _refuse(*_misnamed(dataset, rows.schema.names), *_mistyped(dataset, rows.schema))


def value_faults(staged: sa.FromClause, dataset: Dataset) -> sa.Select[Any]:
    """One row: for each rule on values, named after the column, how many staged rows break it."""
    counts: list[sa.ColumnElement[Any]] = []
    for column in dataset.table.columns:
        if column.name not in staged.c:
            continue
        value = staged.c[column.name]
        if not column.nullable:
            counts.append((sa.func.count() - sa.func.count(value)).label(f"{column.name} is NULL"))
        if isinstance(column.type, sa.Double):
            infinite = sa.case((sa.func.abs(value) > sa.literal(LARGEST, sa.Double), 1), else_=0)
            counts.append(sa.func.coalesce(sa.func.sum(infinite), 0).label(f"{column.name} is infinite"))
    return sa.select(*counts).select_from(staged)


def refuse_faults(dataset: Dataset, counts: Mapping[str, int]) -> None:
    """Raise for the rules that were found broken.

    Raises:
        StorageError: naming each rule, with the number of rows.
    """
    _refuse(*(Problem(dataset.name, f"{rule} in {count} rows") for rule, count in counts.items() if count))


def _refuse(*problems: Problem) -> None:
    if problems:
        raise StorageError(*problems)


def _misnamed(dataset: Dataset, given: Iterable[str]) -> Iterator[Problem]:
    names = set(given)
    for name in sorted(names - set(dataset.columns)):
        yield Problem(f"{dataset.name}.{name}", "is not a column of the dataset", cure="leave it out or rename it")
    for column in dataset.table.columns:
        if column.name not in names and not column.nullable and column.name not in dataset.partition:
            yield Problem(f"{dataset.name}.{column.name}", "is missing and can't be NULL", cure="add the column")


def _mistyped(dataset: Dataset, given: pa.Schema) -> Iterator[Problem]:
    for column in dataset.table.columns:
        if column.name in given.names:
            wanted, found = arrow_type(column.type), given.field(column.name).type
            if column.name in dataset.partition or found != wanted:
                cure = "leave it out" if column.name in dataset.partition else f"make it {wanted}"
                yield Problem(f"{dataset.name}.{column.name}", "does not fit as it is in the files", str(found), cure)


def _shaped(
    column: sa.Column[Any], given: Mapping[str, sa.ColumnElement[Any]], partition: Mapping[str, Value]
) -> sa.ColumnElement[Any]:
    if column.name in partition:
        return sa.literal(partition[column.name], column.type)
    value = given.get(column.name, sa.null())
    if isinstance(value, sa.BindParameter) and type(value.type) is type(column.type) is not sa.Double:
        return value
    value = sa.cast(value, column.type)
    if isinstance(column.type, sa.Double):
        return sa.func.nullif(value, sa.literal(NAN, sa.Double), type_=sa.Double)
    return value


def _shaped_array(rows: pa.Table, column: sa.Column[Any], partition: Mapping[str, Value]) -> Any:
    type_ = arrow_type(column.type)
    if column.name in partition:
        _refuse_other_partition(rows, column.name, partition[column.name], type_)
        return pa.repeat(pa.scalar(partition[column.name], type_), len(rows))
    if column.name not in rows.column_names:
        return pa.nulls(len(rows), type_)
    array = rows.column(column.name).cast(type_)
    return pc.if_else(pc.is_nan(array), None, array) if pa.types.is_floating(type_) else array


def _refuse_other_partition(rows: pa.Table, name: str, value: Value, type_: pa.DataType) -> None:
    if name in rows.column_names:
        others = [other for other in pc.unique(rows.column(name).cast(type_)).to_pylist() if other != value]
        if others:
            raise ValueError(f"must be {value!r} in every row, got {others[0]!r}")
