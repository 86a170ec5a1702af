"""What a reading brings equals what Salesforce holds: everything at first, then each change once it is due."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from icp_monitor.config.connection import Connection
from icp_monitor.sources.salesforce import SalesforceObjects
from tests.counterparts.salesforce.exchange import Request
from tests.counterparts.salesforce.org import Record
from tests.counterparts.salesforce.server import Counterpart
from tests.integration.salesforce.reading import Reader, sorted_by_id, source_of, truth

COLUMNS = ("Id", "Name", "Industry", "AnnualRevenue", "CreatedDate", "IsDeleted", "MasterRecordId")


@pytest.fixture
def org(salesforce: Counterpart) -> Any:
    return salesforce.org


def accounts(salesforce: Counterpart, number: int = 5) -> list[str]:
    """Some companies, created a minute apart."""
    made = []
    for position in range(number):
        salesforce.org.wait(minutes=1)
        values = {"Name": f'Company {position}, "the"\nbest', "AnnualRevenue": 1.5e7 + position}
        made.append(salesforce.org.create("Account", Industry="Health", **values))
    return made


def touched(salesforce: Counterpart, *keys: str) -> Callable[[Record], bool]:
    """Picks the records with these ids."""
    del salesforce
    return lambda record: record["Id"] in keys


def read_first(salesforce: Counterpart, read: Reader, **table: Any) -> str:
    """Read everything, long after it last changed; returns the watermark, after which a minute has gone by."""
    salesforce.org.wait(hours=1)
    _, reading = read("Account", *COLUMNS, **table)
    watermark = reading.watermark()
    assert watermark is not None
    salesforce.org.wait(minutes=1)
    return watermark


def test_a_first_reading_brings_every_record_through_bulk_in_pages_of_no_order(
    salesforce: Counterpart, read: Reader
) -> None:
    ids = accounts(salesforce, 23)
    salesforce.bulk.page_size = 5
    rows, reading = read("Account", *COLUMNS)
    assert sorted_by_id(rows) == sorted_by_id(truth(salesforce.org, "Account", COLUMNS))
    assert [row["Id"] for row in rows] != ids
    assert reading.full
    assert reading.watermark() == salesforce.org.now.isoformat()
    assert [job.operation for job in salesforce.bulk.jobs.values()] == ["queryAll"]


def test_an_increment_brings_what_changed_and_nothing_else(salesforce: Counterpart, read: Reader) -> None:
    ids = accounts(salesforce)
    watermark = read_first(salesforce, read)
    salesforce.org.update(ids[1], Industry="Retail")
    new = salesforce.org.create("Account", Name="New")
    salesforce.org.wait(minutes=1)
    rows, reading = read("Account", *COLUMNS, since=watermark)
    assert sorted_by_id(rows) == truth(salesforce.org, "Account", COLUMNS, touched(salesforce, ids[1], new))
    assert not reading.full
    assert len(salesforce.bulk.jobs) == 1


def test_many_changes_come_through_bulk(salesforce: Counterpart, read: Reader, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("icp_monitor.sources.salesforce.paged.MANY", 20)
    ids = accounts(salesforce, 21)
    watermark = read_first(salesforce, read)
    for key in ids:
        salesforce.org.update(key, Industry="Retail")
    salesforce.org.wait(minutes=1)
    rows, reading = read("Account", *COLUMNS, since=watermark)
    assert sorted_by_id(rows) == truth(salesforce.org, "Account", COLUMNS)
    assert not reading.full
    assert len(salesforce.bulk.jobs) == 2


def test_a_change_that_was_stamped_before_a_reading_and_committed_after_it_is_read_by_the_next(
    salesforce: Counterpart, read: Reader
) -> None:
    """A transaction's changes are seen minutes after the moment that they are stamped with."""
    ids = accounts(salesforce)
    salesforce.org.wait(hours=1)
    _, reading = read("Account", *COLUMNS)
    watermark = reading.watermark()
    salesforce.org.wait(minutes=-9)
    salesforce.org.update(ids[0], Industry="Retail")
    salesforce.org.wait(minutes=30)
    rows, _ = read("Account", *COLUMNS, since=watermark)
    assert [row["Id"] for row in rows] == [ids[0]]


