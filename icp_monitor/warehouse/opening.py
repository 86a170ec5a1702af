"""Which warehouse a URL names."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import parse_qsl

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.errors import Problem, StorageError
from icp_monitor.warehouse.interface import Warehouse

FILE = "file:"
DUCKDB_SETTINGS = ("memory_limit", "temp_directory", "threads")
SCHEMA = "icp_monitor"
SQLITE = ("sqlite", "sqlite+pysqlite")
POSTGRESQL = ("postgresql+psycopg", "postgresql")
HARMLESS = ("host", "port", "schema")  # the parts of a URL's query that hold no secrets
CURE = "write file:/path, postgresql+psycopg://user:password@host/database or sqlite:////path"


def open_warehouse(url: str, catalogue: Catalogue) -> Warehouse:
    """The warehouse at ``url``, as a context manager.

    ``file:/path`` is a folder of Parquet files; DuckDB's memory_limit, temp_directory and threads may follow:
    ``file:/path?memory_limit=2GB&threads=4``. ``postgresql+psycopg://…`` is a database, whose tables are kept in the
    schema ``icp_monitor`` unless ``?schema=…`` names another. ``sqlite:////path`` is for small data.

    Raises:
        StorageError: the URL can't be understood, or what it names can't be opened.
    """
    if url.startswith(FILE):
        return _parquet(url.removeprefix(FILE), catalogue)
    parsed = _parsed(url)
    if parsed.drivername in SQLITE:
        return _sqlite(parsed, catalogue)
    if parsed.drivername in POSTGRESQL:
        return _postgresql(parsed.set(drivername=POSTGRESQL[0]), catalogue)
    raise StorageError(Problem("warehouse URL", "is of an unknown kind", parsed.drivername, CURE))


def _parquet(rest: str, catalogue: Catalogue) -> Warehouse:
    from icp_monitor.warehouse.parquet import ParquetWarehouse

    path, _, query = rest.partition("?")
    settings = dict(parse_qsl(query, keep_blank_values=True))
    unknown = sorted(set(settings) - set(DUCKDB_SETTINGS))
    if unknown:
        cure = f"the options are {', '.join(DUCKDB_SETTINGS)}"
        raise StorageError(Problem("warehouse URL", "has an unknown option", ", ".join(unknown), cure))
    if not path:
        raise StorageError(Problem("warehouse URL", "names no folder", FILE, CURE))
    return ParquetWarehouse(Path(path), catalogue, settings)


def _sqlite(url: sa.URL, catalogue: Catalogue) -> Warehouse:
    from icp_monitor.warehouse.engines import sqlite_engine
    from icp_monitor.warehouse.sql import SqlWarehouse

    return SqlWarehouse(sqlite_engine(url), None, catalogue, _shown(url))


def _postgresql(url: sa.URL, catalogue: Catalogue) -> Warehouse:
    from icp_monitor.warehouse.engines import postgresql_engine
    from icp_monitor.warehouse.sql import SqlWarehouse

    schema = str(url.query.get("schema", SCHEMA))
    try:
        engine = postgresql_engine(url.difference_update_query(["schema"]), schema)
    except ModuleNotFoundError as error:
        cure = "install it with: pip install 'icp-monitor[postgres]'"
        raise StorageError(Problem(_shown(url), "its driver is not installed", error.name, cure)) from error
    return SqlWarehouse(engine, schema, catalogue, _shown(url))


def _parsed(url: str) -> sa.URL:
    try:
        return sa.make_url(url)
    except (sa.exc.ArgumentError, ValueError):  # whose messages show the URL, and it may hold a password
        raise StorageError(Problem("warehouse URL", "can't be read", cure=CURE)) from None


def _shown(url: sa.URL) -> str:
    """The URL as messages may show it."""
    harmless = {name: value for name, value in url.query.items() if name in HARMLESS}
    return url.set(query=harmless).render_as_string(hide_password=True)
