"""A whole pull from HubSpot into the warehouse: what is stored is what HubSpot holds, whatever happens between."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime, timedelta

import pytest

from tests.integration.hubspot.installation import (
    HOUR,
    OUTCOMES,
    Installation,
    assert_stored_is_true,
    close,
    day,
    outcomes_of,
)


def test_a_first_pull_stores_everything_and_a_second_one_nothing(installation: Installation) -> None:
    summary = installation.pull()
    assert_stored_is_true(installation)
    assert summary.quarantined == dict.fromkeys(summary.quarantined, 0)
    assert installation.pull().changed == dict.fromkeys(summary.changed, 0)
    assert_stored_is_true(installation)


@pytest.mark.slow
def test_each_change_at_the_source_is_stored_once(installation: Installation) -> None:
    portal = installation.portal
    companies = [record.id for record in portal.alive("companies")]
    deals = [record.id for record in portal.alive("deals")]
    installation.pull()
    changes: tuple[tuple[Callable[[], object], dict[str, int]], ...] = (
        (
            lambda: portal.update("companies", companies[0], industry="RETAIL"),
            {"raw_accounts": 1, "raw_account_history": 1},
        ),
        (
            lambda: portal.create("companies", name="New", industry="BANKING"),
            {"raw_accounts": 1, "raw_account_history": 1},
        ),
        (lambda: portal.update("deals", deals[0], amount="99.99"), {"raw_opportunities": 1}),
        (
            lambda: close(portal, deals[1], "closedlost", portal.now, closed_lost_reason="Fit"),
            {"raw_opportunities": 1, "raw_stage_events": 1, "raw_win_loss": 1},
        ),
        (lambda: portal.update("deals", deals[1], closed_lost_reason=""), {"raw_win_loss": 1}),
        (lambda: portal.archive("deals", deals[2]), {"raw_opportunities": 1}),
        (lambda: portal.archive("companies", companies[2]), {"raw_accounts": 1}),
        (lambda: portal.restore("deals", deals[2]), {"raw_opportunities": 1}),
        (lambda: portal.merge("companies", companies[3], companies[4]), {"raw_accounts": 1}),
    )
    for change, rows in changes:
        portal.now += HOUR
        change()
        summary = installation.pull(after=timedelta(minutes=1))
        assert {name: count for name, count in summary.changed.items() if count} == rows
        assert_stored_is_true(installation)


def test_a_merged_company_is_stored_with_the_one_that_survives(installation: Installation) -> None:
    """HubSpot forgets the loser; only the survivor's list of merged records links the two."""
    winner, loser = (record.id for record in installation.portal.alive("companies")[:2])
    installation.pull()
    installation.portal.merge("companies", winner, loser)
    installation.pull()
    rows = [row for row in installation.rows("raw_accounts") if row["account_id"] == loser]
    assert [(row["deleted"], row["merged_into"]) for row in rows] == [(False, None), (True, winner)]


def test_a_change_that_the_search_learns_of_late_is_stored_by_the_next_pull(installation: Installation) -> None:
    portal = installation.portal
    installation.pull()
    portal.index_lag = timedelta(minutes=1)
    portal.now += HOUR
    portal.update("companies", portal.alive("companies")[0].id, industry="RETAIL")
    assert installation.pull(after=timedelta(seconds=5)).changed["raw_accounts"] == 0
    assert installation.pull().changed["raw_accounts"] == 1
    assert_stored_is_true(installation)


def test_a_day_is_the_business_day_and_a_stage_counts_from_when_it_was_entered(installation: Installation) -> None:
    """Half past eleven at night in UTC is the next day in Berlin, and the last of a quarter the first of the next."""
    portal = installation.portal
    deal = portal.create("deals", at=datetime(2026, 3, 1, 12, tzinfo=UTC), dealname="Deal", dealstage="qualifiedtobuy")
    portal.now = datetime(2026, 3, 31, 22, 30, tzinfo=UTC)
    close(portal, deal, "closedwon", portal.now, amount="5")
    installation.pull()
    (row,) = (row for row in installation.stored("raw_opportunities") if row["opportunity_id"] == deal)
    assert row["closed_on"] == date(2026, 4, 1)
    events = [row for row in installation.stored("raw_stage_events") if row["opportunity_id"] == deal]
    assert [(row["stage"], row["entered_on"]) for row in events] == [
        ("Qualified To Buy", date(2026, 3, 1)),
        ("Closed Won", date(2026, 4, 1)),
    ]


def test_a_deal_counts_from_the_day_it_entered_its_closed_stage_whatever_its_close_date_says_later(
    installation: Installation,
) -> None:
    """Anyone may rewrite a close date; dated by it, a deal would move to another quarter, and back."""
    portal = installation.portal
    start = datetime(2025, 12, 20, 12, tzinfo=UTC)
    deals = {stage: portal.create("deals", at=start, dealname="Deal", dealstage="qualifiedtobuy") for stage in OUTCOMES}
    for stage, deal in deals.items():
        close(portal, deal, stage, portal.now + 50 * HOUR)
    installation.pull(after=80 * HOUR)
    decided = day(datetime(2026, 3, 4, 11, 30, tzinfo=UTC))
    for deal in deals.values():
        portal.update("deals", deal, closedate="2025-12-30T12:00:00.000Z")
    installation.pull()
    outcomes = outcomes_of(installation)
    assert {stage: outcomes[deal] for stage, deal in deals.items()} == {
        stage: (outcome, decided) for stage, outcome in OUTCOMES.items()
    }


def test_the_state_of_an_account_on_every_day_on_which_it_changed_is_stored(installation: Installation) -> None:
    installation.pull()
    record = installation.portal.alive("companies")[1]
    rows = [row for row in installation.stored("raw_account_history") if row["account_id"] == record.id]
    assert [(row["changed_on"], row["industry"], row["employees"], row["tools"]) for row in rows] == [
        (day(record.created), "Insurance", 100, "|AWS|SAP|"),
        (day(record.created + 30 * HOUR), "Insurance", 107, "|AWS|SAP|"),
    ]
