"""A whole pull into the warehouse: what is stored is what Salesforce holds, whatever happens on the way."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from pyarrow import dataset as ds

from icp_monitor.errors import SourceError
from tests.counterparts.salesforce.exchange import Mishap, RefusalError
from tests.counterparts.salesforce.server import Counterpart
from tests.integration.salesforce.installation import (
    CONFIG,
    KEYS,
    Installation,
    assert_stored_is_true,
    business_day,
    outcome,
    outcomes_of,
    populate,
)

pytestmark = pytest.mark.slow


@pytest.fixture
def installation(tmp_path: Path, salesforce: Counterpart) -> Installation:
    """An installation beside an org of some companies with their deals, which comes in small pages."""
    shutil.copytree(CONFIG, tmp_path / "config")
    salesforce.rest.page_size = salesforce.bulk.page_size = 4
    populate(salesforce.org)
    return Installation(tmp_path, salesforce.org)


def test_a_first_pull_stores_everything_and_a_second_one_nothing(installation: Installation) -> None:
    summary = installation.pull()
    assert_stored_is_true(installation)
    assert not any(summary.quarantined.values())
    installation.org.wait(minutes=5)
    assert not any(installation.pull().changed.values())
    assert_stored_is_true(installation)


def test_every_kind_of_change_is_stored_once(installation: Installation) -> None:
    """Changed, new, deleted, undeleted, merged and late records, each in a pull of its own."""
    org = installation.org
    accounts = [record["Id"] for record in org.records("Account")]
    deals = [record["Id"] for record in org.records("Opportunity")]
    changes: tuple[tuple[Callable[[], object], int], ...] = (
        (lambda: org.update(accounts[0], Industry="Energy", NumberOfEmployees=7), 1),
        (lambda: org.create("Account", Name="New", Industry="Retail"), 1),
        (lambda: org.delete(accounts[1]), 3),  # its two deals go with it
        (lambda: org.undelete(accounts[1]), 3),
        (lambda: org.merge(accounts[2], accounts[3]), 3),
        (lambda: org.update(deals[0], Amount=99.99), 1),
        (lambda: org.update(deals[9], Loss_Reason__c=None), 0),
        (lambda: org.delete(deals[0]), 1),
    )
    installation.pull()
    for change, rows in changes:
        org.wait(hours=1)
        change()
        org.wait(minutes=1)
        summary = installation.pull()
        of_records = ("raw_accounts", "raw_opportunities")
        assert sum(summary.changed[name] for name in of_records) == rows, change
        assert_stored_is_true(installation)


def test_a_merged_account_is_stored_with_the_one_that_survives(installation: Installation) -> None:
    """The loser leaves the recycle bin after 15 days, and with it the only link between the two."""
    org = installation.org
    winner, loser = (record["Id"] for record in org.records("Account")[:2])
    installation.pull()
    org.wait(hours=1)
    org.merge(winner, loser)
    org.wait(minutes=1)
    installation.pull()
    rows = ds.dataset(installation.folder / "warehouse" / "raw_accounts", partitioning="hive").to_table().to_pylist()
    assert [(row["deleted"], row["merged_into"]) for row in rows if row["account_id"] == loser] == [
        (False, None),
        (True, winner),
    ]


def test_what_an_account_was_before_the_first_pull_is_known_from_its_field_history(installation: Installation) -> None:
    org = installation.org
    account = org.records("Account")[0]
    before, changed = account["Industry"], business_day(org.now)
    org.update(account["Id"], Industry="Energy")
    org.wait(days=3)
    installation.pull()
    folder = installation.folder / "warehouse" / "raw_account_history"
    rows = ds.dataset(folder, partitioning="hive").to_table().to_pylist()
    versions = sorted((row["changed_on"], row["industry"]) for row in rows if row["account_id"] == account["Id"])
    assert [industry for _, industry in versions] == [before, "Energy"]
    assert versions[1][0] == changed


def test_a_change_that_was_committed_late_is_stored_by_the_next_pull(installation: Installation) -> None:
    org = installation.org
    installation.pull()
    org.wait(minutes=-9)
    org.update(org.records("Account")[0]["Id"], Industry="Energy")
    org.wait(minutes=20)
    assert installation.pull().changed["raw_accounts"] == 1
    assert_stored_is_true(installation)


BUSY = RefusalError(503, "SERVER_UNAVAILABLE", "too busy")
SLOW_DOWN = RefusalError(429, "TOO_MANY_REQUESTS", "slow down")
TROUBLE: dict[str, Callable[[], list[Mishap]]] = {
    "429 everywhere": lambda: [Mishap("/services/data", SLOW_DOWN, times=3)],
    "503 bursts": lambda: [Mishap(path, BUSY, times=4) for path in (r"v59\.0/$", "/results", "/queryAll", "/describe")],
    "sockets that drop mid-page": lambda: [Mishap(path, cut=True, after=1) for path in ("/results", "/queryAll")],
    "a session that ends mid-job": lambda: [Mishap(path, expire=True, after=1) for path in ("/results", "/queryAll")],
}


@pytest.mark.parametrize("mishaps", TROUBLE.values(), ids=TROUBLE)
def test_trouble_on_the_way_leaves_no_trace_in_what_is_stored(
    installation: Installation, salesforce: Counterpart, mishaps: Callable[[], list[Mishap]]
) -> None:
    for _ in range(2):
        salesforce.mishaps = mishaps()
        installation.pull()
        assert_stored_is_true(installation)
        assert any(mishap.times == 0 for mishap in salesforce.mishaps)
        for number in range(9):
            installation.org.update(installation.org.records("Account")[number]["Id"], Industry="Energy")
        installation.org.wait(minutes=1)


def test_a_pull_that_meets_the_days_limit_stores_nothing_and_the_next_one_is_complete(
    installation: Installation, salesforce: Counterpart
) -> None:
    org = installation.org
    installation.pull()
    before = installation.stored("raw_accounts")
    org.wait(hours=1)
    org.update(org.records("Account")[0]["Id"], Industry="Energy")
    org.wait(minutes=1)
    limit = RefusalError(403, "REQUEST_LIMIT_EXCEEDED", "TotalRequests Limit exceeded.")
    salesforce.mishaps = [Mishap("queryAll", limit, after=1, times=100)]
    with pytest.raises(SourceError, match="pull again tomorrow; nothing is lost"):
        installation.pull()
    assert installation.stored("raw_accounts") == before
    salesforce.mishaps = []
    org.wait(hours=20)
    installation.pull()
    assert_stored_is_true(installation)


PULL = """
import sys
from pathlib import Path
from tests.counterparts.salesforce import resolver
from icp_monitor import pipeline
from icp_monitor.settings import Settings
import os
resolver.install(int(sys.argv[1]))
pipeline.pull(Settings.from_environment(os.environ, Path(sys.argv[2])))
"""


def test_a_pull_that_is_killed_between_two_pages_stores_nothing_and_the_next_one_is_complete(
    installation: Installation, salesforce: Counterpart
) -> None:
    held = Mishap("/results", stuck=True, after=2)
    salesforce.mishaps.append(held)
    environment = {**os.environ, **installation.environment}  # noqa: TID251 - what the tests were started with
    command = [sys.executable, "-c", PULL, str(salesforce.port), str(installation.folder)]
    process = subprocess.Popen(command, env=environment, cwd=Path(__file__).parents[3])
    assert held.reached.wait(60)
    process.send_signal(signal.SIGKILL)
    assert process.wait() == -signal.SIGKILL
    held.go_on.set()
    assert all(installation.stored(name) == [] for name in KEYS)
    installation.org.wait(minutes=1)
    installation.pull()
    assert_stored_is_true(installation)
    assert installation.pull().changed["raw_accounts"] == 0


def test_a_lost_deal_keeps_its_stale_close_date_and_counts_from_the_day_it_entered_the_closed_stage(
    installation: Installation,
) -> None:
    """Salesforce brings a close date in the future to today when a deal is won, and never when it is lost.

    Dated by their close dates, won and lost deals would sit in different quarters.
    """
    org = installation.org
    account = org.records("Account")[0]["Id"]
    plans = {"future": org.now.date() + timedelta(days=60), "past": org.now.date() - timedelta(days=60)}
    deals = {
        (plan, stage): org.create(
            "Opportunity", AccountId=account, StageName="Prospecting", CloseDate=day, Amount=5.0, Name=plan
        )
        for plan, day in plans.items()
        for stage in ("Closed Won", "Closed Lost")
    }
    org.wait(days=5)
    for (_, stage), key in deals.items():
        org.update(key, StageName=stage)
    decided = business_day(org.now)
    org.wait(days=10)
    for key in deals.values():
        org.update(key, Amount=6.0)  # leaves a row of history in the closed stage, which is no second decision
    org.wait(days=1)
    said = {record["Id"]: record["CloseDate"] for record in org.records("Opportunity")}
    assert said[deals["future", "Closed Won"]] == decided
    assert said[deals["future", "Closed Lost"]] == plans["future"]
    assert said[deals["past", "Closed Won"]] == said[deals["past", "Closed Lost"]] == plans["past"]
    installation.pull()
    assert_stored_is_true(installation)
    outcomes = outcomes_of(installation)
    assert {key: outcomes[deals[key]] for key in deals} == {
        (plan, stage): (outcome({"StageName": stage}), decided) for plan, stage in deals
    }
