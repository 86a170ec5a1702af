"""Records that are deleted, doubled, entered late, dated otherwise or changed after the fact."""

from __future__ import annotations

import random
from datetime import date, timedelta
from typing import Any

import pytest

pytestmark = pytest.mark.slow

LOOK, BASELINE_START, BASELINE_END = date(2025, 12, 1), date(2024, 1, 1), date(2025, 1, 1)
YESTERDAY = LOOK - timedelta(days=1)


def tombstones(deals: list[Any]) -> list[Any]:
    """What a full extract without these deals leaves of them."""
    return [{"opportunity_id": deal["opportunity_id"], "deleted": True} for deal in deals]


def test_trap_5_09_a_fifth_of_the_losses_deleted_is_found_and_named(gate: Any, company: Any) -> None:
    """A team deletes what it lost: the win rate rises by itself, so it is not judged."""
    gate.load(company)
    lost = [deal for deal in company.since(BASELINE_START) if deal["outcome"] == "lost"]
    gate.load(company, known_on=YESTERDAY, opportunities=tombstones(lost[::5]))
    found = gate.check()
    result = found.of("deletions", value="lost")
    assert found.failed == {("deletions", "outcome")}
    assert "20% of the lost deals" in result.message
    assert f"{len(lost[::5])} of them since the last look" in result.message
    assert found.waits("win_rate")
    assert not found.waits("segment_mix")


def test_deals_deleted_whatever_their_outcome_bias_nothing(gate: Any, company: Any) -> None:
    gate.load(company)
    gate.load(company, known_on=YESTERDAY, opportunities=tombstones(company.opportunities[::12]))
    found = gate.check()
    assert found.failed == set()
    assert {item.status for item in found.results if item.check == "deletions"} == {"note"}


def test_merged_deals_are_not_deleted_ones(gate: Any, company: Any) -> None:
    """A merge removes the loser's id, but not the deal: it lives on under the winner's."""
    gate.load(company)
    lost = [deal for deal in company.opportunities if deal["outcome"] == "lost"][::5]
    survivor = company.opportunities[0]["opportunity_id"]
    merged = [{**row, "merged_into": survivor} for row in tombstones(lost)]
    gate.load(company, known_on=YESTERDAY, opportunities=merged)
    found = gate.check()
    assert not [item for item in found.results if item.check == "deletions"]


def test_trap_5_08_one_company_under_many_ids_is_counted_and_named_where_it_grows(gate: Any, company: Any) -> None:
    """The new form creates an account for every deal: the same name again, as GmbH, with dots, in capitals."""
    for number, deal in enumerate(company.since(LOOK - timedelta(weeks=13))[::3]):
        twin = company.account_of(deal)
        company.accounts.append({**twin, "account_id": f"D{number}", "name": f"{twin['name'].upper()}, Inc."})
        deal["account_id"] = f"D{number}"
    gate.load(company)
    found = gate.check()
    assert ("duplicates", "account_id") in found.failed
    assert found.of("duplicates", value="name").n
    assert found.waits("win_rate", segment="fintech")
    assert not found.waits("win_rate")


def test_a_few_duplicates_are_a_note_with_their_number(gate: Any, company: Any) -> None:
    company.accounts += [{**item, "account_id": f"D{item['account_id']}"} for item in company.accounts[:3]]
    gate.load(company)
    found = gate.check()
    result = found.of("duplicates", value="name")
    assert (result.n, result.status) == (6, "note")
    assert found.failed == set()


def test_trap_5_04_deals_entered_on_the_day_they_were_won_are_named(gate: Any, company: Any) -> None:
    for deal in [deal for deal in company.since(LOOK - timedelta(weeks=13)) if deal["closed_on"]][::2]:
        deal["closed_on"] = deal["created_on"]
        own = [step for step in company.stage_events if step["opportunity_id"] == deal["opportunity_id"]]
        for step in own:
            step["entered_on"] = deal["created_on"]
    gate.load(company)
    found = gate.check()
    assert ("backdating", "created_on") in found.failed
    assert "min_lifespan_days" in str(found.of("backdating", value="same day").suggestion)


def test_trap_5_04_back_entries_do_not_change_what_was_known_before_them(gate: Any, company: Any) -> None:
    """Deals entered today with dates of last spring: a look of then reads as it did, and today's says how late."""
    then = date(2025, 6, 2)
    gate.load(company)
    before = gate.check(then).results
    late = [
        {**deal, "opportunity_id": f"B{number}", "created_on": date(2025, 3, 3), "closed_on": date(2025, 4, 1)}
        for number, deal in enumerate(company.opportunities[:80])
    ]
    gate.load(company, known_on=YESTERDAY, opportunities=late)
    assert gate.check(then).results == before
    result = gate.check().of("backdating", value="entered late")
    assert (result.n, result.total) == (80, 80)


