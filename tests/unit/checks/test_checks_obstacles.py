"""Which verdicts wait for which failed check: the table that people rely on."""

from __future__ import annotations

import pytest

from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.monitoring import MonitoringConfig
from icp_monitor.drift.obstacles import FEEDS, data_problem, fields_read_from
from icp_monitor.drift.plan import Plan
from icp_monitor.drift.verdict import Kind, Unit

EVERY = {
    "win_rate",
    "segment win_rate",
    "value_rate",
    "acv",
    "cycle",
    "tier_order",
    "score_power",
    "industry power",
    "employees power",
    "industry mix",
    "segment_mix",
    "tier_mix",
    "retention",
    "ltv",
    "cac",
}
CREATED = EVERY - {"retention", "ltv"}
DECIDED = CREATED - {"industry mix", "segment_mix", "tier_mix"}
OF_ACCOUNTS = {
    "segment win_rate",
    "score_power",
    "industry power",
    "employees power",
    "industry mix",
    "segment_mix",
    "retention",
    "ltv",
}
INDUSTRY = {"segment win_rate", "score_power", "industry power", "industry mix", "segment_mix"}
TABLE: list[tuple[str, str, str, set[str]]] = [
    ("freshness", "opportunities", "*", EVERY),
    ("quarantine", "stage_events", "*", EVERY),
    ("volume", "opportunities", "created_on", CREATED),
    ("types", "opportunities", "type", CREATED),
    ("volume", "opportunities", "closed_on", DECIDED),
    ("stages", "stage_events", "stage", DECIDED),
    ("deletions", "opportunities", "outcome", DECIDED),
    ("amounts", "opportunities", "amount_minor", {"acv", "value_rate"}),
    ("currencies", "opportunities", "currency", {"acv", "value_rate"}),
    ("amounts", "opportunities", "lost_amount", {"value_rate"}),
    ("completeness", "accounts", "industry", INDUSTRY),
    ("units", "opportunities", "employees", {"employees power", "score_power"}),
    ("missingness", "opportunities", "industry", {"industry power", "score_power"}),
    ("leakage", "accounts", "industry", {"industry power", "score_power"}),
    ("ratings", "ratings", "employees", {"employees power", "score_power"}),
    ("references", "opportunities", "account_id", OF_ACCOUNTS),
    ("quarantine", "accounts", "*", OF_ACCOUNTS),
    ("quarantine", "subscriptions", "*", {"retention", "ltv"}),
    ("quarantine", "costs", "*", {"cac", "ltv"}),
    ("quarantine", "win_loss", "*", set()),
    ("quarantine", "activities", "*", set()),
    ("leads", "leads", "mql_on", set()),
    ("close_dates", "opportunities", "close_date", set()),
]


def unit(name: str) -> Unit:
    """The unit that a name of the table stands for."""
    place, _, metric = name.rpartition(" ")
    kinds: dict[str, Kind] = {"score_power": "score", "segment_mix": "mix", "tier_mix": "mix"}
    if metric in ("power", "mix"):
        return Unit("attribute" if metric == "power" else "mix", f"attribute_{metric}", "company", attribute=place)
    return Unit(kinds.get(metric, "outcome"), metric, "fintech-mm" if place else "company")


@pytest.fixture(scope="module")
def plan(icp: IcpConfig) -> Plan:
    return Plan.of(icp, MonitoringConfig())


@pytest.mark.parametrize(
    ("check", "table", "field", "waiting"), TABLE, ids=[f"{row[0]} of {row[1]}.{row[2]}" for row in TABLE]
)
def test_a_failed_check_stops_the_verdicts_that_read_its_field_and_no_others(
    plan: Plan, check: str, table: str, field: str, waiting: set[str]
) -> None:
    failed = {name: [check] for name in fields_read_from(table, field)}
    found = {name: data_problem(unit(name), plan, failed) for name in sorted(EVERY)}
    assert {name for name, obstacle in found.items() if obstacle} == waiting
    assert all(check in obstacle.reasons[0] for obstacle in found.values() if obstacle)


def test_the_table_speaks_of_every_metric() -> None:
    assert {unit(name).metric for name in EVERY} == set(FEEDS)
