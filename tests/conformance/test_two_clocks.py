"""History, merges, declared rates, ratings and detections give the same snapshot on every engine."""

from __future__ import annotations

from datetime import date
from typing import Any

import pyarrow as pa
import pytest

from icp_monitor.catalogue import Catalogue, Dataset
from icp_monitor.config.icp import IcpConfig
from icp_monitor.snapshots.accounts import accounts
from icp_monitor.snapshots.anchors import accounts_at_anchor
from icp_monitor.snapshots.asof import Asof, Fill
from icp_monitor.snapshots.opportunities import opportunities
from icp_monitor.snapshots.stages import first_amounts
from icp_monitor.warehouse import Warehouse

JULY = date(2026, 7, 1)
NOW = Asof(
    JULY,
    "as-was",
    2,
    JULY,
    has_account_history=True,
    has_merges=True,
    has_stage_events=True,
    has_stage_amounts=True,
    fills=(Fill("technologies", "technologies"), Fill("maturity", "ratings")),
    currency="USD",
    rates={"EUR": 1.085},
)
Rows = list[dict[str, Any]]


def store(warehouse: Warehouse, dataset: Dataset, load: int, rows: Rows) -> None:
    clocks = {"source": "crm", "assumed": load == 1, "deleted": False}
    days = ({"known_on": row["valid_from"], **clocks, **row} for row in rows)
    columns = {column.name: None for column in dataset.table.columns if column.name != "load"}
    types = {"TEXT": pa.string(), "DATE": pa.date32(), "BIGINT": pa.int64(), "DOUBLE": pa.float64()}
    schema = pa.schema((name, types.get(str(dataset.table.c[name].type), pa.bool_())) for name in columns)
    table = pa.Table.from_pylist([{**columns, **row} for row in days], schema=schema)
    warehouse.replace_partition(dataset, {"load": load}, table)


@pytest.fixture
def filled(warehouse: Warehouse, catalogue: Catalogue) -> Warehouse:
    first = date(2025, 1, 1)
    people = [
        {"account_id": name, "valid_from": first, "created_on": first, "employees": 100.0, "industry": "health"}
        for name in ("a", "b", "x")
    ]
    merged = {"account_id": "a", "merged_into": "b", "valid_from": date(2026, 6, 1), "deleted": True}
    deals = [
        {
            "opportunity_id": name,
            "account_id": account,
            "valid_from": day,
            "created_on": day,
            "outcome": "open",
            "currency": currency,
            "amount_minor": 100_001,
            "log_amount": 6_907_765_279,
            "log_amount_squared": 47_717_217_000,
        }
        for name, account, day, currency in (
            ("d1", "a", date(2026, 2, 1), "EUR"),
            ("d2", "x", date(2025, 2, 1), "USD"),
            ("d3", "x", date(2026, 4, 1), "JPY"),
        )
    ]
    events = [
        {
            "opportunity_id": "d1",
            "entered_on": day,
            "stage": stage,
            "outcome": outcome,
            "amount_minor": amount,
            "valid_from": day,
        }
        for day, stage, outcome, amount in (
            (date(2026, 2, 1), "Discovery", "open", None),
            (date(2026, 2, 9), "Proposal", "open", 90_000),
            (date(2026, 3, 1), "Won", "won", 80_000),
            (date(2026, 3, 9), "Won", "won", 70_000),
        )
    ]
    history = [
        {"account_id": "x", "changed_on": day, "valid_from": day, "employees": size, "industry": "health"}
        for day, size in ((date(1900, 1, 1), 10.0), (date(2026, 1, 1), 20.0))
    ]
    seen = [
        {"account_id": "x", "technology": name, "provider": "scan", "detected_on": day, "valid_from": day}
        for name, day in (("sap", date(2026, 1, 5)), ("aws", date(2026, 3, 5)))
    ]
    rated = [
        {
            "account_id": "x",
            "attribute": "maturity",
            "rater": rater,
            "rated_on": day,
            "rating": value,
            "valid_from": day,
        }
        for rater, day, value in (
            ("r1", date(2026, 1, 5), 2.0),
            ("r1", date(2026, 3, 5), 5.0),
            ("r2", date(2026, 3, 5), 4.0),
        )
    ]
    store(warehouse, catalogue.raw_accounts, 1, people)
    store(warehouse, catalogue.raw_accounts, 2, [merged])
    store(warehouse, catalogue.raw_opportunities, 1, deals)
    store(warehouse, catalogue.raw_stage_events, 1, events)
    store(warehouse, catalogue.raw_account_history, 1, history)
    store(warehouse, catalogue.raw_technologies, 1, seen)
    store(warehouse, catalogue.raw_ratings, 1, rated)
    return warehouse


@pytest.mark.postgres
def test_a_snapshot_of_accounts_and_deals_is_the_same_on_every_engine(
    filled: Warehouse, catalogue: Catalogue, icp: IcpConfig
) -> None:
    known = filled.read(accounts(catalogue, NOW).order_by("account_id")).to_pylist()
    shown = ("account_id", "employees", "technologies", "maturity")
    assert [tuple(row[name] for name in shown) for row in known] == [
        ("b", 100.0, None, None),
        ("x", 20.0, "|aws|sap|", 4.5),
    ]
    snapshot = opportunities(catalogue, NOW)
    rows = filled.read(snapshot.order_by("opportunity_id")).to_pylist()
    shown = ("opportunity_id", "account_id", "amount_minor", "log_amount", "outcome", "closed_on")
    assert [tuple(row[name] for name in shown) for row in rows] == [
        ("d1", "b", 108_501, 6_989_345_266, "won", date(2026, 3, 1)),
        ("d2", "x", 100_001, 6_907_765_279, "open", None),
        ("d3", "x", None, None, "open", None),
    ]
    deals = snapshot.subquery("deals")
    at_anchor = filled.read(accounts_at_anchor(catalogue, icp, NOW, deals).order_by("opportunity_id")).to_pylist()
    shown = ("opportunity_id", "employees", "technologies", "maturity", "anchor_known")
    assert [tuple(row[name] for name in shown) for row in at_anchor] == [
        ("d1", 100.0, None, None, True),
        ("d2", 10.0, None, None, True),
        ("d3", 20.0, "|aws|sap|", 4.5, True),
    ]
    assert filled.read(first_amounts(catalogue, NOW)).to_pylist() == [{"opportunity_id": "d1", "value_minor": 97_650}]
