"""Reading PostgreSQL in bulk: COPY streams the rows as CSV, which Arrow parses block by block."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import TYPE_CHECKING

import pyarrow as pa
import sqlalchemy as sa
from pyarrow import csv
from sqlalchemy.dialects.postgresql.base import PGDialect
from sqlalchemy.exc import DBAPIError

from icp_monitor.sources.sql.notation import as_copied
from icp_monitor.sources.sql.origin import Origin

if TYPE_CHECKING:
    import psycopg
    from psycopg.abc import Buffer

_BLOCK = 2**18  # bytes
_DIALECT: sa.Dialect = PGDialect(paramstyle="named")  # type: ignore[no-untyped-call] # SQLAlchemy's own gap


def copied(
    connection: sa.Connection, origin: Origin, columns: Sequence[str], condition: sa.ColumnElement[bool]
) -> Iterator[list[pa.Array]]:
    """The columns of the rows that meet the condition as text, block by block."""
    import psycopg

    raw = connection.connection.driver_connection
    assert isinstance(raw, psycopg.Connection)
    written = [_written(raw, origin, name).label(f"c{place}") for place, name in enumerate(columns)]
    select = sa.select(*written).select_from(origin.source).where(condition)
    statement = str(select.compile(dialect=_DIALECT, compile_kwargs={"literal_binds": True}))
    names = [column.name for column in written]
    try:
        with raw.cursor() as cursor, cursor.copy(f"COPY ({statement}) TO STDOUT (FORMAT csv)".encode()) as copy:
            for block in _blocks(copy):
                yield _parsed(block, names)
    except (psycopg.Error, pa.ArrowInvalid) as error:
        raise DBAPIError("COPY", None, error) from error


def _blocks(rows: Iterable[Buffer]) -> Iterator[bytearray]:
    """Whole rows: libpq hands them over one by one. Each is copied at once, which halves the time of joining many."""
    block = bytearray()
    for row in rows:
        block += row
        if len(block) >= _BLOCK:
            yield block
            block = bytearray()
    if block:
        yield block


def _parsed(block: bytearray, names: list[str]) -> list[pa.Array]:
    """The columns as text; nothing at all is null, and an empty text is quoted."""
    table = csv.read_csv(
        pa.py_buffer(block),
        csv.ReadOptions(use_threads=False, column_names=names, block_size=len(block) + 1),
        csv.ParseOptions(newlines_in_values=True, ignore_empty_lines=False),
        csv.ConvertOptions(
            column_types=dict.fromkeys(names, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=False,
        ),
    )
    return [column.combine_chunks() for column in table.columns]


def _written(raw: psycopg.Connection[tuple[object, ...]], origin: Origin, name: str) -> sa.ColumnElement[str]:
    code = origin.columns[name]
    known = raw.adapters.types.get(code)
    return as_copied(name, code, is_list=known is not None and known.array_oid == code)
