"""Values that change because somebody changed a column, a provider or a unit."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.slow

LOOK, BASELINE_END = date(2025, 12, 1), date(2025, 1, 1)
LATELY = LOOK - timedelta(weeks=13)


def lately_dealt_with(company: Any) -> list[Any]:
    """Accounts of the last quarter's deals that had none before: those whose values may have come another way."""
    before = {deal["account_id"] for deal in company.opportunities if deal["created_on"] < LATELY}
    for deal in company.since(LATELY):
        fresh = {**company.account_of(deal), "account_id": f"N{deal['opportunity_id']}", "name": deal["opportunity_id"]}
        company.accounts.append(fresh)
        deal["account_id"] = fresh["account_id"]
    return [
        item for item in company.accounts if item["account_id"].startswith("N") and item["account_id"] not in before
    ]


def test_trap_5_16_winners_that_are_enriched_more_are_named(gate: Any, company: Any) -> None:
    """Having data predicts winning where a provider is asked about customers only, though no value means anything."""
    won = {deal["account_id"] for deal in company.opportunities if deal["outcome"] == "won"}
    for account in company.accounts:
        account["risk"] = 3.0 if account["account_id"] in won else None
    gate.load(company)
    found = gate.check()
    assert ("missingness", "risk") in found.failed
    assert {field for _, field in found.failed} == {"risk"}
    assert "winners are enriched more" in found.of("missingness", "risk").message
    assert found.waits("attribute_power", "risk")
    assert found.waits("score_power")
    assert not found.waits("win_rate")
    assert not found.waits("attribute_power", "industry")


def test_an_attribute_that_new_accounts_lack_suspends_what_reads_it(gate: Any, company: Any) -> None:
    """The provider changed: the industry of accounts met lately is unknown, so segments and scores wait."""
    for account in lately_dealt_with(company):
        account["industry"] = None
    gate.load(company)
    found = gate.check()
    assert ("completeness", "industry") in found.failed
    assert found.waits("win_rate", segment="fintech")
    assert found.waits("score_power")
    assert not found.waits("win_rate")
    assert not found.waits("attribute_power", "employees")


def test_values_wiped_out_at_the_source_are_seen_at_once(gate: Any, company: Any) -> None:
    """All accounts lose an attribute in one load: deals still have it at their anchor dates, accounts do not."""
    gate.load(company)
    wiped = [{**account, "risk": None} for account in company.accounts if account["risk"] is not None]
    gate.load(company, known_on=LOOK - timedelta(days=1), accounts=wiped)
    found = gate.check()
    results = [item for item in found.results if item.check == "completeness" and item.field == "risk"]
    assert {item.table_name: item.status for item in results} == {"accounts": "failed", "opportunities": "ok"}


@pytest.mark.parametrize("value", ["test", "N/A", "-"])
def test_a_placeholder_that_becomes_common_is_named(gate: Any, company: Any, value: str) -> None:
    for account in lately_dealt_with(company)[::3]:
        account["industry"] = value
    gate.load(company)
    result = gate.check().of("placeholders", "industry")
    assert result.status == "failed"
    assert value.lower() in result.message


def test_a_number_that_stands_for_nothing_is_named(gate: Any, company: Any) -> None:
    for account in lately_dealt_with(company)[::3]:
        account["employees"] = 99999.0
    gate.load(company)
    found = gate.check()
    assert ("placeholders", "employees") in found.failed
    assert found.waits("attribute_power", "employees")


def test_thousands_taken_for_units_are_a_data_problem_and_no_drift(gate: Any, company: Any) -> None:
    for account in lately_dealt_with(company):
        account["employees"] = account["employees"] and account["employees"] / 1000
    gate.load(company)
    found = gate.check()
    result = next(item for item in found.results if item.check == "units" and item.value == "median")
    assert result.status == "failed"
    assert "thousands" in result.message
    assert result.suggestion == "employees: {divide_by: 0.001}"
    assert found.waits("attribute_mix", "employees")
    assert not found.waits("attribute_mix", "industry")


def test_a_few_values_in_another_unit_are_found_by_their_distance(gate: Any, company: Any) -> None:
    """One in twelve values is in thousands, far too few to move the median."""
    for account in lately_dealt_with(company)[::12]:
        account["employees"] = 0.2
    gate.load(company)
    found = gate.check()
    assert found.of("units", "employees", "strays").status == "failed"
    assert found.of("units", "employees", "median").status == "ok"


def test_amounts_in_another_unit_stop_contract_values_and_nothing_else(gate: Any, company: Any) -> None:
    for deal in company.since(LATELY):
        deal["amount_minor"] *= 100
    gate.load(company)
    found = gate.check()
    assert ("units", "amount_minor") in found.failed
    assert found.waits("acv")
    assert not found.waits("win_rate")


def test_trap_5_11_missing_amounts_of_lost_deals_are_noted_and_stop_no_verdict(gate: Any, company: Any) -> None:
    """Nearly a third of the losses has no amount: deals are counted all the same, and the rate by value isn't given."""
    for deal in [deal for deal in company.opportunities if deal["outcome"] == "lost"][::3]:
        deal["amount_minor"] = None
    gate.load(company)
    found = gate.check()
    assert found.failed == set()
    assert found.of("amounts", "lost_amount").status == "note"
    assert not found.waits("win_rate")
    assert not found.waits("acv")


def test_trap_5_11_won_deals_with_an_amount_of_one_are_no_cheap_deals(gate: Any, company: Any) -> None:
    for deal in [deal for deal in company.since(LOOK - timedelta(weeks=26)) if deal["outcome"] == "won"][::2]:
        deal["amount_minor"] = 100
    gate.load(company)
    found = gate.check()
    assert ("amounts", "amount_minor") in found.failed
    assert found.waits("acv")
    assert not found.waits("win_rate")


def test_deals_in_another_currency_stop_contract_values(gate: Any, company: Any) -> None:
    for deal in company.since(LATELY)[::2]:
        deal["currency"] = "EUR"
    gate.load(company)
    found = gate.check()
    assert ("currencies", "currency") in found.failed
    assert "EUR" in found.of("currencies").message
    assert found.waits("acv")
    assert not found.waits("win_rate")


def test_trap_5_13_renewals_that_appear_among_the_deals_are_a_data_problem_until_they_are_sorted(
    gate: Any, company: Any
) -> None:
    """Renewals are nearly always won: counted as new business they would lift the win rate to anything."""
    for deal in company.since(LATELY)[::4]:
        deal["type"] = "renewal"
    gate.load(company)
    found = gate.check()
    assert found.failed == {("types", "type")}
    assert found.waits("win_rate")


def test_types_that_the_definitions_list_are_no_surprise(gate: Any, company: Any) -> None:
    gate.configure("horizon_days: 120", "definitions: {types: [new, renewal]}\nhorizon_days: 120", "icp.yaml")
    for deal in company.since(LATELY)[::4]:
        deal["type"] = "renewal"
    gate.load(company)
    assert gate.check().failed == set()
