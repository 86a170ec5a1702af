"""A fresh ledger on each database that it is made for, and profiles to put into it."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa

from icp_monitor.config.icp import IcpConfig
from icp_monitor.ledger import Ledger, open_ledger


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.postgres)])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Callable[[], str]]:
    """Makes databases without a ledger, and tells their URLs."""
    if request.param == "sqlite":
        yield lambda: f"sqlite:///{tmp_path / uuid4().hex}.db"
        return
    server = sa.make_url(request.getfixturevalue("postgres_url"))
    schemas, engine = [], sa.create_engine(server)

    def make() -> str:
        schemas.append(f"ledger_{uuid4().hex}")
        with engine.begin() as connection:
            connection.execute(sa.schema.CreateSchema(schemas[-1]))
        url = server.update_query_dict({"options": f"-csearch_path={schemas[-1]}"})
        return url.render_as_string(hide_password=False)

    yield make
    for schema in schemas:
        with engine.begin() as connection:
            connection.execute(sa.schema.DropSchema(schema, cascade=True))
    engine.dispose()


@pytest.fixture
def ledger_url(new_url: Callable[[], str]) -> str:
    """The URL of a database without a ledger."""
    return new_url()


@pytest.fixture
def ledger(ledger_url: str) -> Iterator[Ledger]:
    """An empty ledger."""
    with open_ledger(ledger_url) as opened:
        yield opened


@pytest.fixture
def profile() -> Callable[..., IcpConfig]:
    """Makes a small profile; keyword arguments replace parts of ``metadata`` or of the whole."""

    def make(version: int = 1, weight: float = 3, **changes: Any) -> IcpConfig:
        metadata = {
            "id": "acme-core",
            "name": "Acme",
            "version": version,
            "owner": "olga",
            **changes.pop("metadata", {}),
        }
        usual = {
            "apiVersion": "icp/v1",
            "kind": "IdealCustomerProfile",
            "metadata": metadata,
            "attributes": [
                {
                    "id": "employees",
                    "family": "firmographic",
                    "type": "number",
                    "weight": weight,
                    "match": {"full": [200.0, None]},
                }
            ],
            "baseline": {"from": "2025-04-01", "to": "2026-04-01"},
            "effective_from": "2026-07-01",
        }
        return IcpConfig.model_validate_json(json.dumps({**usual, **changes}))

    return make
