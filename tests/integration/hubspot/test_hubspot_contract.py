"""Our portal answers as HubSpot describes its own answers, so that reading it proves something."""

from __future__ import annotations

import functools
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import jsonschema
import pytest
from hubspot.crm import pipelines, properties

from icp_monitor.config.connection import Connection
from icp_monitor.errors import SourceError
from icp_monitor.sources.hubspot.access import access_of
from icp_monitor.sources.hubspot.api import Api
from tests.counterparts.hubspot.answers import Answer
from tests.counterparts.hubspot.portal import Portal
from tests.counterparts.hubspot.server import Fault, Server

DATA = os.environ.get("ICP_SHARED_DATA")  # noqa: TID251 - where the data for tests lie
CONTRACTS = (Path(DATA) if DATA else Path(__file__).parents[4] / "shared" / "data").parent / "contracts" / "hubspot"
DESCRIBED = ("objects", "associations")

Read = Callable[..., tuple[list[dict[str, str | None]], str | None]]


@pytest.fixture
def descriptions() -> list[dict[str, Any]]:
    """HubSpot's published descriptions of its objects and associations."""
    if not CONTRACTS.is_dir():
        pytest.skip(f"HubSpot's published descriptions are not at {CONTRACTS}; ICP_SHARED_DATA names their sibling")
    return [json.loads((CONTRACTS / f"{name}.json").read_text()) for name in DESCRIBED]


@pytest.fixture
def eventful(portal: Portal) -> Portal:
    """A portal with one of everything."""
    first, second = (portal.create("companies", name=name) for name in ("First", "Second"))
    portal.archive("companies", portal.create("companies", name="Gone"))
    portal.merge("companies", first, second)
    for number in range(120):
        deal = portal.create("deals", dealname=f"Deal {number}", dealstage="closedwon", amount="10")
        portal.update("deals", deal, dealstage="closedlost")
        if number % 2:
            portal.associate("deals", deal, "companies", first, primary=bool(number % 3))
    return portal


def _matches(template: str, path: str) -> bool:
    pairs = list(zip(template.split("/"), path.split("/"), strict=False))
    return template.count("/") == path.count("/") and all(one == two or one.startswith("{") for one, two in pairs)


def _is_empty_property(error: jsonschema.ValidationError) -> bool:
    """HubSpot gives null for a property without a value, and describes every value as text."""
    return error.instance is None and "properties" in error.path


def _resolved(described: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    return functools.reduce(lambda part, key: part[key], node["$ref"].removeprefix("#/").split("/"), described)


def _violations(descriptions: list[dict[str, Any]], asked: str, answer: Answer) -> list[str]:
    method, path = asked.split(" ")
    for described in descriptions:
        for template, operations in described["paths"].items():
            if _matches(template, path) and method.lower() in operations:
                responses = operations[method.lower()]["responses"]
                response = responses.get(str(answer.status)) or _resolved(described, responses["default"])
                schema = next(iter(response["content"].values()))["schema"] | {"components": described["components"]}
                checker = jsonschema.Draft202012Validator(schema, format_checker=jsonschema.FormatChecker())
                found = [error for error in checker.iter_errors(answer.body) if not _is_empty_property(error)]
                return [f"{asked} {answer.status}: {error.message}" for error in found]
    raise AssertionError(f"{asked} is not described")


@pytest.mark.usefixtures("eventful")
def test_every_answer_of_our_portal_is_one_that_hubspot_describes(
    portal: Portal,
    server: Server,
    connection: Connection,
    read: Read,
    descriptions: list[dict[str, Any]],
    accounts: dict[str, Any],
    opportunities: dict[str, Any],
    stage_events: dict[str, Any],
) -> None:
    for since in (None, portal.now.isoformat()):
        read("accounts", accounts, since)
        read("opportunities", opportunities, since)
        read("stage_events", stage_events, since)
    api = Api(access_of(connection))
    api.post("/crm/v3/objects/deals/batch/read", {"inputs": [{"id": "1"}]})
    server.faults.append(Fault("/crm/v3/objects", status=503, times=1))
    api.get("/crm/v3/objects/deals")
    portal.scopes_withheld = {"crm.objects.companies.read"}
    for refused in ("companies", "unheard_of"):
        with pytest.raises(SourceError):
            api.get(f"/crm/v3/objects/{refused}")
    with pytest.raises(SourceError):
        api.search("deals", {"limit": 201})
    told = [pair for pair in zip(server.asked, server.answered, strict=True) if "/objects/" in pair[0]]
    told += [pair for pair in zip(server.asked, server.answered, strict=True) if "/associations/" in pair[0]]
    assert {answer.status for _, answer in told} == {200, 207, 400, 403, 503}
    assert [violation for pair in told for violation in _violations(descriptions, *pair)] == []


@pytest.mark.usefixtures("eventful")
def test_the_models_of_hubspots_own_client_take_our_descriptions_of_properties_and_pipelines(
    server: Server, connection: Connection
) -> None:
    """A model of the client refuses a field that is required and missing, or of a value that is not allowed."""
    token = connection.password.get_secret_value() if connection.password else ""
    for package, make, path in (
        (properties, "CoreApi", "properties"),
        (pipelines, "PipelinesApi", "pipelines"),
    ):
        configuration = package.Configuration(host=server.url)
        configuration.access_token, configuration.client_side_validation = token, True
        found = getattr(package, make)(package.ApiClient(configuration)).get_all("deals").results
        body = Api(access_of(connection)).get(f"/crm/v3/{path}/deals").content
        assert len(found) == len(body["results"]) > 0
