"""The connector for each kind of source."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from icp_monitor.config.connection import Connection
from icp_monitor.config.sources import CsvSource, HubSpotSource, SalesforceSource, Source
from icp_monitor.errors import Problem, SourceError
from icp_monitor.sources.connector import Connector
from icp_monitor.sources.csv_source import CsvFiles

if TYPE_CHECKING:
    from icp_monitor.config.sources import SqlSource

Connections = Callable[[str], Connection]


def connect(source_id: str, source: Source, folder: Path, connections: Connections) -> Connector:
    """What reads a source; ``folder`` is where its files lie, ``connections`` finds the others by name.

    Raises:
        SourceError: what the kind of source needs is not installed, or its connection can't be used.
        ConfigError: there is no such connection.
    """
    if isinstance(source, CsvSource):
        return CsvFiles(source, folder)
    connection = connections(source.connection)
    try:
        if isinstance(source, SalesforceSource):
            from icp_monitor.sources.salesforce import SalesforceObjects

            return SalesforceObjects(source, connection)
        if isinstance(source, HubSpotSource):
            from icp_monitor.sources.hubspot import HubSpotObjects

            return HubSpotObjects(source, connection)
        return _database(source, connection)
    except ImportError as error:
        cure = f"pip install 'icp-monitor[{source.kind}]'"
        raise SourceError(Problem(source_id, f"{error.name} is not installed", cure=cure)) from error


def _database(source: SqlSource, connection: Connection) -> Connector:
    from icp_monitor.sources.sql import Database

    return Database(source, connection)
