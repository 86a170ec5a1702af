"""A portal of our own behind HTTP, and sources that read it."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import SecretStr

from icp_monitor.config.connection import Connection
from icp_monitor.config.sources import HubSpotSource
from icp_monitor.sources.hubspot import HubSpotObjects
from tests.counterparts.hubspot.portal import Portal, Stage
from tests.counterparts.hubspot.server import Server, serving
from tests.integration.hubspot.installation import CONFIG, EXAMPLE, Installation, populate

NOW = datetime(2026, 3, 2, 9, 30, tzinfo=UTC)
ENOUGH = 0.25  # seconds
Rows = list[dict[str, str | None]]
Read = Callable[..., tuple[Rows, str | None]]

STAGES = {"open": ("Qualified To Buy", "Contract Sent"), "won": ("Closed Won",), "lost": ("Closed Lost",)}


@pytest.fixture
def accounts() -> dict[str, Any]:
    """Companies as accounts."""
    columns = {"account_id": "id", "name": "name", "merged_into": "merged_into", "deleted": "archived"}
    return {"object": "companies", "columns": columns}


@pytest.fixture
def opportunities() -> dict[str, Any]:
    """Deals as opportunities of their primary company."""
    own = {"opportunity_id": "id", "account_id": "associations.companies", "stage": "dealstage.label"}
    values = {"amount": "amount", "created_on": "createdate", "closed_on": "closedate", "deleted": "archived"}
    return {"object": "deals", "columns": {**own, **values}}


@pytest.fixture
def stage_events() -> dict[str, Any]:
    """The history of the deals' stages."""
    columns = {"opportunity_id": "id", "stage": "dealstage.label", "entered_on": "changed_at", "amount": "amount"}
    return {"object": "deals", "columns": columns}


@pytest.fixture
def portal() -> Portal:
    """A portal with its standard properties, one of its own, and a pipeline; without records."""
    made = Portal(NOW)
    made.define("companies", name="string", numberofemployees="number", hs_parent_company_id="number")
    made.define("companies", industry="enumeration", tools="enumeration")
    made.options["companies", "industry"] = {"BANKING": "Banking", "INSURANCE": "Insurance", "RETAIL": "Retail"}
    made.define("deals", dealname="string", dealstage="enumeration", pipeline="enumeration", dealtype="enumeration")
    made.define("deals", amount="number", deal_currency_code="enumeration", closedate="datetime")
    made.define("deals", hubspot_owner_id="enumeration", hs_analytics_source="enumeration", closed_lost_reason="string")
    made.define("contacts", hs_analytics_source="enumeration")
    for stage in ("marketingqualifiedlead", "salesqualifiedlead", "opportunity"):
        made.define("contacts", **{f"hs_lifecyclestage_{stage}_date": "datetime"})
    made.pipelines["deals"]["default"] = (
        "Sales",
        [
            Stage("qualifiedtobuy", "Qualified To Buy", is_closed=False, probability=0.2),
            Stage("contractsent", "Contract Sent", is_closed=False, probability=0.5),
            Stage("closedwon", "Closed Won", is_closed=True, probability=1.0),
            Stage("closedlost", "Closed Lost", is_closed=True, probability=0.0),
        ],
    )
    return made


@pytest.fixture
def server(portal: Portal) -> Iterator[Server]:
    """The portal behind HTTP; whatever a test does, HubSpot's limit of searches is kept."""
    with serving(portal) as started:
        yield started
    assert started.too_fast == 0


@pytest.fixture
def connection(server: Server) -> Connection:
    """The way to the portal."""
    return Connection("portal", host=server.url, password=SecretStr(server.portal.token))


@pytest.fixture
def source() -> Callable[..., HubSpotSource]:
    """Makes a source of these tables."""

    def make(**tables: Any) -> HubSpotSource:
        values = {"kind": "hubspot", "connection": "portal", "stages": STAGES, "tables": tables}
        return HubSpotSource.model_validate(values)

    return make


@pytest.fixture
def read(source: Callable[..., HubSpotSource], connection: Connection) -> Read:
    """Reads one mapped table; gives its rows by source column, and the watermark."""

    def run(name: Any, table: dict[str, Any], since: str | None = None) -> tuple[Rows, str | None]:
        columns = tuple(dict.fromkeys(table["columns"].values()))
        reading = HubSpotObjects(source(**{name: table}), connection).read(name, columns, since)
        batches = [batch.to_pydict() for batch in reading.batches]
        numbers = [number for batch in batches for number in batch["record:number"]]
        assert numbers == list(range(1, len(numbers) + 1))
        assert reading.full == (since is None)
        rows = [
            {column: batch[f"c{place}"][row] for place, column in enumerate(columns)}
            for batch in batches
            for row in range(len(batch["record:number"]))
        ]
        return rows, reading.watermark()

    return run


@pytest.fixture
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """How long each further attempt was waited for; of that, as much as the limit of searches takes."""
    waited: list[float] = []

    def wait(seconds: float) -> None:
        waited.append(seconds)
        time.sleep(min(seconds, ENOUGH))

    monkeypatch.setattr("urllib3.util.retry.time", SimpleNamespace(sleep=wait, time=time.time))
    return waited


@pytest.fixture
def installation(tmp_path: Path, server: Server) -> Installation:
    """An installation with the mapping that the documentation shows, beside a portal of some companies and deals."""
    shutil.copytree(CONFIG, tmp_path / "config")
    (tmp_path / "config" / "sources.yaml").write_text(EXAMPLE)
    populate(server.portal)
    return Installation(tmp_path, server)
