"""The data gate finds the same on every engine, to the last figure."""

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
from icp_monitor.checks.data import Data, Pulled
from icp_monitor.checks.gate import CHECKS, findings
from icp_monitor.checks.records import anchored_deals, recent_deals
from icp_monitor.checks.result import CheckResult
from icp_monitor.checks.spans import Spans
from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.monitoring import DataGate, StageChange
from icp_monitor.config.sources import SourcesConfig
from icp_monitor.periods import Window
from icp_monitor.snapshots.accounts import accounts
from icp_monitor.snapshots.asof import Asof
from icp_monitor.warehouse import Warehouse, open_warehouse

pytestmark = pytest.mark.postgres

LOOK, BASELINE = date(2025, 6, 2), Window(date(2024, 1, 1), date(2025, 1, 1))
STAGES = ("Discovery", "Demo", "Proposal")
TABLES = {
    "accounts": {"account_id": "id"},
    "opportunities": {"opportunity_id": "id", "account_id": "a", "stage": "s", "created_on": "c"},
    "stage_events": {"opportunity_id": "id", "stage": "s", "entered_on": "e"},
    "win_loss": {"opportunity_id": "id"},
    "leads": {"lead_id": "id", "created_on": "c"},
    "subscriptions": {"subscription_id": "id", "account_id": "a", "started_on": "s", "monthly_amount": "m"},
    "activities": {"activity_id": "id", "account_id": "a", "occurred_on": "o"},
    "ratings": {"account_id": "id", "attribute": "t", "rater": "w", "rated_on": "r", "rating": "v"},
}
Rows = list[dict[str, Any]]


@pytest.fixture(scope="module")
def warehouses(
    catalogue: Catalogue, postgres_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Mapping[str, Warehouse]]:
    """A company with deletions, restatements, refreshed accounts and a renamed stage, on each engine."""
    folder = tmp_path_factory.mktemp("gate")
    schema = {"schema": f"gate_{uuid4().hex[:12]}"}
    urls = {
        "duckdb": f"file:{folder}/files",
        "postgresql": sa.make_url(postgres_url).update_query_dict(schema).render_as_string(hide_password=False),
        "sqlite": f"sqlite:///{folder}/rows.db",
    }
    with ExitStack() as stack:
        opened = {name: stack.enter_context(open_warehouse(url, catalogue)) for name, url in urls.items()}
        for warehouse in opened.values():
            for load, tables in ((1, _first(random.Random(3))), (2, _second(random.Random(4)))):
                for name, rows in tables.items():
                    _lay(warehouse, catalogue, name, load, rows)
            warehouse.replace_partition(catalogue.quarantine, {"load": 2}, pa.Table.from_pylist(_quarantine()))
        yield opened


def test_every_check_finds_the_same_on_every_engine(
    warehouses: Mapping[str, Warehouse], catalogue: Catalogue, icp: IcpConfig
) -> None:
    found = {name: _findings(warehouse, catalogue, icp) for name, warehouse in warehouses.items()}
    told = {result.check for result in found["duckdb"]}
    assert told >= {*CHECKS} - {"schema", "vocabulary"}
    for name, results in found.items():
        for result, agreed in zip(results, found["duckdb"], strict=True):
            assert result == agreed, name


def _findings(warehouse: Warehouse, catalogue: Catalogue, profile: IcpConfig) -> tuple[CheckResult, ...]:
    baseline = profile.baseline.model_copy(update={"from_": BASELINE.start, "to": BASELINE.end})
    icp = profile.model_copy(update={"baseline": baseline})
    asof, spans = Asof(LOOK, "as-was", 2, LOOK, has_stage_events=True), Spans.of(BASELINE, LOOK)
    with (
        warehouse.computed(recent_deals(catalogue, asof, spans)) as deals,
        warehouse.computed(anchored_deals(catalogue, icp, asof, deals, spans)) as anchored,
    ):
        return findings(
            Data(
                icp=icp,
                gate=DataGate(stage_changes=(StageChange(on=date(2024, 6, 1), renamed={"Early": "Discovery"}),)),
                sources=_sources(),
                catalogue=catalogue,
                asof=asof,
                spans=spans,
                accounts=accounts(catalogue, asof).subquery("accounts"),
                deals=deals,
                anchored=anchored,
                read=_reader(warehouse),
                pulled=(Pulled("crm", 2, {"raw_accounts": 200}),),
            )
        )


def _reader(warehouse: Warehouse) -> Callable[[sa.Select[Any]], Rows]:
    return lambda statement: warehouse.read(statement).to_pylist()


def _sources() -> SourcesConfig:
    tables = {name: {"file": f"{name}.csv", "columns": columns} for name, columns in TABLES.items()}
    stages = {"open": (*STAGES, "Fit"), "won": ("Won",), "lost": ("Lost",)}
    source = {"kind": "csv", "folder": "data", "stages": stages, "tables": tables}
    return SourcesConfig.model_validate({"sources": {"crm": source}}, strict=False)


