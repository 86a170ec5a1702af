"""How rows get into the staging table, by the fastest way that the database has."""

from __future__ import annotations

import io
from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.csv
import sqlalchemy as sa


def fill(connection: sa.Connection, staged: sa.Table, rows: sa.Select[Any] | Iterable[pa.Table]) -> None:
    """Put all rows into ``staged``, which has the same columns."""
    if isinstance(rows, sa.Select):
        connection.execute(sa.insert(staged).from_select(staged.columns.keys(), rows))
    elif connection.dialect.name == "postgresql":
        _copy(connection, staged, rows)
    else:
        for part in rows:
            if len(part):
                connection.execute(sa.insert(staged), part.to_pylist())


def _copy(connection: sa.Connection, staged: sa.Table, parts: Iterable[pa.Table]) -> None:
    """Stream the rows as CSV, in which Arrow quotes every text and leaves NULL empty, as COPY reads them."""
    from psycopg.sql import SQL, Identifier

    columns = SQL(", ").join(map(Identifier, staged.columns.keys()))
    command = SQL("COPY {} ({}) FROM STDIN (FORMAT csv)").format(Identifier(staged.name), columns)
    driver: Any = connection.connection
    with driver.cursor() as cursor, cursor.copy(command) as copy:
        for batch in (batch for part in parts for batch in part.to_batches(max_chunksize=65536)):
            text = io.BytesIO()
            pyarrow.csv.write_csv(batch, text, pyarrow.csv.WriteOptions(include_header=False))
            copy.write(text.getbuffer())
