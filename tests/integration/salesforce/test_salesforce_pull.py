"""A whole pull into the warehouse: what is stored is what Salesforce holds, whatever happens on the way."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from pyarrow import dataset as ds

from icp_monitor import pipeline
from icp_monitor.errors import SourceError
from icp_monitor.pipeline.pulling import PullSummary
from icp_monitor.pipeline.workspace import open_workspace
from icp_monitor.settings import Settings
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities
from tests.counterparts.salesforce.exchange import Mishap, RefusalError
from tests.counterparts.salesforce.login import Keys
from tests.counterparts.salesforce.org import Org, Record
from tests.counterparts.salesforce.server import Counterpart

CONFIG = Path(__file__).parent / "config"
KEYS: dict[str, tuple[str, ...]] = {
    "raw_accounts": ("account_id",),
    "raw_opportunities": ("opportunity_id",),
    "raw_stage_events": ("opportunity_id", "entered_on", "stage"),
    "raw_leads": ("lead_id",),
    "raw_win_loss": ("opportunity_id", "origin"),
}
BERLIN = ZoneInfo("Europe/Berlin")

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class Installation:
    """A project that reads the counterpart's org; its clock is the org's."""

    folder: Path
    org: Org

    @property
    def environment(self) -> dict[str, str]:
        """What its processes are told."""
        keys = Keys()
        extra = {"consumer_key": keys.consumer_key, "consumer_secret": keys.consumer_secret, "domain": keys.domain}
        return {
            "ICP_CONFIG_DIR": str(self.folder / "config"),
            "ICP_WAREHOUSE_URL": f"file:{self.folder / 'warehouse'}",
            "ICP_LEDGER_URL": f"sqlite:///{self.folder / 'ledger.db'}",
            "ICP_OUTPUT_DIR": str(self.folder / "output"),
            "ICP_NOW": self.org.now.isoformat(),
            "ICP_CONNECTION_CRM": json.dumps({"conn_type": "salesforce", "extra": extra}),
        }

    def pull(self) -> PullSummary:
        """One pull, as the program does it."""
        (summary,) = pipeline.pull(Settings.from_environment(self.environment, self.folder))
        return summary

    def stored(self, dataset: str) -> list[Record]:
        """The newest version of each record that isn't gone."""
        folder = self.folder / "warehouse" / dataset
        rows: list[Record] = ds.dataset(folder, partitioning="hive").to_table().to_pylist() if folder.is_dir() else []
        newest: dict[tuple[Any, ...], Record] = {}
        for row in sorted(rows, key=lambda row: row["load"]):
            newest[tuple(row[name] for name in KEYS[dataset])] = row
        return [row for _, row in sorted(newest.items(), key=str) if not row["deleted"]]


@pytest.fixture
def installation(tmp_path: Path, salesforce: Counterpart) -> Installation:
    """An installation beside an org of some companies with their deals, which comes in small pages."""
    shutil.copytree(CONFIG, tmp_path / "config")
    salesforce.rest.page_size = salesforce.bulk.page_size = 4
    populate(salesforce.org)
    return Installation(tmp_path, salesforce.org)


def populate(org: Org) -> None:
    """Nine companies, two deals each: one won, one lost or open."""
    org.now = datetime(2026, 1, 5, 23, 30, tzinfo=UTC)  # in Berlin, half past midnight of the next day
    for number in range(9):
        account = org.create(
            "Account",
            Name=f"Company {number}",
            Industry=("Health", "Retail", "Energy")[number % 3],
            NumberOfEmployees=100 * number,
            BillingCountry="Germany",
            Technologies__c="AWS;SAP" if number % 2 else None,
        )
        lead = org.create("Lead", Company=f"Company {number}", LeadSource="Web")
        if number % 2:
            org.update(lead, IsConverted=True, ConvertedAccountId=account, ConvertedDate=org.now.date())
        won, other = (
            org.create("Opportunity", AccountId=account, StageName="Prospecting", Amount=1000.5 + number)
            for _ in range(2)
        )
        org.wait(days=1)
        org.update(won, StageName="Closed Won")
        if number % 2:
            org.update(other, StageName="Closed Lost", Loss_Reason__c="Price", Competitor__c="Other Inc.")
    org.wait(hours=1)


