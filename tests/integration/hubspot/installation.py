"""An installation that reads the counterpart's portal, and whether what it stores is what the portal holds."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
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
from tests.counterparts.hubspot.portal import Portal, Record, iso
from tests.counterparts.hubspot.server import Server

CONFIG = Path(__file__).parent / "config"
PAGE = (Path(__file__).parents[3] / "docs" / "hubspot.md").read_text("utf-8")
EXAMPLE = re.findall(r"```yaml\n(sources:\n.*?)```", PAGE, flags=re.DOTALL)[0]
KEYS: dict[str, tuple[str, ...]] = {
    "raw_accounts": ("account_id",),
    "raw_account_history": ("account_id", "changed_on"),
    "raw_opportunities": ("opportunity_id",),
    "raw_stage_events": ("opportunity_id", "entered_on", "stage"),
    "raw_win_loss": ("opportunity_id", "origin"),
    "raw_leads": ("lead_id",),
}
BERLIN = ZoneInfo("Europe/Berlin")
LABELS = {
    **{"qualifiedtobuy": "Qualified To Buy", "contractsent": "Contract Sent"},
    **{"closedwon": "Closed Won", "closedlost": "Closed Lost"},
}
OUTCOMES = {"closedwon": "won", "closedlost": "lost"}
HOUR = timedelta(hours=1)

Row = dict[str, Any]


@dataclass(frozen=True)
class Installation:
    """A project that reads the counterpart's portal; its clock is the portal's."""

    folder: Path
    server: Server

    @property
    def portal(self) -> Portal:
        """What it reads."""
        return self.server.portal

    @property
    def environment(self) -> dict[str, str]:
        """What its processes are told."""
        connection = {"conn_type": "hubspot", "host": self.server.url, "password": self.portal.token}
        return {
            "ICP_CONFIG_DIR": str(self.folder / "config"),
            "ICP_WAREHOUSE_URL": f"file:{self.folder / 'warehouse'}",
            "ICP_LEDGER_URL": f"sqlite:///{self.folder / 'ledger.db'}",
            "ICP_OUTPUT_DIR": str(self.folder / "output"),
            "ICP_NOW": self.portal.now.isoformat(),
            "ICP_CONNECTION_PORTAL": json.dumps(connection),
        }

    def pull(self, after: timedelta = HOUR) -> PullSummary:
        """One pull, as the program does it, some time later."""
        self.portal.now += after
        (summary,) = pipeline.pull(Settings.from_environment(self.environment, self.folder))
        return summary

    def rows(self, dataset: str) -> list[Row]:
        """Every row that was ever stored."""
        folder = self.folder / "warehouse" / dataset
        found: list[Row] = ds.dataset(folder, partitioning="hive").to_table().to_pylist() if folder.is_dir() else []
        return sorted(found, key=lambda row: row["load"])

    def stored(self, dataset: str) -> list[Row]:
        """The newest version of each record that isn't gone."""
        newest = {tuple(row[name] for name in KEYS[dataset]): row for row in self.rows(dataset)}
        return [row for _, row in sorted(newest.items(), key=str) if not row["deleted"]]


def populate(portal: Portal) -> None:
    """Nine companies, two deals and a contact each, over as many days: one deal won, one lost or open."""
    start = datetime(2026, 1, 5, 9, tzinfo=UTC)
    for number in range(9):
        at = start + timedelta(days=number)
        industry = ("BANKING", "INSURANCE", "RETAIL")[number % 3]
        size, tools = str(100 * number), "AWS;SAP" if number % 2 else ""
        company = portal.create(
            "companies", at=at, name=f"Company {number}", industry=industry, numberofemployees=size, tools=tools
        )
        portal.update("companies", company, at=at + 30 * HOUR, numberofemployees=str(100 * number + 7))
        contact = portal.create("contacts", at=at, hs_lifecyclestage_marketingqualifiedlead_date=iso(at + HOUR))
        portal.associate("contacts", contact, "companies", company, primary=True)
        won, other = (
            portal.create("deals", at=at, dealname="Deal", dealstage="qualifiedtobuy", amount=f"{1000 + number}.5")
            for _ in range(2)
        )
        for deal in (won, other):
            portal.associate("deals", deal, "companies", company, primary=True)
            portal.associate("contacts", contact, "deals", deal)
        close(portal, won, "closedwon", at + 50 * HOUR)
        if number % 2:
            close(portal, other, "closedlost", at + 60 * HOUR, closed_lost_reason="Price")


