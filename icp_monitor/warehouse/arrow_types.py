"""Which Arrow type stands for a column, and how rows get it, so that every engine gives the same table."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.types import TypeEngine

from icp_monitor.warehouse.statements import Statement

ARROW_TYPES: tuple[tuple[type[TypeEngine[Any]], pa.DataType], ...] = (
    (sa.Boolean, pa.bool_()),
    (sa.Date, pa.date32()),
    (sa.Integer, pa.int64()),
    (sa.Numeric, pa.float64()),
    (sa.Float, pa.float64()),
    (sa.String, pa.string()),
)


def arrow_type(type_: TypeEngine[Any]) -> pa.DataType:
    """The Arrow type for a column type.

    >>> arrow_type(sa.BigInteger())
    DataType(int64)
    """
    for kind, arrow in ARROW_TYPES:
        if isinstance(type_, kind):
            return arrow
    raise TypeError(f"no Arrow type stands for {type_!r}")


def result_table(names: Iterable[str], columns: Iterable[Any], types: Sequence[pa.DataType]) -> pa.Table:
    """A result as a table: each column was an Arrow array or a sequence of Python values."""
    arrays = [_cast(column, type_) for column, type_ in zip(columns, types, strict=True)]
    return pa.Table.from_arrays(arrays, names=list(names))


def result_types(statement: Statement) -> list[pa.DataType]:
    """The Arrow types of the result columns, known before the statement runs.

    Raises:
        TypeError: a column has no type.
    """
    types = []
    for column in statement.selected_columns:
        if isinstance(column.type, sa.types.NullType):
            raise TypeError(f"result column {column.name!r} has no type; give its function a type_, or cast it")
        types.append(arrow_type(column.type))
    return types


def _cast(column: Any, type_: pa.DataType) -> Any:
    array = column if isinstance(column, pa.ChunkedArray) else pa.array(column)
    if pa.types.is_decimal(array.type) and pa.types.is_floating(type_):
        array = array.cast(pa.string())  # Arrow's own cast from decimal to double is a bit off for many values
    return array.cast(type_)
