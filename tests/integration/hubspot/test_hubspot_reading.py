"""What is read from a portal is what is there: all of it, what changed, and what is gone."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from icp_monitor.config.connection import Connection
from icp_monitor.config.sources import HubSpotSource
from icp_monitor.sources.hubspot import HubSpotObjects
from tests.counterparts.hubspot.portal import Portal, iso
from tests.counterparts.hubspot.server import Server

Read = Callable[..., tuple[list[dict[str, str | None]], str | None]]
MINUTE = timedelta(minutes=1)


def _live(portal: Portal) -> list[dict[str, str | None]]:
    return [_account(record.id, record.properties["name"]) for record in portal.alive("companies")]


def _account(record_id: str, name: str | None) -> dict[str, str | None]:
    return {"id": record_id, "name": name, "merged_into": None, "archived": "false"}


def _gone(record_id: str, into: str | None = None) -> dict[str, str | None]:
    return {"id": record_id, "name": None, "merged_into": into, "archived": "true"}


def test_a_full_load_reads_every_record_with_its_values(portal: Portal, read: Read, accounts: dict[str, Any]) -> None:
    for number in range(230):
        portal.create("companies", name=f"Company {number}")
    rows, watermark = read("accounts", accounts)
    assert rows == _live(portal)
    assert watermark == portal.now.isoformat()


def test_a_page_is_asked_for_when_the_one_before_it_has_been_used(
    portal: Portal,
    server: Server,
    source: Callable[..., HubSpotSource],
    connection: Connection,
    accounts: dict[str, Any],
) -> None:
    """However many records there are, no more than a page of them is in memory."""
    for number in range(450):
        portal.create("companies", name=f"Company {number}")
    reading = HubSpotObjects(source(accounts=accounts), connection).read("accounts", ("id", "name"), None)
    asked = []
    for batch in reading.batches:
        assert batch.num_rows <= 100
        asked.append(server.asked.count("GET /crm/v3/objects/companies"))
    assert asked == [2, 3, 4, 5, 6]  # one of them was for the time


def test_an_increment_reads_the_records_that_changed_and_no_others(
    portal: Portal, read: Read, accounts: dict[str, Any]
) -> None:
    before = portal.now - 60 * MINUTE
    ids = [portal.create("companies", name=f"Company {number}", at=before) for number in range(250)]
    _, watermark = read("accounts", accounts)
    portal.now += 60 * MINUTE
    for record_id in ids[::3]:
        portal.update("companies", record_id, name=f"New name of {record_id}")
    added = portal.create("companies", name="Newcomer")
    rows, later = read("accounts", accounts, watermark)
    assert rows == [_account(item, f"New name of {item}") for item in ids[::3]] + [_account(added, "Newcomer")]
    assert later == portal.now.isoformat()


def test_a_change_that_the_search_learns_of_late_is_read_by_the_next_increment(
    portal: Portal, read: Read, accounts: dict[str, Any]
) -> None:
    """The search lags behind the records; without an overlap such a change would be lost for ever."""
    portal.index_lag = timedelta(seconds=40)
    record_id = portal.create("companies", name="Old", at=portal.now - 60 * MINUTE)
    watermark = portal.now.isoformat()
    portal.now += 30 * MINUTE
    portal.update("companies", record_id, name="New", at=portal.now - timedelta(seconds=5))
    rows, watermark = read("accounts", accounts, watermark)
    assert rows == []
    portal.now += 30 * MINUTE
    rows, _ = read("accounts", accounts, watermark)
    assert rows == [_account(record_id, "New")]


def test_what_was_archived_is_told_as_deleted_by_a_full_load_and_by_the_increment_after_it(
    portal: Portal, read: Read, accounts: dict[str, Any]
) -> None:
    kept, early, late = (portal.create("companies", name=name) for name in ("Kept", "Early", "Late"))
    portal.now += 60 * MINUTE
    portal.archive("companies", early, at=portal.now - 20 * MINUTE)
    rows, watermark = read("accounts", accounts)
    assert rows == [_account(kept, "Kept"), _account(late, "Late"), _gone(early)]
    portal.now += 60 * MINUTE
    portal.archive("companies", late, at=portal.now - MINUTE)
    rows, _ = read("accounts", accounts, watermark)
    assert rows == [_gone(late)]


def test_what_is_archived_while_it_is_read_is_told_once_and_as_deleted_the_next_time(
    portal: Portal, server: Server, read: Read, accounts: dict[str, Any]
) -> None:
    record_id = portal.create("companies", name="Fickle")

    def archive() -> None:
        portal.now += MINUTE
        portal.archive("companies", record_id)

    server.before_path = ("archived=true", archive)
    rows, watermark = read("accounts", accounts)
    assert rows == [_account(record_id, "Fickle")]
    portal.now += 60 * MINUTE
    rows, _ = read("accounts", accounts, watermark)
    assert rows == [_gone(record_id)]


def test_a_merged_record_is_told_as_deleted_with_the_record_that_survives_it(
    portal: Portal, read: Read, accounts: dict[str, Any]
) -> None:
    """HubSpot forgets the id of the loser; only the survivor remembers it."""
    first, second, third = (portal.create("companies", name=name) for name in ("First", "Second", "Third"))
    _, watermark = read("accounts", accounts)
    portal.now += 60 * MINUTE
    portal.merge("companies", second, first)
    portal.merge("companies", third, second)
    merged = [_account(third, "Third"), _gone(first, third), _gone(second, third)]
    assert read("accounts", accounts, watermark)[0] == merged
    assert read("accounts", accounts)[0] == merged


def test_a_merged_record_that_lies_in_the_recycling_bin_too_is_told_once(
    portal: Portal, read: Read, accounts: dict[str, Any]
) -> None:
    loser, survivor = portal.create("companies", name="Loser"), portal.create("companies", name="Survivor")
    portal.merge("companies", survivor, loser, at=portal.now - 5 * MINUTE)
    portal.archive("companies", loser, at=portal.now - 5 * MINUTE)
    rows, _ = read("accounts", accounts)
    assert rows == [_account(survivor, "Survivor"), _gone(loser, survivor)]


def test_changes_that_share_one_moment_are_all_read(portal: Portal, read: Read, accounts: dict[str, Any]) -> None:
    for number in range(430):
        portal.create("companies", name=f"Company {number}")
    rows, _ = read("accounts", accounts, portal.now.isoformat())
    assert rows == _live(portal)


def test_a_record_that_changes_while_it_is_read_hides_no_other(
    portal: Portal, server: Server, read: Read, accounts: dict[str, Any]
) -> None:
    """Paging by offset skips a record for each one that moves on in the order meanwhile."""
    ids = [portal.create("companies", name=f"Company {number}") for number in range(450)]

    def change() -> None:
        for record_id in ids[:50]:
            portal.update("companies", record_id, at=portal.now + MINUTE, name="Changed")

    server.before_path = ("batch/read", change)
    rows, _ = read("accounts", accounts, portal.now.isoformat())
    assert [row["id"] for row in rows] == ids
    assert [row["name"] for row in rows[:50]] == ["Changed"] * 50


def test_a_deal_belongs_to_its_primary_company_or_else_to_the_first(
    portal: Portal, read: Read, opportunities: dict[str, Any]
) -> None:
    one, two = portal.create("companies", name="One"), portal.create("companies", name="Two")
    deals = [portal.create("deals", dealname="Deal", dealstage="contractsent", amount="10500.50") for _ in range(3)]
    portal.associate("deals", deals[0], "companies", one)
    portal.associate("deals", deals[0], "companies", two, primary=True)
    portal.associate("deals", deals[1], "companies", one)
    portal.associate("deals", deals[1], "companies", two)
    for since in (None, portal.now.isoformat()):
        rows, _ = read("opportunities", opportunities, since)
        assert [row["associations.companies"] for row in rows] == [two, one, None]
        assert {row["amount"] for row in rows} == {"10500.50"}


def test_moments_are_written_with_their_offset_and_stages_by_their_labels(
    portal: Portal, read: Read, opportunities: dict[str, Any]
) -> None:
    closed = "2026-02-27T23:30:00.000Z"
    portal.create("deals", dealname="Deal", dealstage="closedwon", closedate=closed)
    portal.create("deals", dealname="Deal", dealstage="gone-with-its-pipeline")
    won, strange = read("opportunities", opportunities)[0]
    assert won["closedate"] == "2026-02-27T23:30:00.000+00:00"
    assert (won["dealstage.label"], strange["dealstage.label"]) == ("Closed Won", "gone-with-its-pipeline")
    assert strange["closedate"] is None


def test_of_several_values_each_is_written_by_its_label(portal: Portal, read: Read) -> None:
    portal.options["companies", "tools"] = {"aws": "Amazon Web Services", "sap": "SAP"}
    portal.create("companies", name="Acme", tools="aws;sap;own")
    (row,) = read("accounts", {"object": "companies", "columns": {"account_id": "id", "tools": "tools.label"}})[0]
    assert row["tools.label"] == "Amazon Web Services;SAP;own"


def test_each_stage_that_a_deal_entered_is_an_event_with_the_amount_of_that_time(
    portal: Portal, read: Read, stage_events: dict[str, Any]
) -> None:
    start = portal.now - timedelta(days=30)
    deal = portal.create("deals", dealname="Deal", dealstage="qualifiedtobuy", amount="1000", at=start)
    portal.update("deals", deal, at=start + timedelta(days=3), amount="2000")
    portal.update("deals", deal, at=start + timedelta(days=5), dealstage="contractsent")
    portal.update("deals", deal, at=start + timedelta(days=6), dealstage="contractsent")
    portal.update("deals", deal, at=start + timedelta(days=9), dealstage="closedwon", amount="1800")
    entered = [(0, "Qualified To Buy", "1000"), (5, "Contract Sent", "2000"), (9, "Closed Won", "1800")]
    expected = [
        {
            "id": deal,
            "dealstage.label": stage,
            "changed_at": iso(start + timedelta(days=days)).replace("Z", "+00:00"),
            "amount": amount,
        }
        for days, stage, amount in entered
    ]
    assert read("stage_events", stage_events)[0] == expected
    assert read("stage_events", stage_events, (portal.now - timedelta(days=25)).isoformat())[0] == expected


def test_of_two_stages_at_one_moment_the_later_entry_counts(
    portal: Portal, read: Read, stage_events: dict[str, Any]
) -> None:
    deal = portal.create("deals", dealname="Deal", dealstage="qualifiedtobuy")
    portal.update("deals", deal, dealstage="contractsent", amount="5")
    (row,) = read("stage_events", stage_events)[0]
    assert (row["dealstage.label"], row["amount"]) == ("Contract Sent", "5")


def test_the_history_of_many_deals_is_complete(portal: Portal, read: Read, stage_events: dict[str, Any]) -> None:
    for number in range(120):
        deal = portal.create("deals", dealname="Deal", dealstage="qualifiedtobuy", at=portal.now - 9 * MINUTE)
        if number % 2:
            portal.update("deals", deal, dealstage="closedlost")
    rows, _ = read("stage_events", stage_events)
    truth = [(record.id, version.value) for record in portal.alive("deals") for version in record.history["dealstage"]]
    ids = {"Qualified To Buy": "qualifiedtobuy", "Closed Lost": "closedlost"}
    assert [(row["id"], ids[row["dealstage.label"] or ""]) for row in rows] == truth


def test_the_history_of_an_account_holds_its_whole_state_after_every_change(portal: Portal, read: Read) -> None:
    start = portal.now - timedelta(days=90)
    company = portal.create("companies", name="Acme", industry="BANKING", at=start)
    portal.update("companies", company, at=start + timedelta(days=10), numberofemployees="120")
    portal.update("companies", company, at=start + timedelta(days=20), industry="INSURANCE", numberofemployees="")
    columns = {"account_id": "id", "changed_on": "changed_at", "industry": "industry", "size": "numberofemployees"}
    rows, _ = read("account_history", {"object": "companies", "columns": columns})
    assert [(row["industry"], row["numberofemployees"]) for row in rows] == [
        ("BANKING", None),
        ("BANKING", "120"),
        ("INSURANCE", None),
    ]


def test_leads_are_contacts_by_their_own_date_of_change(portal: Portal, read: Read) -> None:
    marketing = "hs_lifecyclestage_marketingqualifiedlead_date"
    columns = {"lead_id": "id", "account_id": "associations.companies", "created_on": "createdate", "mql_on": marketing}
    company = portal.create("companies", name="Acme")
    old = portal.create("contacts", at=portal.now - timedelta(days=9))
    new = portal.create("contacts", **{marketing: "2026-03-01T10:00:00.000Z"})
    portal.associate("contacts", new, "companies", company, primary=True)
    table = {"object": "contacts", "columns": columns}
    assert [row["id"] for row in read("leads", table)[0]] == [old, new]
    (row,) = read("leads", table, portal.now.isoformat())[0]
    assert (row["id"], row["associations.companies"], row[marketing]) == (new, company, "2026-03-01T10:00:00.000+00:00")


def test_a_condition_in_hubspots_own_notation_narrows_what_is_read(
    portal: Portal, read: Read, opportunities: dict[str, Any]
) -> None:
    """A full load and an increment agree; a record that no longer meets the condition is gone."""
    before = portal.now - 60 * MINUTE
    kept, moved, other = (
        portal.create("deals", dealname="Deal", pipeline=pipeline, at=before)
        for pipeline in ("default", "default", "renewals")
    )
    opportunities["where"] = '[{"propertyName": "pipeline", "operator": "EQ", "value": "default"}]'
    rows, watermark = read("opportunities", opportunities)
    assert [row["id"] for row in rows] == [kept, moved]
    portal.now += 60 * MINUTE
    portal.update("deals", kept, amount="100")
    portal.update("deals", moved, pipeline="renewals")
    portal.update("deals", other, amount="200")
    rows, _ = read("opportunities", opportunities, watermark)
    assert [(row["id"], row["archived"], row["amount"]) for row in rows] == [
        (kept, "false", "100"),
        (moved, "true", None),
        (other, "true", None),
    ]
