"""What passes is waited for; what doesn't becomes one clear refusal, which never holds the token."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from typing import Any

import pytest
from pydantic import SecretStr

from icp_monitor.config.connection import Connection
from icp_monitor.config.sources import HubSpotSource
from icp_monitor.errors import Problem, SourceError
from icp_monitor.sources.hubspot import HubSpotObjects
from icp_monitor.sources.hubspot.access import Access, access_of
from icp_monitor.sources.hubspot.api import Api
from icp_monitor.sources.readers import readers_of
from tests.counterparts.hubspot.portal import Portal
from tests.counterparts.hubspot.server import Fault, Server

Read = Callable[..., tuple[list[dict[str, str | None]], str | None]]
Make = Callable[..., HubSpotSource]


def _refusals(source: HubSpotSource, connection: Connection, portal: Portal) -> list[Problem]:
    readers = readers_of(source, (), portal.now.date(), "EUR")
    return HubSpotObjects(source, connection).refusals("crm", readers)


@pytest.mark.parametrize(
    "fault",
    [
        Fault("/crm/v3/objects/companies", status=429, times=2, after=3),
        Fault("/crm/v3/objects/companies", status=503, times=2, after=3),
        Fault("/crm/v3/objects/companies", status=502, times=1, after=2),
        Fault("/crm/v3/objects/companies", times=1, after=3),
        Fault("/search", status=429, times=2, policy="SECONDLY"),
        Fault("/search", times=1, after=1),
        Fault("/batch/read", status=503, times=1, after=2),
        Fault("/batch/read", times=2, after=1),
    ],
    ids=lambda fault: f"{fault.status or 'dropped'} at {fault.path.rsplit('/', 1)[-1]}",
)
def test_limits_outages_and_dropped_connections_lose_no_record_and_double_none(
    portal: Portal, server: Server, read: Read, accounts: dict[str, Any], waits: list[float], fault: Fault
) -> None:
    ids = [portal.create("companies", name=f"Company {number}") for number in range(450)]
    server.faults.append(fault)
    for since in (None, portal.now.isoformat()):
        rows, _ = read("accounts", accounts, since)
        assert [row["id"] for row in rows] == ids
    assert fault.times == 0
    assert sum(waits) < 30


def test_a_limit_that_lasts_is_reported_with_its_name_after_about_a_minute(
    server: Server, read: Read, accounts: dict[str, Any], waits: list[float]
) -> None:
    server.faults.append(Fault("/crm/v3/objects", status=429, times=99, policy="DAILY"))
    with pytest.raises(SourceError, match=r"limit of requests is used up, got daily\. Cure: wait until midnight"):
        read("accounts", accounts)
    assert 45 < sum(waits) < 90


def test_the_time_that_hubspot_asks_for_is_waited_but_not_until_tomorrow(
    server: Server, connection: Connection, waits: list[float]
) -> None:
    server.faults.append(Fault("/crm/v3/objects", status=429, retry_after=7))
    server.faults.append(Fault("/crm/v3/objects", status=429, retry_after=36_000))
    Api(access_of(connection)).get("/crm/v3/objects/deals")
    assert waits == [7, 30]


def test_an_answer_that_is_not_hubspots_is_refused(server: Server, connection: Connection) -> None:
    server.faults.append(Fault("/crm/v3/objects", page="<html>Please log in</html>"))
    with pytest.raises(SourceError, match=r"the answer is no JSON object\. Cure: check the host"):
        Api(access_of(connection)).get("/crm/v3/objects/deals")


def test_an_outage_that_lasts_is_reported_with_what_hubspot_says(
    server: Server, read: Read, accounts: dict[str, Any], waits: list[float]
) -> None:
    server.faults.append(Fault("/crm/v3/objects", status=503, times=99))
    with pytest.raises(SourceError, match="HubSpot answers 503: The service is not available at the moment"):
        read("accounts", accounts)
    assert len(server.asked) == 9
    assert waits


def test_a_server_that_is_not_there_is_reported(source: Make, accounts: dict[str, Any], waits: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    connection = Connection("portal", host="127.0.0.1", port=port, schema="http", password=SecretStr("pat-secret"))
    with pytest.raises(SourceError, match="can't be reached: NewConnectionError") as caught:
        HubSpotObjects(source(accounts=accounts), connection).read("accounts", ("id",), None)
    assert "check the network and the host" in str(caught.value)
    assert waits


def test_a_server_that_never_answers_is_given_up(monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> None:
    monkeypatch.setattr("icp_monitor.sources.hubspot.api.TIMEOUT", (1.0, 0.05))
    with socket.create_server(("127.0.0.1", 0)) as silent:
        host = f"http://127.0.0.1:{silent.getsockname()[1]}"
        with pytest.raises(SourceError, match="can't be reached: ReadTimeoutError"):
            Api(Access("portal", SecretStr("pat-secret"), host)).get("/crm/v3/objects/deals")
    assert len(waits) == 8


def test_a_token_that_is_not_accepted_is_reported_without_it(
    portal: Portal, server: Server, source: Make, accounts: dict[str, Any], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    wrong = Connection("portal", host=server.url, extra={"access_token": "pat-eu1-revoked"})
    with pytest.raises(SourceError) as caught:
        _refusals(source(accounts=accounts), wrong, portal)
    assert str(caught.value) == (
        "connection portal: HubSpot doesn't accept its access token. Cure: renew the access token of the private app "
        "in HubSpot, and store it as the connection's password"
    )
    assert "pat-eu1-revoked" not in caplog.text + repr(caught.value) + repr(wrong)


def test_a_connection_without_a_token_is_refused(portal: Portal, source: Make, accounts: dict[str, Any]) -> None:
    with pytest.raises(SourceError, match="connection portal: it holds no access token"):
        _refusals(source(accounts=accounts), Connection("portal"), portal)


def test_searches_are_no_faster_than_a_portal_allows_however_fast_they_are_answered(
    server: Server, connection: Connection
) -> None:
    """The counterpart refuses more than five a second."""
    api = Api(access_of(connection))
    for _ in range(8):
        api.search("companies", {"limit": 1})
    assert server.too_fast == 0
    assert len(server.asked) == 8


def test_every_missing_scope_is_named_at_once(
    portal: Portal, source: Make, connection: Connection, accounts: dict[str, Any], opportunities: dict[str, Any]
) -> None:
    portal.scopes_withheld = {"crm.objects.companies.read", "crm.schemas.deals.read"}
    found = _refusals(source(accounts=accounts, opportunities=opportunities), connection, portal)
    assert [str(problem) for problem in found] == [
        "portal: /crm/v3/objects/companies: the private app may not read this. "
        "Cure: grant the private app the scope crm.objects.companies.read",
        "portal: /crm/v3/properties/deals: the private app may not read this. "
        "Cure: grant the private app the scope crm.schemas.deals.read",
    ]


def test_unknown_objects_and_properties_come_with_the_nearest_known_one(
    portal: Portal, source: Make, connection: Connection, accounts: dict[str, Any], opportunities: dict[str, Any]
) -> None:
    accounts["columns"]["name"] = "names"
    opportunities["object"] = "deal"
    found = _refusals(source(accounts=accounts, opportunities=opportunities), connection, portal)
    assert [str(problem) for problem in found] == [
        "sources.yaml: crm.tables.accounts.columns: companies have no property of this name, got 'names'. "
        "Cure: did you mean 'name'?",
        "sources.yaml: crm.tables.opportunities.object: the portal has no such object, got 'deal'. "
        "Cure: did you mean 'deals'?",
    ]


def test_stages_of_another_portal_are_refused_with_the_mapping_that_the_pipelines_suggest(
    portal: Portal, source: Make, connection: Connection, opportunities: dict[str, Any]
) -> None:
    opportunities["columns"]["stage"] = "dealstage"
    found = _refusals(source(opportunities=opportunities), connection, portal)
    assert [problem.cure for problem in found] == [
        "write open: [qualifiedtobuy, contractsent]; won: [closedwon]; lost: [closedlost]"
    ] * 2


def test_a_table_that_may_be_missing_is_left_out_where_the_portal_has_no_such_object(
    portal: Portal, source: Make, connection: Connection, accounts: dict[str, Any]
) -> None:
    activities = {
        "object": "2-777",
        "optional": True,
        "columns": {"activity_id": "id", "account_id": "associations.companies", "occurred_on": "createdate"},
    }
    assert HubSpotObjects(source(accounts=accounts, activities=activities), connection).offered() == ["accounts"]
    portal.scopes_withheld = {"crm.schemas.companies.read"}
    assert HubSpotObjects(source(accounts=accounts | {"optional": True}), connection).offered() == ["accounts"]
    needed = source(accounts=accounts, activities=activities | {"optional": False})
    assert HubSpotObjects(needed, connection).offered() == ["accounts", "activities"]


@pytest.mark.parametrize(
    ("where", "message"),
    [
        ("pipeline = default", "the condition is no JSON list of filters"),
        ('{"propertyName": "pipeline"}', "the condition is no JSON list of filters"),
        ('[{"propertyName": "pipe_line", "operator": "EQ", "value": "x"}]', "property pipe_line does not exist"),
        ('[{"propertyName": "pipeline", "operator": "LIKE", "value": "x"}]', "LIKE is not a valid operator"),
    ],
)
def test_a_condition_that_hubspot_does_not_understand_is_refused_with_an_example(
    portal: Portal, source: Make, connection: Connection, opportunities: dict[str, Any], where: str, message: str
) -> None:
    opportunities["where"] = where
    (found,) = _refusals(source(opportunities=opportunities), connection, portal)
    assert found.where == "sources.yaml: crm.tables.opportunities.where"
    assert message in found.message
    assert found.cure == 'write it like [{"propertyName": "pipeline", "operator": "EQ", "value": "default"}]'