def test_windows_end_where_the_next_begins_so_that_a_change_at_the_very_end_is_read_exactly_once_without_overlap(
    salesforce: Counterpart, read: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The upper end is Salesforce's own time, and is not part of the window."""
    monkeypatch.setattr("icp_monitor.sources.salesforce.window.OVERLAP", salesforce.org.now - salesforce.org.now)
    watermark = read_first(salesforce, read)
    key = salesforce.org.create("Account", Name="At the very end")
    rows, reading = read("Account", *COLUMNS, since=watermark)
    assert rows == []
    salesforce.org.wait(minutes=1)
    rows, _ = read("Account", *COLUMNS, since=reading.watermark())
    assert [row["Id"] for row in rows] == [key]


def test_a_deleted_record_says_so(salesforce: Counterpart, read: Reader) -> None:
    ids = accounts(salesforce)
    watermark = read_first(salesforce, read)
    salesforce.org.delete(ids[2])
    salesforce.org.wait(minutes=1)
    rows, _ = read("Account", *COLUMNS, since=watermark)
    assert [(row["Id"], row["IsDeleted"]) for row in rows] == [(ids[2], "true")]


def test_an_undeleted_record_comes_back_as_it_is(salesforce: Counterpart, read: Reader) -> None:
    ids = accounts(salesforce)
    salesforce.org.delete(ids[2])
    watermark = read_first(salesforce, read)
    salesforce.org.undelete(ids[2])
    salesforce.org.wait(minutes=1)
    rows, _ = read("Account", *COLUMNS, since=watermark)
    assert rows == truth(salesforce.org, "Account", COLUMNS, touched(salesforce, ids[2]))
    assert rows[0]["IsDeleted"] == "false"


def test_a_merged_account_names_the_one_that_survives_and_its_deals_move_there(
    salesforce: Counterpart, read: Reader
) -> None:
    """Only the loser's MasterRecordId links the two, and only until it leaves the recycle bin."""
    winner, loser, *_ = accounts(salesforce)
    deal = salesforce.org.create("Opportunity", AccountId=loser, StageName="Proposal")
    watermark = read_first(salesforce, read)
    salesforce.org.merge(winner, loser)
    salesforce.org.wait(minutes=1)
    rows, _ = read("Account", *COLUMNS, since=watermark)
    gone = next(row for row in rows if row["Id"] == loser)
    assert (gone["IsDeleted"], gone["MasterRecordId"]) == ("true", winner)
    deals, _ = read("Opportunity", "Id", "AccountId", since=watermark)
    assert deals == [{"Id": deal, "AccountId": winner}]


def test_records_with_one_time_stamp_are_all_read_also_across_pages(salesforce: Counterpart, read: Reader) -> None:
    """A mass update stamps thousands of records with the same second."""
    ids = accounts(salesforce, 12)
    watermark = read_first(salesforce, read)
    salesforce.rest.page_size = 5
    for key in ids:
        salesforce.org.update(key, Industry="Retail")
    salesforce.org.wait(minutes=1)
    rows, _ = read("Account", *COLUMNS, since=watermark)
    assert sorted_by_id(rows) == truth(salesforce.org, "Account", COLUMNS)


def test_after_two_weeks_without_a_reading_everything_is_read_again(salesforce: Counterpart, read: Reader) -> None:
    """Deleted records leave the recycle bin after 15 days; then nothing but their absence tells of them."""
    ids = accounts(salesforce)
    watermark = read_first(salesforce, read)
    salesforce.org.delete(ids[0])
    salesforce.org.wait(days=16)
    salesforce.org.purge(ids[0])
    rows, reading = read("Account", *COLUMNS, since=watermark)
    assert reading.full
    assert sorted(str(row["Id"]) for row in rows) == ids[1:]


def test_histories_are_never_taken_for_complete(salesforce: Counterpart, read: Reader) -> None:
    """Salesforce forgets field history after 18 to 24 months: a row that is missing was not deleted."""
    key = accounts(salesforce, 1)[0]
    salesforce.org.update(key, Industry="Retail")
    columns = ("Id", "AccountId", "CreatedDate", "Field", "OldValue", "NewValue")
    salesforce.org.wait(hours=1)
    rows, reading = read("AccountHistory", *columns)
    assert rows == truth(salesforce.org, "AccountHistory", columns)
    assert not reading.full
    salesforce.org.wait(days=40)
    salesforce.org.update(key, Industry="Energy")
    salesforce.org.wait(minutes=1)
    rows, later = read("AccountHistory", *columns, since=reading.watermark())
    assert [(row["Field"], row["OldValue"], row["NewValue"]) for row in rows] == [("Industry", "Retail", "Energy")]
    assert not later.full


def test_a_record_that_changes_while_everything_is_read_is_not_left_out(
    salesforce: Counterpart, read: Reader, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Left out of a full reading it would be taken for deleted."""
    ids = accounts(salesforce)
    answer = salesforce.answer

    def changing(request: Request) -> Any:
        if request.path.endswith("/jobs/query"):
            salesforce.org.wait(minutes=1)
            salesforce.org.update(ids[0], Industry="Retail")
        return answer(request)

    monkeypatch.setattr(salesforce, "answer", changing)
    rows, _ = read("Account", *COLUMNS)
    assert sorted(str(row["Id"]) for row in rows) == ids


def test_a_record_that_no_longer_meets_the_condition_counts_as_deleted(salesforce: Counterpart, read: Reader) -> None:
    """An account that becomes a partner would otherwise stay among the customers for ever."""
    ids = accounts(salesforce, 3)
    for key in ids:
        salesforce.org.update(key, Type="Customer")
    table = {"where": "Type = 'Customer' AND Industry != 'Test'"}
    watermark = read_first(salesforce, read, **table)
    salesforce.org.update(ids[0], Type="Partner")
    salesforce.org.update(ids[1], Name="Renamed")
    salesforce.org.wait(minutes=1)
    rows, _ = read("Account", *COLUMNS, since=watermark, **table)
    assert {row["Id"]: row["IsDeleted"] for row in rows} == {ids[0]: "true", ids[1]: "false"}


def test_where_no_column_says_deleted_a_condition_only_keeps_records_away(
    salesforce: Counterpart, read: Reader
) -> None:
    ids = accounts(salesforce, 2)
    columns = ("Id", "Type")
    salesforce.org.wait(hours=1)
    _, reading = read("Account", *columns, where="Type != 'Partner'")
    salesforce.org.update(ids[0], Type="Partner")
    salesforce.org.update(ids[1], Type="Customer")
    salesforce.org.wait(minutes=1)
    rows, _ = read("Account", *columns, since=reading.watermark(), where="Type != 'Partner'")
    assert rows == [{"Id": ids[1], "Type": "Customer"}]


def test_pages_are_fetched_as_they_are_needed_so_that_memory_stays_flat(
    salesforce: Counterpart, client_credentials: Connection
) -> None:
    for number in range(4_000):
        salesforce.org.create("Account", Name=str(number))
    salesforce.bulk.page_size = 500
    columns = ("Id", "Name")
    reading = SalesforceObjects(source_of("Account", columns), client_credentials).read("accounts", columns, None)
    fetched = []
    for batch in reading.batches:
        fetched.append(sum(request.path.endswith("/results") for request in salesforce.requests))
        assert fetched[-1] <= batch["record:number"][-1].as_py() / 500 + 1
    assert fetched == [3, 5, 7, 8]


def test_the_stages_of_a_deal_come_whole_whenever_the_deal_changed(salesforce: Counterpart, read: Reader) -> None:
    """A row of OpportunityHistory may tell of another amount only; the row before it tells."""
    columns = ("Id", "OpportunityId", "StageName", "Amount", "CreatedDate")
    changed = salesforce.org.create("Opportunity", StageName="Prospecting", Amount=10.0)
    salesforce.org.create("Opportunity", StageName="Prospecting", Amount=20.0)
    salesforce.org.wait(days=1)
    salesforce.org.update(changed, StageName="Proposal")
    salesforce.org.wait(hours=1)
    _, reading = read("OpportunityHistory", *columns)
    salesforce.org.wait(minutes=1)
    salesforce.org.update(changed, Amount=11.0)
    salesforce.org.wait(minutes=1)
    rows, _ = read("OpportunityHistory", *columns, since=reading.watermark())
    assert rows == truth(
        salesforce.org, "OpportunityHistory", columns, lambda record: record["OpportunityId"] == changed
    )
    assert [row["Amount"] for row in rows] == ["10", "10", "11"]
