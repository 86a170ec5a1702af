"""How the values of a database are written as text: days and moments in ISO, plain numbers, lists with semicolons."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from decimal import Decimal
from types import UnionType
from typing import Any

import pyarrow as pa
import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import JSONB, aggregate_order_by

SEPARATOR = ";"
Expression = sa.ColumnElement[Any]


def texts(values: Sequence[Any]) -> pa.Array:
    """A column that a driver fetched, as text; null where there is no value."""
    return pa.array([value if value is None or type(value) is str else text(value) for value in values], pa.string())


def text(value: Any) -> str | None:
    """One value as text.

    >>> text(Decimal("1E+3")), text([1, "b", None]), text(True)
    ('1000', '1;b', 'true')
    >>> text(datetime(2025, 1, 31, 8, 15, tzinfo=UTC))
    '2025-01-31T08:15:00+00:00'
    """
    for kind, write in _WRITERS:
        if isinstance(value, kind):
            return write(value)
    return None if value is None else str(value)


def _moment(value: datetime) -> str:
    return (value if value.tzinfo is None else value.astimezone(UTC)).isoformat()


def _members(values: Sequence[Any]) -> str:
    return SEPARATOR.join(member for value in values if (member := text(value)) is not None)


_WRITERS: tuple[tuple[type | UnionType, Callable[[Any], str]], ...] = (
    (bool, lambda value: "true" if value else "false"),
    (Decimal, lambda value: f"{value:f}"),
    (datetime, _moment),
    (list | tuple, _members),
    (dict, lambda value: json.dumps(value, default=str)),
    (bytes, lambda value: value.decode("utf-8", "replace")),
)


def as_copied(name: str, type_code: int, is_list: bool) -> Expression:
    """What PostgreSQL's COPY must select so that it writes a column in this notation."""
    column: Expression = sa.column(name)
    if is_list:
        return sa.func.array_to_string(column, SEPARATOR)
    write = _COPIED.get(type_code)
    return column if write is None else write(column)


def _plain(column: Expression) -> Expression:
    return sa.cast(column, sa.Text)


def _zoneless_moment(column: Expression) -> Expression:
    return sa.func.replace(_plain(column), " ", "T")


def _utc_moment(column: Expression) -> Expression:
    """The session keeps UTC, which PostgreSQL writes as +00."""
    return _zoneless_moment(column).concat(":00")


def _json(column: Expression) -> Expression:
    document = sa.cast(column, JSONB)
    members = (
        sa.func.jsonb_array_elements_text(document).table_valued("value", with_ordinality="place").render_derived()
    )
    separator = aggregate_order_by(sa.literal(SEPARATOR, sa.Text), members.c.place)
    joined: Expression = sa.func.string_agg(members.c.value, separator)
    is_list = sa.func.jsonb_typeof(document) == "array"
    whole: Expression = document.op("#>>")(sa.literal_column("'{}'"))
    return sa.case((is_list, sa.select(joined).scalar_subquery()), else_=whole)


_COPIED: Mapping[int, Callable[[Expression], Expression]] = {  # by PostgreSQL's number of the type, where COPY differs
    16: _plain,  # boolean
    1042: _plain,  # char(n), without its padding
    1114: _zoneless_moment,
    1184: _utc_moment,
    114: _json,
    3802: _json,
}