def close(portal: Portal, deal: str, stage: str, at: datetime, **more: str) -> None:
    """HubSpot itself writes the close date when a deal enters a closed stage."""
    portal.update("deals", deal, at=at, dealstage=stage, closedate=iso(at), **more)


def day(moment: datetime | str) -> date:
    """The business day of a moment."""
    return (datetime.fromisoformat(moment) if isinstance(moment, str) else moment).astimezone(BERLIN).date()


def entered(record: Record) -> list[tuple[str, date, str]]:
    """The stages that a deal entered: a version that repeats the stage is no entry."""
    versions = record.history["dealstage"]
    before = [None, *(version.value for version in versions)]
    return [
        (record.id, day(version.at), LABELS[version.value])
        for version, last in zip(versions, before, strict=False)
        if version.value != last
    ]


def company_of(portal: Portal, kind: str, record: Record) -> str | None:
    """Its only company."""
    links = portal.associations.get((kind, record.id, "companies"), [])
    return links[0].to if links else None


def assert_stored_is_true(installation: Installation) -> None:
    """Row counts and values equal what the counterpart holds, no more and no less."""
    portal = installation.portal
    labels = portal.options["companies", "industry"]
    assert [
        (row["account_id"], row["name"], row["industry"], row["employees"], row["tools"], row["created_on"])
        for row in installation.stored("raw_accounts")
    ] == [
        (item.id, said["name"], labels[said["industry"]], _number(said), _set(said), day(item.created))
        for item in portal.alive("companies")
        for said in [item.properties]
    ]
    deals = portal.alive("deals")
    assert [
        (row["opportunity_id"], row["account_id"], row["stage"], row["outcome"], row["amount_minor"], row["closed_on"])
        for row in installation.stored("raw_opportunities")
    ] == [
        (
            item.id,
            company_of(portal, "deals", item),
            LABELS[said["dealstage"]],
            OUTCOMES.get(said["dealstage"], "open"),
            round(float(said["amount"]) * 100),
            day(said["closedate"]) if said["dealstage"] in OUTCOMES else None,
        )
        for item in deals
        for said in [item.properties]
    ]
    assert {
        (row["opportunity_id"], row["entered_on"], row["stage"])
        for row in installation.stored("raw_stage_events")
        if row["opportunity_id"] in {item.id for item in deals}
    } == {event for item in deals for event in entered(item)}
    assert [(row["opportunity_id"], row["reason"]) for row in installation.stored("raw_win_loss")] == [
        (item.id, reason) for item in deals if (reason := item.properties.get("closed_lost_reason"))
    ]
    qualified = "hs_lifecyclestage_marketingqualifiedlead_date"
    assert [(row["lead_id"], row["account_id"], row["mql_on"]) for row in installation.stored("raw_leads")] == [
        (item.id, company_of(portal, "contacts", item), day(item.properties[qualified]))
        for item in portal.alive("contacts")
    ]


def _number(said: dict[str, str]) -> float | None:
    return float(said["numberofemployees"]) if said.get("numberofemployees") else None


def _set(said: dict[str, str]) -> str | None:
    return f"|{'|'.join(sorted(said['tools'].split(';')))}|" if said.get("tools") else None


def outcomes_of(installation: Installation) -> dict[str, tuple[str, date | None]]:
    """Outcome and date of each deal as every metric takes them."""
    settings = Settings.from_environment(installation.environment, installation.folder)
    with open_workspace(settings) as workspace, workspace.warehouse(workspace.config.icp) as (warehouse, catalogue):
        asof = Asof(workspace.today, "restated", workspace.ledger.loads.last(), workspace.today, has_stage_events=True)
        rows = warehouse.read(opportunities(catalogue, asof)).to_pylist()
    return {row["opportunity_id"]: (row["outcome"], row["closed_on"]) for row in rows}
