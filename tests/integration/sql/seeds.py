"""The tables that Fivetran lands, from the seeds of its dbt packages, with the types that a warehouse gives them."""

from __future__ import annotations

import csv
import os
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.integration.sql.reading import Store

Row = dict[str, str]
_MOMENT = re.compile(r"(\d{4}-\d\d-\d\d) (\d?\d)(:\d\d:\d\d)(\.\d+)?")
_KINDS: tuple[tuple[re.Pattern[str], sa.types.TypeEngine[Any]], ...] = (
    (re.compile("true|false", re.IGNORECASE), sa.Boolean()),
    (re.compile(r"\d{1,18}"), sa.BigInteger()),
    (re.compile(r"\d{1,18}\.\d+"), sa.Numeric(18, 6)),
    (_MOMENT, sa.DateTime(timezone=True)),
)


def folder_of(name: str) -> Path:
    """Where the seeds of a connector lie."""
    shared = os.environ.get("ICP_SHARED_DATA") or Path(__file__).parents[4] / "shared" / "data"  # noqa: TID251 - the tests' own switch
    folder = Path(shared) / name
    if not folder.is_dir():
        pytest.skip(f"no seeds in {folder}: set ICP_SHARED_DATA to the folder that holds {name}")
    return folder


def seed(name: str, table: str) -> list[Row]:
    """The records of a seed, as they are written."""
    with (folder_of(name) / f"{table}_data.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def moment(text: str) -> datetime:
    """A moment of the seeds, some of which write hours with one digit."""
    found = _MOMENT.fullmatch(text)
    assert found is not None
    day, hour, rest, fraction = found.groups()
    return datetime.fromisoformat(f"{day} {int(hour):02}{rest}{(fraction or '')[:7]}").replace(tzinfo=UTC)


def load(store: Store, name: str, tables: Sequence[str], prefix: str = "") -> None:
    """Create the tables as a warehouse has them."""
    metadata = sa.MetaData(schema=store.schema)
    for table in tables:
        rows = seed(name, prefix + table)
        kinds = {column: _kind(column, [row[column] for row in rows if row[column]]) for column in rows[0]}
        made = sa.Table(table, metadata, *(sa.Column(column, kind) for column, kind in kinds.items()))
        with store.engine.begin() as connection:
            made.create(connection)
            connection.execute(
                made.insert(), [{column: _value(row[column], kinds[column]) for column in kinds} for row in rows]
            )


def _kind(column: str, values: Sequence[str]) -> sa.types.TypeEngine[Any]:
    if not values:
        return sa.DateTime(timezone=True) if column.endswith("date") else sa.Text()
    return next((kind for pattern, kind in _KINDS if all(pattern.fullmatch(value) for value in values)), sa.Text())


def _value(text: str, kind: sa.types.TypeEngine[Any]) -> Any:
    if not text:
        return None
    if isinstance(kind, sa.Boolean):
        return text.lower() == "true"
    if isinstance(kind, sa.DateTime):
        return moment(text)
    return int(text) if isinstance(kind, sa.BigInteger) else Decimal(text) if isinstance(kind, sa.Numeric) else text
