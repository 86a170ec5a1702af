"""Tiers go back into HubSpot: only what differs, a hundred at a time, told by record, over real HTTP."""

from __future__ import annotations

import pytest

from icp_monitor.config.connection import Connection
from icp_monitor.delivery.crm.hubspot import HubSpotProperties
from icp_monitor.delivery.crm.target import Change, Failure
from icp_monitor.sources.hubspot.access import access_of
from icp_monitor.sources.hubspot.api import Api
from tests.counterparts.hubspot.portal import Portal
from tests.counterparts.hubspot.server import Fault, Server
from tests.counterparts.hubspot.updates import Updates

TIER, SCORE = "icp_tier", "icp_score"


@pytest.fixture
def updates(monkeypatch: pytest.MonkeyPatch) -> Updates:
    made = Updates()
    made.install(monkeypatch)
    return made


@pytest.fixture
def companies(portal: Portal) -> list[str]:
    """More than a page of them."""
    portal.define("companies", icp_tier="string", icp_score="number", legacy_id="string")
    return [portal.create("companies", name=f"Company {number}", legacy_id=f"L{number}") for number in range(120)]


@pytest.fixture
def target(companies: list[str], connection: Connection, updates: Updates) -> HubSpotProperties:
    del companies, updates
    return HubSpotProperties(Api(access_of(connection)), "companies", None, [TIER, SCORE])


def test_what_was_written_is_what_is_held(target: HubSpotProperties, companies: list[str], updates: Updates) -> None:
    assert target.refusals() == []
    assert target.held() == {key: {TIER: None, SCORE: None} for key in companies}
    assert target.update([Change(key, {TIER: "Tier 1", SCORE: "81.5"}) for key in companies[:100]]) == []
    held = target.held()
    assert [held[key][TIER] for key in companies] == ["Tier 1"] * 100 + [None] * 20
    assert updates.batches == [100]
    assert target.batch == 100


def test_a_value_that_is_gone_is_emptied(target: HubSpotProperties, companies: list[str]) -> None:
    target.update([Change(companies[0], {TIER: "Tier 1", SCORE: "81.5"})])
    target.update([Change(companies[0], {TIER: "unscored", SCORE: None})])
    assert target.held()[companies[0]] == {TIER: "unscored", SCORE: None}


def test_refused_records_are_told_one_by_one_and_the_others_are_kept(
    target: HubSpotProperties, companies: list[str], updates: Updates
) -> None:
    updates.locked.add(companies[1])
    failed = target.update([Change(key, {TIER: "Tier 2"}) for key in companies[:3]])
    assert failed == [Failure(companies[1], "Could not update some objects")]
    assert [target.held()[key][TIER] for key in companies[:3]] == ["Tier 2", None, "Tier 2"]


def test_records_are_found_by_a_property_of_the_companys_own(
    companies: list[str], connection: Connection, updates: Updates
) -> None:
    target = HubSpotProperties(Api(access_of(connection)), "companies", "legacy_id", [TIER])
    assert "L7" in target.held()
    assert target.update([Change("L7", {TIER: "Tier 3"})]) == []
    assert updates.written == [(companies[7], {TIER: "Tier 3"})]


def test_a_property_that_does_not_exist_is_refused_before_anything_is_sent(
    companies: list[str], connection: Connection, updates: Updates
) -> None:
    del companies
    (problem,) = HubSpotProperties(Api(access_of(connection)), "companies", None, ["icp_teer"]).refusals()
    assert (problem.where, problem.message) == ("HubSpot: companies.icp_teer", "there is no such property")
    assert updates.batches == []


def test_a_busy_portal_is_asked_again(
    target: HubSpotProperties, companies: list[str], server: Server, waits: list[float]
) -> None:
    server.faults.append(Fault("batch/update", status=429))
    assert target.update([Change(companies[0], {TIER: "Tier 1"})]) == []
    assert target.held()[companies[0]][TIER] == "Tier 1"
    assert waits
