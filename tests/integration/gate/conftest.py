"""A small company whose records are laid straight into a warehouse, so that each trap can be set by hand."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterable
from copy import deepcopy
from dataclasses import dataclass, field
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from icp_monitor import pipeline
from icp_monitor.checks.result import CheckResult
from icp_monitor.drift.obstacles import data_problem
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.verdict import Unit
from icp_monitor.pipeline.checking import failed_fields
from icp_monitor.pipeline.versions import ensure_registered
from icp_monitor.pipeline.workspace import open_workspace
from icp_monitor.settings import Settings

Row = dict[str, Any]
START, BASELINE_END, LOOK = date(2023, 9, 1), date(2025, 1, 1), date(2025, 12, 1)
STAGES = ("Discovery", "Demo", "Proposal")

ICP = """
apiVersion: icp/v1
kind: IdealCustomerProfile
metadata: {id: acme, name: Acme, version: 1, owner: revops}
attributes:
  - {id: industry, family: firmographic, type: category, weight: 3, match: {full: [fintech], partial: {health: 0.5}}}
  - {id: employees, family: firmographic, type: number, weight: 2, match: {full: [200, 2000], soft_to: [50, 5000]}}
  - {id: risk, family: psychographic, type: ordinal, weight: 1, match: {gte: 3}}
segments:
  - {id: fintech, name: Fintech, when: "industry == 'fintech'", priority: 1}
baseline: {from: 2024-01-01, to: 2025-01-01}
horizon_days: 120
effective_from: 2025-01-01
"""
SOURCES = """
sources:
  crm:
    kind: csv
    folder: data
    stages: {open: [Discovery, Demo, Proposal, Solution fit, Review], won: [Closed Won], lost: [Closed Lost]}
    tables:
      accounts: {file: a.csv, columns: {account_id: id, name: name, industry: i, employees: e, risk: r}}
      opportunities:
        file: o.csv
        columns: {opportunity_id: id, account_id: a, stage: s, created_on: c, closed_on: d, amount: m, type: t}
      stage_events: {file: e.csv, columns: {opportunity_id: id, stage: s, entered_on: d}}
      win_loss: {file: w.csv, columns: {opportunity_id: id, reason: r, origin: o}}
"""


MONITORING = """
calibration_replays: 60
data_gate: {max_days_stale: 21}
events: []
"""


@dataclass
class Company:
    """Its records by table, without clocks; tests spoil them before they are loaded."""

    accounts: list[Row]
    opportunities: list[Row]
    stage_events: list[Row]
    win_loss: list[Row] = field(default_factory=list)
    others: dict[str, list[Row]] = field(default_factory=dict)

    def since(self, day: date) -> list[Row]:
        """The deals created on a day or later."""
        return [deal for deal in self.opportunities if deal["created_on"] >= day]

    def account_of(self, deal: Row) -> Row:
        """The account of a deal."""
        return next(item for item in self.accounts if item["account_id"] == deal["account_id"])


def grow(seed: int = 5, deals: int = 2_400, accounts: int = 900) -> Company:
    """More than two years of a company in which nothing changes: a third of the deals is won, whatever the account."""
    chance = random.Random(seed)
    people = [
        {
            "account_id": f"A{number:04d}",
            "name": f"Company {number}",
            "created_on": START - timedelta(days=chance.randrange(30, 400)),
            "industry": chance.choice(("fintech", "health", "retail", None)),
            "employees": round(10 ** chance.uniform(1.3, 3.7)) * 1.0 if chance.random() < 0.9 else None,
            "risk": float(chance.randrange(1, 6)) if chance.random() < 0.6 else None,
        }
        for number in range(accounts)
    ]
    days = sorted(chance.randrange((LOOK - START).days) for _ in range(deals))
    book: list[Row] = []
    events: list[Row] = []
    for number, day in enumerate(days):
        deal, path = _deal(number, START + timedelta(days=day), chance.choice(people)["account_id"], chance)
        book.append(deal)
        events += path
    return Company(people, book, events)


def _deal(number: int, created: date, account: str, chance: random.Random) -> tuple[Row, list[Row]]:
    key, entered = f"O{number:05d}", created
    path = []
    for stage in STAGES:
        path.append({"opportunity_id": key, "stage": stage, "outcome": "open", "entered_on": entered})
        entered += timedelta(days=1 + round(chance.expovariate(1 / 15)))
    outcome = "won" if chance.random() < 1 / 3 else "lost"
    path.append(
        {"opportunity_id": key, "stage": f"Closed {outcome.title()}", "outcome": outcome, "entered_on": entered}
    )
    path = [step for step in path if step["entered_on"] < LOOK]
    ended = path[-1]["outcome"] != "open"
    logarithm = chance.uniform(8, 10)
    deal = {
        "opportunity_id": key,
        "account_id": account,
        "type": "new",
        "stage": path[-1]["stage"],
        "outcome": path[-1]["outcome"],
        "currency": "USD",
        "amount_minor": round(100 * math.exp(logarithm)),
        "log_amount": round(1e9 * logarithm),
        "log_amount_squared": round(1e9 * logarithm**2),
        "created_on": created,
        "closed_on": path[-1]["entered_on"] if ended else None,
    }
    return deal, path


@dataclass
class Gate:
    """One installation over records that are loaded without files."""

    folder: Path
    now: str = f"{LOOK}T12:00:00Z"

    @property
    def environment(self) -> dict[str, str]:
        """What its processes are started with."""
        return {
            "ICP_CONFIG_DIR": str(self.folder / "config"),
            "ICP_WAREHOUSE_URL": f"file:{self.folder / 'warehouse'}",
            "ICP_LEDGER_URL": f"sqlite:///{self.folder / 'ledger.db'}",
            "ICP_OUTPUT_DIR": str(self.folder / "output"),
            "ICP_NOW": self.now,
        }

    @property
    def settings(self) -> Settings:
        """Its settings."""
        return Settings.from_environment(self.environment, self.folder)

    def configure(self, old: str, new: str, file: str = "monitoring.yaml") -> None:
        """Replace a part of a configuration file."""
        path = self.folder / "config" / file
        text = path.read_text("utf-8")
        assert old in text
        path.write_text(text.replace(old, new), "utf-8")

    def load(self, company: Company, known_on: date | None = None, **changed: Iterable[Row]) -> None:
        """Make a company's records a load; a later one, known on a day, holds only the rows ``changed`` by table."""
        tables: dict[str, Iterable[Row]] = dict(changed) or {
            "accounts": company.accounts,
            "opportunities": company.opportunities,
            "stage_events": company.stage_events,
            "win_loss": company.win_loss,
            **company.others,
        }
        with open_workspace(self.settings) as workspace:
            ensure_registered(workspace)
            load = workspace.ledger.loads.begin("crm", workspace.now)
            with workspace.warehouse(workspace.config.icp) as (warehouse, catalogue):
                for name, rows in tables.items():
                    dataset = catalogue.named(f"raw_{name}")
                    types = {column.name: column.type for column in dataset.table.columns}
                    stamped = [_stamped(row, load.number, known_on) for row in rows]
                    columns = {key for row in stamped for key in row} & set(types)
                    content = {key: [row.get(key) for row in stamped] for key in sorted(columns)}
                    if stamped:
                        warehouse.replace_partition(dataset, {"load": load.number}, pa.table(content))
            workspace.ledger.loads.finish(
                load,
                fingerprint=str(load.number),
                counts={},
                watermarks={},
                observed_until=LOOK,
                known_on=known_on or LOOK,
                at=workspace.now,
            )

    def check(self, as_of: date = LOOK) -> Findings:
        """What the gate finds."""
        return Findings(pipeline.check(self.settings, pipeline.name_run(self.settings, as_of)), self.settings)