def _first(chance: random.Random) -> dict[str, Rows]:
    book: Rows = [
        {
            "account_id": f"A{number}" if number % 9 else f"www.firm{number % 5}.example",
            "name": chance.choice((f"Firm {number}", "Twin, Inc.", None)),
            "industry": chance.choice(("fintech", "health", "test", None)),
            "employees": chance.choice((None, 0.5, 99999.0, 10 ** chance.uniform(1, 4))),
            "maturity": chance.choice((None, 1.0, 4.0)),
            "technologies": chance.choice((None, "|a|", "|a|b|")),
        }
        for number in range(200)
    ]
    book = list({item["account_id"]: item for item in book}.values())
    deals = [_deal(number, chance, book) for number in range(700)]
    steps = [step for deal in deals for step in _steps(deal, chance)]
    day = lambda: BASELINE.start + timedelta(days=chance.randrange(500))  # noqa: E731
    return {
        "accounts": book,
        "opportunities": deals,
        "stage_events": steps,
        "win_loss": [
            {"opportunity_id": f"O{n}", "origin": origin, "reason": chance.choice(("Other", "price", None))}
            for n in range(0, 700, 3)
            for origin in ("rep", "buyer")
        ],
        "leads": [
            {"lead_id": f"L{n}", "created_on": (on := day()), "mql_on": on + timedelta(days=_late(on, chance))}
            for n in range(600)
        ],
        "subscriptions": [
            {
                "subscription_id": f"S{n}",
                "account_id": f"A{n % 40}",
                "product": chance.choice(("core", None)),
                "mrr_minor": chance.choice((0, 5000)),
                "started_on": (on := day()),
                "ended_on": chance.choice((None, on + timedelta(days=90))),
                "is_trial": chance.choice((True, False, None)),
            }
            for n in range(120)
        ],
        "activities": [
            {"activity_id": f"C{n}", "account_id": f"A{n % 40}", "opportunity_id": f"O{n}", "kind": "churn",
             "occurred_on": day()}
            for n in range(90)
        ],
        "ratings": [
            {"account_id": f"A{n}", "attribute": "maturity", "rater": "csm", "rated_on": day(), "rating": 3.0}
            for n in range(1, 120)
        ],
    }  # fmt: skip


def _quarantine() -> Rows:
    """Records without a date, accounts without their industry, and a stage that nobody has sorted."""
    whys = [
        *[("raw_accounts", "not a number", "employees", "many")] * 50,
        *[("raw_accounts", "unreadable date", "created_on", "soon")] * 3,
        *[("raw_stage_events", "unknown stage", "stage", "Legal")] * 40,
    ]
    return [
        {"source": "crm", "table_name": table, "file": "f.csv", "record": number, "reason": reason,
         "column_name": column, "value": value, "cure": "write it otherwise"}
        for number, (table, reason, column, value) in enumerate(whys)
    ]  # fmt: skip


def _late(on: date, chance: random.Random) -> int:
    """Days until a lead is qualified; from March on a month more."""
    return chance.randrange(30) + 28 * (on >= date(2025, 3, 3))


def _second(chance: random.Random) -> dict[str, Rows]:
    """Two days before the look: deletions, late deals, and accounts that are refreshed."""
    late = [
        {"opportunity_id": f"late{n}", "account_id": "A1", "stage": "Lost", "outcome": "lost", "currency": "EUR",
         "created_on": date(2025, 3, 10), "closed_on": date(2025, 3, 20), "type": "renewal"}
        for n in range(9)
    ]  # fmt: skip
    gone: Rows = [{"opportunity_id": f"O{n}", "deleted": True} for n in range(0, 700, 9)]
    fresh: Rows = [
        {"account_id": f"A{n}", "name": f"Firm {n}", "industry": "health", "employees": 10 ** chance.uniform(1, 4)}
        for n in range(1, 200)
        if n % 3 == 0 and n % 9
    ]
    return {"opportunities": [*gone, *late], "accounts": fresh}


def _deal(number: int, chance: random.Random, book: Rows) -> dict[str, Any]:
    created = BASELINE.start + timedelta(days=chance.randrange(515))
    closed = created + timedelta(days=chance.randrange(60))
    outcome = chance.choice(("won", "lost", "open")) if closed < LOOK else "open"
    return {
        "opportunity_id": f"O{number}",
        "account_id": chance.choice((None, "nobody", *(item["account_id"] for item in book[:60]))),
        "type": chance.choice(("new", None)),
        "stage": {"won": "Won", "lost": "Lost"}.get(outcome, "Demo"),
        "outcome": outcome,
        "currency": chance.choice(("USD", None)),
        "amount_minor": chance.choice((None, 100, 0, chance.randrange(10**6, 10**8))),
        "created_on": created,
        "closed_on": closed + timedelta(days=chance.choice((0, 20))) if outcome != "open" else None,
    }


def _steps(deal: dict[str, Any], chance: random.Random) -> Iterator[dict[str, Any]]:
    day = deal["created_on"] - timedelta(days=chance.choice((0, 0, 3)))
    for stage in STAGES:
        name = "Fit" if stage == "Demo" and day >= date(2025, 3, 3) else "Early" if stage == "Discovery" else stage
        yield {"opportunity_id": deal["opportunity_id"], "stage": name, "outcome": "open", "entered_on": day}
        day += timedelta(days=chance.randrange(20))
    if deal["outcome"] != "open":
        closed = min(day, LOOK - timedelta(days=1))
        yield {
            "opportunity_id": deal["opportunity_id"],
            "stage": deal["stage"],
            "outcome": deal["outcome"],
            "entered_on": closed,
        }


def _lay(warehouse: Warehouse, catalogue: Catalogue, name: str, load: int, rows: Rows) -> None:
    dataset = catalogue.named(f"raw_{name}")
    unique = list({tuple(row.get(key) for key in dataset.key): row for row in rows}.values())
    stamped = [_stamped(row, load) for row in unique]
    columns = {key for row in stamped for key in row} & {column.name for column in dataset.table.columns}
    table = pa.table({key: [row.get(key) for row in stamped] for key in sorted(columns)})
    warehouse.replace_partition(dataset, {"load": load}, table)


def _stamped(row: dict[str, Any], load: int) -> dict[str, Any]:
    fact = row.get("entered_on") or row.get("created_on") or date(1900, 1, 1)
    since = fact if load == 1 else LOOK - timedelta(days=2)
    clocks = {"load": load, "source": "crm", "known_on": since, "valid_from": since, "assumed": load == 1}
    return {**clocks, "deleted": False, **row}
