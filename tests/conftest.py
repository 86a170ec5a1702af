"""What tests of several parts share: a profile, its catalogue, and a warehouse on each engine."""

from __future__ import annotations

import gc
import os
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from hypothesis import settings

from icp_monitor.catalogue import Catalogue, Dataset, catalogue_of
from icp_monitor.config.icp import IcpConfig
from icp_monitor.warehouse import Warehouse, open_warehouse

# A shared machine is slow at times; how long a law takes is no part of it.
settings.register_profile("laws", deadline=None)
settings.load_profile("laws")

# What the tests import is no garbage: Python looks through all of it time and again, for a tenth of their time.
gc.set_threshold(700, 10, 1000)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Files with many slow tests go first, so that no worker is left alone with one at the end."""
    slow = Counter(item.path for item in items if any(map(item.get_closest_marker, ("slow", "airflow"))))
    items.sort(key=lambda item: -slow[item.path])


@pytest.fixture(scope="session")
def icp() -> IcpConfig:
    """A profile with one attribute of each type."""
    return IcpConfig.model_validate(
        {
            "apiVersion": "icp/v1",
            "kind": "IdealCustomerProfile",
            "metadata": {"id": "acme", "name": "Acme", "version": 1, "owner": "marketing"},
            "attributes": [
                {
                    "id": "industry",
                    "family": "firmographic",
                    "type": "category",
                    "weight": 3,
                    "match": {"full": ("fintech",), "partial": {"health": 0.5}},
                },
                {
                    "id": "employees",
                    "family": "firmographic",
                    "type": "number",
                    "weight": 2,
                    "match": {"full": (200, 2000), "soft_to": (50, 5000)},
                },
                {"id": "maturity", "family": "psychographic", "type": "ordinal", "weight": 1, "match": {"gte": 3}},
                {
                    "id": "technologies",
                    "family": "technographic",
                    "type": "set",
                    "weight": 1,
                    "match": {"any": {"salesforce": 1.0}},
                },
            ],
            "segments": (
                {"id": "fintech-mm", "name": "Fintech mid-market", "when": "industry == 'fintech'", "priority": 1},
            ),
            "baseline": {"from": date(2025, 1, 1), "to": date(2026, 1, 1)},
            "effective_from": date(2026, 1, 1),
        },
        strict=False,
    )


@pytest.fixture(scope="session")
def catalogue(icp: IcpConfig) -> Catalogue:
    """The tables of ``icp``."""
    return catalogue_of(icp)


@pytest.fixture(scope="session")
def postgres_server_url() -> Iterator[str]:
    """A PostgreSQL server on which databases may be created: ICP_TEST_POSTGRES_URL, or a temporary one of our own."""
    given = os.environ.get("ICP_TEST_POSTGRES_URL")  # noqa: TID251 - the tests' own switch
    if given:
        yield given
        return
    postgres = pytest.importorskip("devstack.postgres", reason="no PostgreSQL: set ICP_TEST_POSTGRES_URL")
    with postgres.temporary_server() as server:
        yield server.url("postgres")


@pytest.fixture(scope="session")
def postgres_url(postgres_server_url: str) -> Iterator[str]:
    """A fresh database for this session and pytest-xdist worker; a test that needs an empty one uses its own schema."""
    server = sa.make_url(postgres_server_url)
    engine = sa.create_engine(server, isolation_level="AUTOCOMMIT")
    name = f"icp_test_{uuid4().hex[:12]}"
    with engine.connect() as connection:
        connection.exec_driver_sql(f"CREATE DATABASE {name}")
    yield server.set(database=name).render_as_string(hide_password=False)
    with engine.connect() as connection:
        connection.exec_driver_sql(f"DROP DATABASE {name} WITH (FORCE)")
    engine.dispose()


@pytest.fixture(params=["duckdb", pytest.param("postgresql", marks=pytest.mark.postgres), "sqlite"])
def warehouse_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """The URL of an empty warehouse, for each engine in turn."""
    if request.param == "duckdb":
        return f"file:{tmp_path}/warehouse"
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path}/warehouse.db"
    url = sa.make_url(request.getfixturevalue("postgres_url"))
    return url.update_query_dict({"schema": f"test_{uuid4().hex[:12]}"}).render_as_string(hide_password=False)


@pytest.fixture(scope="session")
def repeated_keys() -> Callable[[Warehouse, Dataset], list[dict[str, Any]]]:
    """Finds the keys of a dataset that occur more than once in a partition, with their number."""

    def find(warehouse: Warehouse, dataset: Dataset) -> list[dict[str, Any]]:
        key = [dataset.table.c[name] for name in (*dataset.partition, *dataset.key)]
        counted = sa.select(*key, sa.func.count().label("times")).group_by(*key).having(sa.func.count() > 1)
        found: list[dict[str, Any]] = warehouse.read(counted).to_pylist()
        return found

    return find


@pytest.fixture
def warehouse(warehouse_url: str, catalogue: Catalogue) -> Iterator[Warehouse]:
    """An empty warehouse on each engine in turn."""
    with open_warehouse(warehouse_url, catalogue) as opened:
        yield opened