def assert_stored_is_true(installation: Installation) -> None:
    """Row counts and values equal what the counterpart holds, no more and no less."""
    org = installation.org
    alive = [record for record in org.records("Account") if not record["IsDeleted"]]
    assert [
        (row["account_id"], row["name"], row["industry"], row["employees"], row["country"], row["technologies"])
        for row in installation.stored("raw_accounts")
    ] == [
        (item["Id"], item["Name"], item["Industry"], item["NumberOfEmployees"], item["BillingCountry"], _set(item))
        for item in alive
    ]
    deals = [record for record in org.records("Opportunity") if not record["IsDeleted"]]
    assert [
        (
            row["opportunity_id"],
            row["account_id"],
            row["stage"],
            row["outcome"],
            row["amount_minor"],
            row["created_on"],
        )
        for row in installation.stored("raw_opportunities")
    ] == [
        (
            item["Id"],
            item["AccountId"],
            item["StageName"],
            _outcome(item),
            round(item["Amount"] * 100),
            _business_day(item["CreatedDate"]),
        )
        for item in deals
    ]
    leads = [record for record in org.records("Lead") if not record["IsDeleted"]]
    assert [
        (row["lead_id"], row["account_id"], row["converted_on"], row["created_on"])
        for row in installation.stored("raw_leads")
    ] == [
        (item["Id"], item["ConvertedAccountId"], item["ConvertedDate"], _business_day(item["CreatedDate"]))
        for item in leads
    ]
    reasons = [record for record in deals if record["Loss_Reason__c"]]
    assert [
        (row["opportunity_id"], row["origin"], row["reason"], row["competitor"], row["recorded_on"])
        for row in installation.stored("raw_win_loss")
    ] == [
        (item["Id"], "rep", item["Loss_Reason__c"], item["Competitor__c"], _business_day(item["LastStageChangeDate"]))
        for item in reasons
    ]
    assert {
        (row["opportunity_id"], row["entered_on"], row["stage"]) for row in installation.stored("raw_stage_events")
    } == entered_stages(org)


def entered_stages(org: Org) -> set[tuple[str, date, str]]:
    """Each stage that a deal entered, by business day: a row of history that repeats the stage is no entry."""
    entered, last = set(), dict[str, str]()
    for row in org.records("OpportunityHistory"):
        if last.get(row["OpportunityId"]) != row["StageName"]:
            entered.add((row["OpportunityId"], _business_day(row["CreatedDate"]), row["StageName"]))
        last[row["OpportunityId"]] = row["StageName"]
    return entered


def _business_day(moment: datetime) -> date:
    return moment.astimezone(BERLIN).date()


def _set(account: Record) -> str | None:
    members = account["Technologies__c"]
    return f"|{'|'.join(sorted(members.split(';')))}|" if members else None


def _outcome(deal: Record) -> str:
    return {"Closed Won": "won", "Closed Lost": "lost"}.get(deal["StageName"], "open")


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
    before, changed = account["Industry"], _business_day(org.now)
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
    decided = _business_day(org.now)
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
        (plan, stage): (_outcome({"StageName": stage}), decided) for plan, stage in deals
    }


def outcomes_of(installation: Installation) -> dict[str, tuple[str, date | None]]:
    """Outcome and date of each deal as every metric takes them."""
    settings = Settings.from_environment(installation.environment, installation.folder)
    with open_workspace(settings) as workspace, workspace.warehouse(workspace.config.icp) as (warehouse, catalogue):
        today = workspace.today
        asof = Asof(today, "restated", workspace.ledger.loads.last(), today)
        rows = warehouse.read(opportunities(catalogue, asof, with_stage_events=True)).to_pylist()
    return {row["opportunity_id"]: (row["outcome"], row["closed_on"]) for row in rows}
