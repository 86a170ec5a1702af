"""Values that were filled in after the outcome, and ratings by people who knew it."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.slow

LOOK = date(2025, 12, 1)
RATINGS = "      ratings: {file: r.csv, columns: {account_id: a, attribute: n, rater: w, rated_on: d, rating: v}}\n"


def ended_by_account(company: Any) -> dict[str, Any]:
    """One ended deal of each account that has any."""
    return {deal["account_id"]: deal for deal in company.opportunities if deal["closed_on"]}


def test_trap_5_15_values_refreshed_for_customers_after_the_deal_fire_the_lint(gate: Any, growing: Any) -> None:
    """The provider refreshes customers once they have signed: what is known now predicts what was not known then.

    The information value stays below the ½ that people take for suspicious.
    """
    company = growing(accounts=4_000)
    gate.load(company)
    chance = random.Random(4)
    refreshed = [
        {**account, "risk": 5.0}
        for account in company.accounts
        if (deal := ended_by_account(company).get(account["account_id"]))
        and chance.random() < (0.6 if deal["outcome"] == "won" else 0.2)
    ]
    gate.load(company, known_on=LOOK - timedelta(days=1), accounts=refreshed)
    found = gate.check()
    result = found.of("leakage", "risk")
    assert result.status == "failed"
    assert "filled in after the outcome" in result.message
    as_now = float(result.message.split("is ")[-1].split(" as known now")[0])
    assert 0.05 < as_now < 0.5
    assert found.waits("attribute_power", "risk")
    assert found.waits("score_power")
    assert not found.waits("win_rate")


def test_values_that_change_whatever_the_outcome_are_no_leak(gate: Any, company: Any) -> None:
    gate.load(company)
    chance = random.Random(5)
    changed = [{**item, "risk": float(chance.randrange(1, 6))} for item in company.accounts if chance.random() < 0.5]
    gate.load(company, known_on=LOOK - timedelta(days=1), accounts=changed)
    assert gate.check().of("leakage", "risk").status == "ok"


def test_trap_5_42_ratings_given_after_the_outcome_stop_what_the_rating_says_of_winning(
    gate: Any, company: Any
) -> None:
    """Whoever rates an account after the deal was lost rates the loss."""
    company.others = {
        "ratings": [
            {
                "account_id": account,
                "attribute": "risk",
                "rater": "csm",
                "rating": 2.0,
                "rated_on": deal["closed_on"] + timedelta(days=5 if number % 2 else -30),
            }
            for number, (account, deal) in enumerate(ended_by_account(company).items())
        ]
    }
    gate.configure("      win_loss:", f"{RATINGS}      win_loss:", "sources.yaml")
    gate.load(company)
    found = gate.check()
    assert found.failed == {("ratings", "risk")}
    assert found.waits("attribute_power", "risk")
    assert not found.waits("attribute_mix", "risk")
    assert not found.waits("win_rate")
