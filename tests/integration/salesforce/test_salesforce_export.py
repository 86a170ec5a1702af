"""Tiers go back into Salesforce: only what differs, told by record, over real HTTP."""

from __future__ import annotations

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from icp_monitor.config.connection import Connection
from icp_monitor.delivery.crm.salesforce import SalesforceFields
from icp_monitor.delivery.crm.target import Change, Failure
from icp_monitor.errors import SourceError
from icp_monitor.pipeline.export.targets import opened
from icp_monitor.pipeline.workspace import open_workspace
from icp_monitor.settings import Settings
from icp_monitor.sources.salesforce.client import Client
from icp_monitor.sources.salesforce.failures import explained
from tests.counterparts.salesforce import certificates, resolver
from tests.counterparts.salesforce.exchange import Mishap
from tests.counterparts.salesforce.grammar import Grammar
from tests.counterparts.salesforce.ingest import CustomOrg, Ingest
from tests.counterparts.salesforce.login import Keys
from tests.counterparts.salesforce.server import Counterpart, Server

REPOSITORY = Path(__file__).parents[3]
TIER, SCORE = "ICP_Tier__c", "ICP_Score__c"


@pytest.fixture
def org() -> CustomOrg:
    return CustomOrg(**{TIER: "string", SCORE: "double", "Legacy_Id__c": "string"})


@pytest.fixture
def writable(
    org: CustomOrg, trusted: certificates.Certificates, grammar: Grammar | None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[tuple[Counterpart, Ingest]]:
    """An org whose records can be changed by jobs."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted.bundle))
    monkeypatch.setenv("NO_PROXY", "*")
    counterpart = Counterpart(org, Keys(), grammar)
    ingest = Ingest(org, counterpart.rest)
    counterpart.rest = ingest  # type: ignore[assignment] # it answers more
    with Server(counterpart, trusted.chain) as server:
        counterpart.port = server.server_port
        resolver.install(server.server_port)
        yield counterpart, ingest
        resolver.uninstall()


@pytest.fixture
def ingest(writable: tuple[Counterpart, Ingest]) -> Ingest:
    return writable[1]


@pytest.fixture
def accounts(org: CustomOrg) -> list[str]:
    return [org.create("Account", Name=f"Account {number}", Legacy_Id__c=f"L{number}") for number in range(3)]


@pytest.fixture
def target(ingest: Ingest, client_credentials: Connection) -> SalesforceFields:
    del ingest
    return SalesforceFields(Client(client_credentials), "Account", None, [TIER, SCORE])


def test_what_was_written_is_what_is_held(target: SalesforceFields, accounts: list[str]) -> None:
    assert target.refusals() == []
    assert target.held() == {key: {TIER: None, SCORE: None} for key in accounts}
    changes = [Change(key, {TIER: "Tier 1", SCORE: "81.5"}) for key in accounts[:2]]
    assert target.update(changes) == []
    held = target.held()
    assert [held[key][TIER] for key in accounts] == ["Tier 1", "Tier 1", None]


def test_a_value_that_is_gone_is_emptied_and_not_left_alone(target: SalesforceFields, accounts: list[str]) -> None:
    """A job leaves a field alone whose cell is merely blank."""
    target.update([Change(accounts[0], {TIER: "Tier 1", SCORE: "81.5"})])
    target.update([Change(accounts[0], {TIER: "unscored", SCORE: None})])
    assert target.held()[accounts[0]] == {TIER: "unscored", SCORE: None}


def test_refused_records_are_told_one_by_one_and_the_others_are_kept(
    target: SalesforceFields, accounts: list[str], org: CustomOrg
) -> None:
    org.locked.add(accounts[1])
    failed = target.update([Change(key, {TIER: "Tier 2", SCORE: "61.0"}) for key in accounts])
    reason = "UNABLE_TO_LOCK_ROW:unable to obtain exclusive access to this record:--"
    assert failed == [Failure(accounts[1], reason)]
    assert [target.held()[key][TIER] for key in accounts] == ["Tier 2", None, "Tier 2"]


def test_records_are_found_by_a_field_of_the_companys_own(
    ingest: Ingest, client_credentials: Connection, accounts: list[str]
) -> None:
    target = SalesforceFields(Client(client_credentials), "Account", "Legacy_Id__c", [TIER])
    assert set(target.held()) == {"L0", "L1", "L2"}
    assert target.update([Change("L1", {TIER: "Tier 3"})]) == []
    assert ingest.written == [(accounts[1], {"Legacy_Id__c": "L1", TIER: "Tier 3"})]
    assert [job.operation for job in ingest.jobs.values()] == ["upsert"]


def test_a_field_that_does_not_exist_is_refused_before_anything_is_sent(
    ingest: Ingest, client_credentials: Connection
) -> None:
    target = SalesforceFields(Client(client_credentials), "Account", None, ["Tier__c", "Name"])
    (problem,) = target.refusals()
    assert (problem.where, problem.message) == (
        "Salesforce: Account.Tier__c",
        "there is no such field, or it may not be seen",
    )
    assert ingest.jobs == {}
    unknown = SalesforceFields(Client(client_credentials), "Akkount", None, [TIER])
    assert [problem.where for problem in unknown.refusals()] == ["Salesforce: Akkount"]


def test_deleted_accounts_are_left_alone(target: SalesforceFields, accounts: list[str], org: CustomOrg) -> None:
    org.delete(accounts[2])
    assert set(target.held()) == set(accounts[:2])


def test_a_session_that_ends_midway_is_renewed_and_the_job_made_again(
    writable: tuple[Counterpart, Ingest], target: SalesforceFields, accounts: list[str]
) -> None:
    """Writing the same values twice changes nothing the second time."""
    target.held()
    writable[0].mishaps.append(Mishap("/jobs/ingest", expire=True, after=1))
    assert target.update([Change(accounts[0], {TIER: "Tier 1", SCORE: "80.0"})]) == []
    assert target.held()[accounts[0]][TIER] == "Tier 1"


def test_an_outage_is_told_in_one_sentence(
    writable: tuple[Counterpart, Ingest], target: SalesforceFields, accounts: list[str]
) -> None:
    writable[0].daily_limit = 0
    with pytest.raises(SourceError, match=r"calls|REQUEST_LIMIT_EXCEEDED"), explained("Account"):
        target.held()
    del accounts


def test_the_configuration_leads_to_the_organisation(
    ingest: Ingest, accounts: list[str], tmp_path: Path, client_credentials: Connection
) -> None:
    """What `icp-monitor export --to salesforce` opens, from the configuration and a connection of the environment."""
    shutil.copytree(REPOSITORY / "config", tmp_path / "config")
    with (tmp_path / "config" / "monitoring.yaml").open("a", encoding="utf-8") as file:
        file.write(f"\nexport: {{salesforce: {{connection: crm, fields: {{tier: {TIER}, score: {SCORE}}}}}}}\n")
    connection = {"conn_type": "salesforce", "extra": dict(client_credentials.extra)}
    settings = Settings.from_environment({"ICP_CONNECTION_CRM": json.dumps(connection)}, tmp_path)
    with open_workspace(settings) as workspace, opened(workspace, "salesforce") as (target, fields):
        assert target.refusals() == []
        assert set(target.held()) == set(accounts)
        assert fields.names == {"tier": TIER, "score": SCORE}
        assert target.update([Change(accounts[0], {TIER: "tier_1", SCORE: "90.0"})]) == []
    assert [key for key, _ in ingest.written] == accounts[:1]
