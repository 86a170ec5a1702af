"""Profiles from a few lines, and statements run on an empty SQLite database that is filled row by row."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from functools import cache
from typing import Any

import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig

Row = Mapping[str, Any]
Tables = Mapping[str, Iterable[Row]]

FIRST_LOAD = {"load": 1, "source": "crm", "assumed": True, "deleted": False}
NOTHING_KNOWN_BEFORE = date(1900, 1, 1)


@pytest.fixture(scope="session")
def profile() -> Callable[..., IcpConfig]:
    """Builds a profile from attributes and any other part of ``icp.yaml``."""

    def build(*attributes: Row, **parts: Any) -> IcpConfig:
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
def run() -> Callable[[Catalogue, Tables, sa.Select[Any]], list[Row]]:
    """Runs a statement over the given raw rows; what a row leaves out is that of a first load."""

    @cache
    def database(catalogue: Catalogue) -> sa.Engine:
        engine = sa.create_engine("sqlite://", poolclass=sa.StaticPool)
        with engine.begin() as connection:
            for dataset in catalogue:
                dataset.table.create(connection)
        return engine

    def execute(catalogue: Catalogue, tables: Tables, statement: sa.Select[Any]) -> list[Row]:
        with database(catalogue).connect() as connection:  # never committed, so that no row outlives its statement
            for name, rows in tables.items():
                table = catalogue.named(name).table
                for row in rows:
                    connection.execute(table.insert(), _completed(row))
            return [dict(row) for row in connection.execute(statement).mappings()]

    return execute


def _completed(row: Row) -> Row:
    since = row.get("entered_on") or row.get("created_on") or NOTHING_KNOWN_BEFORE
    return {**FIRST_LOAD, "known_on": since, "valid_from": since, **row}
