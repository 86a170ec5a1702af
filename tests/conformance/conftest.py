"""The same small company, with every awkward value that we know of, in a warehouse on each engine."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pyarrow as pa
import pytest
import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.warehouse import Warehouse, open_warehouse
from icp_monitor.warehouse.statements import Statement

Engines = Mapping[str, Warehouse]

NAMES = (
    "100% O'Brien", "a:b", "back\\slash", "under_score", "Ünïcødé 漢字 🎯", '"quoted"', "trailing ", "", "$1 ?", "{x}",
    "line\nbreak", "tab\t", "UPPER", "upper", "--comment", ";", "%(name)s", "/slash/", None,
)  # fmt: skip
INDUSTRIES = ("fintech", "health", "522110", "522", None)
TECHNOLOGIES = ("|Salesforce|", "|hubspot|salesforce|", "|sales|", "||", None, "|100%|a_b|", "|ä|")
OUTCOMES = ("won", "lost", "no_decision", "open")


@pytest.fixture(scope="session")
def engines(catalogue: Catalogue, postgres_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engines]:
    """Warehouses that hold the awkward company as load 1 of its accounts and opportunities."""
    folder = tmp_path_factory.mktemp("engines")
    schema = {"schema": f"test_{uuid4().hex[:12]}"}
    urls = {
        "duckdb": f"file:{folder}/files",
        "postgresql": sa.make_url(postgres_url).update_query_dict(schema).render_as_string(hide_password=False),
        "sqlite": f"sqlite:///{folder}/rows.db",
    }
    with ExitStack() as stack:
        opened = {name: stack.enter_context(open_warehouse(url, catalogue)) for name, url in urls.items()}
        for warehouse in opened.values():
            warehouse.replace_partition(catalogue.raw_accounts, {"load": 1}, _accounts(random.Random(7)))
            warehouse.replace_partition(catalogue.raw_opportunities, {"load": 1}, _opportunities(random.Random(8)))
        yield opened


@pytest.fixture(scope="session")
def agree(engines: Engines) -> Callable[[Statement], pa.Table]:
    """Runs a statement on every engine; gives the table, types included, that they must agree on."""

    def run(statement: Statement) -> pa.Table:
        tables = {name: warehouse.read(statement) for name, warehouse in engines.items()}
        agreed = tables["duckdb"]
        for name, table in tables.items():
            assert table.schema == agreed.schema, name
            assert table.to_pylist() == agreed.to_pylist(), name
        return agreed

    return run


def _accounts(chance: random.Random) -> pa.Table:
    return pa.Table.from_pylist(
        [
            {
                **_clocks(),
                "account_id": f"A{number:03d}",
                "name": NAMES[number % len(NAMES)],
                "parent_id": chance.choice([None, f"A{number // 2:03d}"]),
                "created_on": _day(chance),
                "industry": chance.choice(INDUSTRIES),
                "employees": chance.choice([None, 0.1, 200.0, 1e-7, 123456.789, -2.5, chance.uniform(0, 5000)]),
                "maturity": chance.choice([None, 1.0, 2.0, 3.0, 4.0, 5.0]),
                "technologies": chance.choice(TECHNOLOGIES),
            }
            for number in range(120)
        ]
    )


def _opportunities(chance: random.Random) -> pa.Table:
    return pa.Table.from_pylist([_opportunity(number, chance) for number in range(300)])


def _opportunity(number: int, chance: random.Random) -> dict[str, Any]:
    created_on = _day(chance)
    closed = created_on is not None and chance.random() < 0.7
    return {
        **_clocks(),
        "opportunity_id": f"O{number:03d}",
        "account_id": chance.choice([None, "nobody", f"A{chance.randrange(120):03d}"]),
        "owner_id": chance.choice(["ann", "bob"]),
        "channel": chance.choice([None, "inbound", "Inbound", "partner"]),
        "outcome": chance.choice(OUTCOMES),
        "currency": "EUR",
        "amount_minor": chance.choice([None, 0, 7, -3, 10**15 + 1, chance.randrange(10**9)]),
        "log_amount": chance.choice([None, 9_007_199_254_740_993, chance.randrange(10**10)]),
        "created_on": created_on,
        "closed_on": created_on + timedelta(days=chance.randrange(400)) if closed and created_on else None,
    }


def _clocks() -> dict[str, Any]:
    day = date(2026, 1, 1)
    return {"source": "crm", "known_on": day, "valid_from": day, "assumed": True, "deleted": False}


def _day(chance: random.Random) -> date | None:
    return chance.choice([None, date(2024, 2, 29), date(2024, 1, 1) + timedelta(days=chance.randrange(900))])
