"""Reading any engine through a cursor on the server, so that memory stays flat."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import pyarrow as pa
import sqlalchemy as sa

from icp_monitor.sources.sql.notation import texts
from icp_monitor.sources.sql.origin import Origin

_BLOCK = 2048  # rows


def fetched(
    connection: sa.Connection, origin: Origin, columns: Sequence[str], condition: sa.ColumnElement[bool]
) -> Iterator[list[pa.Array]]:
    """The columns of the rows that meet the condition as text, block by block."""
    wanted: list[sa.ColumnElement[object]] = [sa.column(name).label(f"c{place}") for place, name in enumerate(columns)]
    statement = sa.select(*wanted).select_from(origin.source).where(condition)
    options = {"stream_results": True, "yield_per": _BLOCK}
    with connection.execute(statement, execution_options=options) as result:
        for rows in result.partitions(_BLOCK):
            yield [texts(column) for column in zip(*rows, strict=True)]
