"""A project that reads the counterpart's org into its own warehouse, and whether what it stores is true."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from pyarrow import dataset as ds

from icp_monitor import pipeline
from icp_monitor.pipeline.pulling import PullSummary
from icp_monitor.pipeline.workspace import open_workspace
from icp_monitor.settings import Settings
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.opportunities import opportunities
from tests.counterparts.salesforce.login import Keys
from tests.counterparts.salesforce.org import Org, Record

CONFIG = Path(__file__).parent / "config"
KEYS: dict[str, tuple[str, ...]] = {
    "raw_accounts": ("account_id",),
    "raw_opportunities": ("opportunity_id",),
    "raw_stage_events": ("opportunity_id", "entered_on", "stage"),
    "raw_leads": ("lead_id",),
    "raw_win_loss": ("opportunity_id", "origin"),
}
BERLIN = ZoneInfo("Europe/Berlin")


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
            outcome(item),
            round(item["Amount"] * 100),
            business_day(item["CreatedDate"]),
        )
        for item in deals
    ]
    leads = [record for record in org.records("Lead") if not record["IsDeleted"]]
    assert [
        (row["lead_id"], row["account_id"], row["converted_on"], row["created_on"])
        for row in installation.stored("raw_leads")
    ] == [
        (item["Id"], item["ConvertedAccountId"], item["ConvertedDate"], business_day(item["CreatedDate"]))
        for item in leads
    ]
    reasons = [record for record in deals if record["Loss_Reason__c"]]
    assert [
        (row["opportunity_id"], row["origin"], row["reason"], row["competitor"], row["recorded_on"])
        for row in installation.stored("raw_win_loss")
    ] == [
        (item["Id"], "rep", item["Loss_Reason__c"], item["Competitor__c"], business_day(item["LastStageChangeDate"]))
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
            entered.add((row["OpportunityId"], business_day(row["CreatedDate"]), row["StageName"]))
        last[row["OpportunityId"]] = row["StageName"]
    return entered


def business_day(moment: datetime) -> date:
    return moment.astimezone(BERLIN).date()


def _set(account: Record) -> str | None:
    members = account["Technologies__c"]
    return f"|{'|'.join(sorted(members.split(';')))}|" if members else None


def outcome(deal: Record) -> str:
    return {"Closed Won": "won", "Closed Lost": "lost"}.get(deal["StageName"], "open")


def outcomes_of(installation: Installation) -> dict[str, tuple[str, date | None]]:
    """Outcome and date of each deal as every metric takes them."""
    settings = Settings.from_environment(installation.environment, installation.folder)
    with open_workspace(settings) as workspace, workspace.warehouse(workspace.config.icp) as (warehouse, catalogue):
        today = workspace.today
        asof = Asof(today, "restated", workspace.ledger.loads.last(), today, has_stage_events=True)
        rows = warehouse.read(opportunities(catalogue, asof)).to_pylist()
    return {row["opportunity_id"]: (row["outcome"], row["closed_on"]) for row in rows}
