"""A whole pull from HubSpot into the warehouse: what is stored is what HubSpot holds, whatever happens between."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from threading import Event
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
from tests.counterparts.hubspot.portal import Portal, Record, iso
from tests.counterparts.hubspot.server import Fault, Server

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


@pytest.fixture
def installation(tmp_path: Path, server: Server) -> Installation:
    """An installation with the mapping that the documentation shows, beside a portal of some companies and deals."""
    shutil.copytree(CONFIG, tmp_path / "config")
    (tmp_path / "config" / "sources.yaml").write_text(EXAMPLE)
    populate(server.portal)
    return Installation(tmp_path, server)


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


def outcomes_of(installation: Installation) -> dict[str, tuple[str, date | None]]:
    """Outcome and date of each deal as every metric takes them."""
    settings = Settings.from_environment(installation.environment, installation.folder)
    with open_workspace(settings) as workspace, workspace.warehouse(workspace.config.icp) as (warehouse, catalogue):
        asof = Asof(workspace.today, "restated", workspace.ledger.loads.last(), workspace.today)
        rows = warehouse.read(opportunities(catalogue, asof, with_stage_events=True)).to_pylist()
    return {row["opportunity_id"]: (row["outcome"], row["closed_on"]) for row in rows}


def test_the_state_of_an_account_on_every_day_on_which_it_changed_is_stored(installation: Installation) -> None:
    installation.pull()
    record = installation.portal.alive("companies")[1]
    rows = [row for row in installation.stored("raw_account_history") if row["account_id"] == record.id]
    assert [(row["changed_on"], row["industry"], row["employees"], row["tools"]) for row in rows] == [
        (day(record.created), "Insurance", 100, "|AWS|SAP|"),
        (day(record.created + 30 * HOUR), "Insurance", 107, "|AWS|SAP|"),
    ]


@pytest.mark.slow
def test_more_than_ten_thousand_changes_that_share_their_moments_are_all_stored(installation: Installation) -> None:
    """A search gives no more than 10,000 results and refuses to page beyond them; an import changes as many at once."""
    installation.pull()
    portal = installation.portal
    portal.now += HOUR
    for number in range(10_350):
        portal.create("companies", name=f"Company {number}", industry="BANKING", at=portal.now)
    summary = installation.pull(after=timedelta(minutes=1))
    assert summary.changed["raw_accounts"] == 10_350
    assert_stored_is_true(installation)


TROUBLE: dict[str, Callable[[], list[Fault]]] = {
    "429 everywhere": lambda: [Fault(path, status=429, times=2) for path in ("/objects", "/search", "/properties")],
    "503 bursts": lambda: [Fault(path, status=503, times=2, after=2) for path in ("/objects", "/associations")],
    "sockets that drop mid-page": lambda: [Fault(path, times=1) for path in ("objects/deals", "companies/", "/search")],
}


@pytest.mark.parametrize("faults", TROUBLE.values(), ids=TROUBLE)
def test_trouble_on_the_way_leaves_no_trace_in_what_is_stored(
    installation: Installation, server: Server, waits: list[float], faults: Callable[[], list[Fault]]
) -> None:
    for _ in range(2):
        server.faults = faults()
        installation.pull()
        assert_stored_is_true(installation)
        assert any(fault.times == 0 for fault in server.faults)
        for record in server.portal.alive("companies"):
            server.portal.update("companies", record.id, industry="RETAIL")
    assert waits


def test_a_pull_that_meets_the_days_limit_stores_nothing_and_the_next_one_is_complete(
    installation: Installation, server: Server, waits: list[float]
) -> None:
    installation.pull()
    before = installation.stored("raw_accounts")
    server.portal.update("companies", server.portal.alive("companies")[0].id, industry="RETAIL")
    server.faults = [Fault("objects/deals/batch/read", status=429, times=99, policy="DAILY")]
    server.portal.update("deals", server.portal.alive("deals")[0].id, amount="1")
    with pytest.raises(SourceError, match="limit of requests is used up, got daily"):
        installation.pull()
    assert installation.stored("raw_accounts") == before
    server.faults = []
    installation.pull(after=20 * HOUR)
    assert_stored_is_true(installation)
    assert waits


def test_a_pull_that_is_killed_between_two_pages_stores_nothing_and_the_next_one_is_complete(
    installation: Installation, server: Server
) -> None:
    reached, go_on = Event(), Event()

    def hold() -> None:
        reached.set()
        go_on.wait(60)

    server.before_path = ("/associations/", hold)
    environment = {**os.environ, **installation.environment}  # noqa: TID251 - what the tests were started with
    command = [sys.executable, "-m", "icp_monitor.cli", "pull"]
    with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as process:
        assert reached.wait(60)
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL
    go_on.set()
    assert all(installation.stored(name) == [] for name in KEYS)
    installation.pull()
    assert_stored_is_true(installation)
    assert installation.pull().changed["raw_accounts"] == 0
