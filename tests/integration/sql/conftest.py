"""Databases to read: a schema of PostgreSQL and a file of SQLite."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
import sqlalchemy as sa
from sqlalchemy.pool import NullPool

from tests.integration.sql.reading import Store


@pytest.fixture
def postgres(postgres_url: str) -> Iterator[Store]:
    """An empty schema, which is where unqualified names lie."""
    schema = f"crm_{uuid4().hex[:12]}"
    engine = sa.create_engine(postgres_url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"CREATE SCHEMA {schema}")
    sa.event.listen(engine, "connect", lambda raw, _: (raw.execute(f"SET search_path TO {schema}"), raw.commit()))
    yield Store(postgres_url, engine, schema)
    with engine.begin() as connection:
        connection.exec_driver_sql(f"DROP SCHEMA {schema} CASCADE")
    engine.dispose()


@pytest.fixture
def sqlite(tmp_path: Path) -> Iterator[Store]:
    """An empty file."""
    url = f"sqlite:///{tmp_path}/crm.db"
    engine = sa.create_engine(url, poolclass=NullPool)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE placeholder (id TEXT)")
    yield Store(url, engine, None)
    engine.dispose()


@pytest.fixture(params=[pytest.param("postgres", marks=pytest.mark.postgres), "sqlite"])
def store(request: pytest.FixtureRequest) -> Store:
    """Each engine in turn."""
    found: Store = request.getfixturevalue(request.param)
    return found
