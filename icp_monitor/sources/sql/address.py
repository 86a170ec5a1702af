"""Where a database is: SQLAlchemy's URL from the fields of a connection."""

from __future__ import annotations

from urllib.parse import quote

import sqlalchemy as sa

from icp_monitor.config.connection import Connection
from icp_monitor.sources.sql.dialects import SQLITE, dialect_of


def url_of(connection: Connection) -> sa.URL:
    """The URL of a connection by Airflow's fields: its schema is the database, its extras are the driver's options.

    A Snowflake connection names its account and database among the extras. SQLite's file is opened for reading only.

    >>> url_of(Connection("dwh", "postgres", "db.example", 5432, "reader", None, "sales"))
    postgresql+psycopg://reader@db.example:5432/sales
    """
    dialect = dialect_of(connection.kind)
    options = {key: str(value) for key, value in connection.extra.items() if isinstance(value, str | int | float)}
    if dialect.driver == SQLITE.driver:
        return _sqlite(connection.schema or connection.host or "")
    host = options.pop("account", None) or connection.host
    database = "/".join(part for part in (options.pop("database", None), connection.schema) if part)
    return sa.URL.create(
        dialect.driver,
        username=connection.login,
        password=connection.password.get_secret_value() if connection.password else None,
        host=host,
        port=connection.port,
        database=database or None,
        query=options,
    )


def _sqlite(path: str) -> sa.URL:
    return sa.URL.create(SQLITE.driver, database=f"file:{quote(path)}", query={"mode": "ro", "uri": "true"})
