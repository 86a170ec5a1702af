"""Profiles from a few lines, and statements run by DuckDB and by SQLite over the same rows."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

import duckdb
import pyarrow as pa
import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.warehouse.arrow_types import arrow_type
from icp_monitor.warehouse.compilers import duckdb_sql
from icp_monitor.warehouse.statements import datasets_named

Row = Mapping[str, Any]
Tables = Mapping[str, Iterable[Row]]
Run = Callable[[Catalogue, Tables, sa.Select[Any]], list[Row]]


@pytest.fixture(scope="session")
def profile() -> Callable[..., IcpConfig]:
    """Builds a profile from attributes and any other part of ``icp.yaml``."""

    def build(attributes: Iterable[Row], **parts: Any) -> IcpConfig:
        described = [{"family": "firmographic", **attribute} for attribute in attributes]
        required = {
            "apiVersion": "icp/v1",
            "kind": "IdealCustomerProfile",
            "metadata": {"id": "acme", "name": "Acme", "version": 1, "owner": "revops"},
            "baseline": {"from": "2024-01-01", "to": "2025-01-01"},
            "effective_from": "2025-01-01",
        }
        return IcpConfig.model_validate_json(json.dumps({**required, "attributes": described, **parts}, default=str))

    return build


@pytest.fixture(scope="session")
def run() -> Iterator[Run]:
    """Runs a statement by DuckDB over complete raw rows."""
    with duckdb.connect(config={"threads": "1"}) as connection:

        def execute(catalogue: Catalogue, tables: Tables, statement: sa.Select[Any]) -> list[Row]:
            for dataset in datasets_named(statement, {dataset.name: dataset for dataset in catalogue}):
                schema = pa.schema([(column.name, arrow_type(column.type)) for column in dataset.table.columns])
                rows = list(tables.get(dataset.name, ()))
                connection.register(dataset.name, pa.Table.from_pylist(rows, schema=schema))
            sql, values = duckdb_sql(statement)
            found: list[Row] = connection.sql(sql, params=values).to_arrow_table().to_pylist()
            return found

        yield execute


@pytest.fixture(scope="session")
def run_sqlite() -> Run:
    """Runs a statement by SQLite over the same rows."""

    def execute(catalogue: Catalogue, tables: Tables, statement: sa.Select[Any]) -> list[Row]:
        engine = sa.create_engine("sqlite://")
        with engine.begin() as connection:
            for dataset in catalogue:
                dataset.table.create(connection)
                for row in tables.get(dataset.name, ()):
                    connection.execute(dataset.table.insert(), row)
            return [dict(row) for row in connection.execute(statement).mappings()]

    return execute