@dataclass(frozen=True)
class Findings:
    """The results of the checks, and what waits for them."""

    results: tuple[CheckResult, ...]
    settings: Settings

    @property
    def failed(self) -> set[tuple[str, str]]:
        """Failed checks with their fields."""
        return {(item.check, item.field) for item in self.results if item.status == "failed"}

    def of(self, check: str, field: str | None = None, value: str | None = None) -> CheckResult:
        """The only result of a check, or of its field and value."""
        (found,) = [
            item
            for item in self.results
            if item.check == check and field in (None, item.field) and value in (None, item.value)
        ]
        return found

    def waits(self, metric: str, attribute: str | None = None, segment: str = "company") -> bool:
        """Whether a verdict on a metric would be a data problem."""
        with open_workspace(self.settings) as workspace:
            plan = Plan.of(workspace.config.icp, workspace.config.monitoring)
        unit = Unit(_kind(metric, attribute), metric, segment, attribute=attribute)
        return data_problem(unit, plan, failed_fields(self.results)) is not None


def _kind(metric: str, attribute: str | None) -> Any:
    if attribute is not None:
        return "attribute"
    return {"score_power": "score", "segment_mix": "mix", "acv": "economics"}.get(metric, "outcome")


def _stamped(row: Row, load: int, known_on: date | None) -> Row:
    fact = row.get("entered_on") or row.get("created_on") or row.get("occurred_on") or date(1900, 1, 1)
    since = known_on or fact
    clocks = {"load": load, "source": "crm", "known_on": since, "valid_from": since, "assumed": known_on is None}
    return {**clocks, "deleted": False, **row}


@pytest.fixture(scope="session")
def grown() -> Company:
    return grow()


@pytest.fixture
def company(grown: Company) -> Company:
    """A copy of the company, to be spoilt."""
    return deepcopy(grown)


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    """A fresh installation."""
    config = tmp_path / "config"
    config.mkdir()
    (config / "icp.yaml").write_text(ICP, "utf-8")
    (config / "sources.yaml").write_text(SOURCES, "utf-8")
    (config / "monitoring.yaml").write_text(MONITORING, "utf-8")
    return Gate(tmp_path)


@pytest.fixture(scope="session")
def growing() -> Callable[..., Company]:
    """Grows companies by seed."""
    return grow
