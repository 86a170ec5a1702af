"""Opens the place that the configuration names."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from typing import Literal

import sqlalchemy as sa

from icp_monitor.config.export import ToCrm, ToHubSpot, ToSalesforce, ToTable
from icp_monitor.delivery.crm.hubspot import HubSpotProperties
from icp_monitor.delivery.crm.salesforce import SalesforceFields
from icp_monitor.delivery.crm.table import ScoreTable
from icp_monitor.delivery.crm.target import Target
from icp_monitor.errors import ConfigError, Problem
from icp_monitor.pipeline.export.differences import Fields
from icp_monitor.pipeline.export.scores import COLUMNS
from icp_monitor.pipeline.workspace import Workspace

Destination = Literal["file", "table", "salesforce", "hubspot"]
DIGITS = 6
_WAREHOUSE_SCHEMA = "icp_monitor"


@contextmanager
def opened(workspace: Workspace, to: Destination) -> Iterator[tuple[Target, Fields]]:
    """The target, and how it calls what it gets.

    Raises:
        ConfigError: it is not set up.
        SourceError: what it takes to reach it is not installed, or it refuses.
    """
    export = workspace.config.monitoring.export
    if to == "table":
        settings = export.table or ToTable()
        with closing(_table(workspace, settings)) as table:
            yield table, Fields({name: name for name in COLUMNS}, {}, DIGITS)
        return
    crm = export.salesforce if to == "salesforce" else export.hubspot
    if crm is None:
        cure = f"add {to}: with connection and fields under export in monitoring.yaml"
        raise ConfigError(Problem("monitoring.yaml: export", f"{to} is not set up", cure=cure))
    with _said_by(crm), closing(_crm(workspace, crm)) as target:
        yield target, Fields(crm.fields, crm.tiers, crm.digits)


def _crm(workspace: Workspace, crm: ToCrm) -> Target:
    connection, fields = workspace.connection(crm.connection), tuple(crm.fields.values())
    try:
        if isinstance(crm, ToSalesforce):
            from icp_monitor.sources.salesforce.client import Client

            return SalesforceFields(Client(connection), crm.object, crm.key, fields)
        assert isinstance(crm, ToHubSpot)
        from icp_monitor.sources.hubspot.access import access_of
        from icp_monitor.sources.hubspot.api import Api

        return HubSpotProperties(Api(access_of(connection)), crm.object, crm.key, fields)
    except ImportError as error:
        kind = "salesforce" if isinstance(crm, ToSalesforce) else "hubspot"
        cure = f"pip install 'icp-monitor[{kind}]'"
        raise ConfigError(Problem(f"export to {kind}", f"{error.name} is not installed", cure=cure)) from error


@contextmanager
def _said_by(crm: ToCrm) -> Iterator[None]:
    """Salesforce's client raises errors of its own; HubSpot's says already what is wrong."""
    if isinstance(crm, ToSalesforce):
        from icp_monitor.sources.salesforce.failures import explained

        with explained(crm.object):
            yield
    else:
        yield


def _table(workspace: Workspace, settings: ToTable) -> ScoreTable:
    if settings.connection is not None:
        url, place = _url_of(workspace, settings.connection), f"the connection {settings.connection}"
        return ScoreTable(_engine(url, place), place, settings.schema_, settings.name, COLUMNS)
    address = workspace.settings.warehouse_url
    if address.startswith("file:"):
        cure = "add table: {connection: NAME} under export in monitoring.yaml"
        raise ConfigError(Problem("monitoring.yaml: export", "the warehouse is no database, but files", cure=cure))
    url = sa.make_url(address)
    if url.get_backend_name() == "postgresql":
        schema = settings.schema_ or str(url.query.get("schema", _WAREHOUSE_SCHEMA))
        url = url.difference_update_query(["schema"]).set(drivername="postgresql+psycopg")
    else:
        schema = settings.schema_ or ""
    return ScoreTable(_engine(url, "the warehouse"), "the warehouse", schema or None, settings.name, COLUMNS)


def _url_of(workspace: Workspace, name: str) -> sa.URL:
    """Sources open SQLite for reading only; an export writes."""
    from icp_monitor.sources.sql.address import url_of

    connection = workspace.connection(name)
    if connection.kind.startswith("sqlite"):
        return sa.URL.create("sqlite", database=connection.schema or connection.host)
    return url_of(connection)


def _engine(url: sa.URL, place: str) -> sa.Engine:
    try:
        return sa.create_engine(url, hide_parameters=True)
    except (ImportError, sa.exc.NoSuchModuleError) as error:
        message = f"the driver for {url.get_backend_name()} is not installed"
        raise ConfigError(Problem(place, message, cure="install its SQLAlchemy dialect")) from error