def test_meetings_before_the_deal_was_created_are_counted(gate: Any, company: Any) -> None:
    company.others = {
        "activities": [
            {
                "activity_id": deal["opportunity_id"],
                "opportunity_id": deal["opportunity_id"],
                "kind": "meeting",
                "occurred_on": deal["created_on"] - timedelta(days=10 if number < 7 else -3),
            }
            for number, deal in enumerate(company.since(BASELINE_START)[:100])
        ]
    }
    gate.configure(
        "      win_loss:",
        "      activities: {file: m.csv, columns: {activity_id: id, account_id: a, occurred_on: d}}\n      win_loss:",
        "sources.yaml",
    )
    gate.load(company)
    result = gate.check().of("backdating", value="meeting before")
    assert (result.n, result.total) == (7, 100)


def test_trap_5_03_close_dates_that_lag_behind_the_stage_history_are_counted_by_outcome(
    gate: Any, company: Any
) -> None:
    """A CRM sets the close date of a won deal to the day of winning, and leaves that of a lost deal at the plan."""
    lost = [deal for deal in company.since(BASELINE_END) if deal["outcome"] == "lost"]
    for deal in lost[:40]:
        deal["closed_on"] += timedelta(days=30)
    gate.load(company)
    found = gate.check()
    assert (found.of("close_dates", value="lost").n, found.of("close_dates", value="won").n) == (
        sum(deal["created_on"] >= LOOK - timedelta(weeks=13) for deal in lost[:40]),
        0,
    )
    assert found.failed == set()


def test_trap_5_41_a_mass_close_is_shown_and_is_no_failure(gate: Any, company: Any) -> None:
    """Somebody tidies the pipeline: sixty deals are lost on one day. A note says so, and nothing waits for it."""
    day = date(2025, 10, 15)
    open_then = [
        deal
        for deal in company.opportunities
        if deal["created_on"] < day - timedelta(days=10) and (deal["closed_on"] is None or deal["closed_on"] > day)
    ][:60]
    for deal in open_then:
        deal |= {"closed_on": day, "outcome": "lost", "stage": "Closed Lost"}
        own = [step for step in company.stage_events if step["opportunity_id"] == deal["opportunity_id"]]
        for step in own:
            if step["outcome"] != "open" or step["entered_on"] > day:
                company.stage_events.remove(step)
        company.stage_events.append(
            {"opportunity_id": deal["opportunity_id"], "stage": "Closed Lost", "outcome": "lost", "entered_on": day}
        )
    gate.load(company)
    found = gate.check()
    assert found.of("tampering", "closed_on").status == "note"
    result = found.of("tampering", "closed_on")
    assert f"deals were closed as lost on {day}" in result.message
    assert result.n is not None
    assert result.n >= 60


def test_trap_5_41_deals_created_and_won_just_before_a_quarter_ended_are_shown(gate: Any, company: Any) -> None:
    for deal in [deal for deal in company.since(date(2025, 9, 2)) if deal["outcome"] == "won"][::2]:
        deal |= {"created_on": date(2025, 9, 27), "closed_on": date(2025, 9, 29)}
        for step in company.stage_events:
            if step["opportunity_id"] == deal["opportunity_id"]:
                step["entered_on"] = deal["closed_on"] if step["outcome"] == "won" else deal["created_on"]
    gate.load(company)
    assert gate.check().of("tampering", value="quarter end").status == "note"


def test_trap_5_35_losses_that_arrive_after_the_quarter_was_over_are_a_restatement(gate: Any, company: Any) -> None:
    """What was said of the third quarter at its end no longer holds: seven late losses have lowered its win rate."""
    gate.load(company)
    facts = {"created_on": date(2025, 8, 1), "closed_on": date(2025, 9, 20), "outcome": "lost", "stage": "Closed Lost"}
    late = [{**company.opportunities[0], "opportunity_id": f"late{number}", **facts} for number in range(7)]
    gate.load(company, known_on=YESTERDAY, opportunities=late)
    result = gate.check().of("restatements", value="2025Q3")
    assert "7 late losses" in result.message
    assert result.status == "note"


def test_trap_5_38_reasons_are_told_with_their_origin_and_trust(gate: Any, company: Any) -> None:
    """Reps blame the price and pick “other”; buyers are asked now and then: the two are never added up."""
    chance = random.Random(3)
    ended = [deal for deal in company.opportunities if deal["closed_on"]]
    company.win_loss = [
        {
            "opportunity_id": deal["opportunity_id"],
            "origin": "rep",
            "reason": chance.choice(("Other", "other", "price")),
        }
        for deal in ended
    ] + [{"opportunity_id": deal["opportunity_id"], "origin": "buyer", "reason": "integration"} for deal in ended[::10]]
    gate.load(company)
    found = gate.check()
    rep, buyer = (found.of("reasons", value=origin) for origin in ("rep", "buyer"))
    assert rep.status == "note"
    assert "trust in them is low" in rep.message
    assert "trust in them is high" in buyer.message
    assert "10%" in buyer.message
    assert found.failed == set()
