"""Reading PostgreSQL in bulk: COPY streams the rows as CSV, which Arrow parses block by block."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
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
    from psycopg.pq.abc import PGconn

_BLOCK = 2**20  # bytes
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
            for block in _blocks(raw.pgconn, copy):
                yield _parsed(block, names)
    except (psycopg.Error, pa.ArrowInvalid) as error:
        raise DBAPIError("COPY", None, error) from error


def _blocks(connection: PGconn, copy: psycopg.Copy) -> Iterator[bytearray]:
    """Whole rows. What libpq has received is taken from it directly, which halves the time; psycopg waits for more."""
    block = bytearray()
    while True:
        size, row = connection.get_copy_data(1)
        if size < 0:
            _finish(connection)
            break
        if not (found := row if size else copy.read()):
            break
        block += found
        if len(block) >= _BLOCK:
            yield block
            block = bytearray()
    if block:
        yield block


def _finish(connection: PGconn) -> None:
    """Take what the server says at the end of a COPY.

    Raises:
        psycopg.Error: it broke off.
    """
    from psycopg.errors import error_from_result
    from psycopg.pq import ExecStatus

    while (result := connection.get_result()) is not None:
        if result.status != ExecStatus.COMMAND_OK:
            raise error_from_result(result)


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
