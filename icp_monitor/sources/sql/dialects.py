"""What differs between database engines, as data: their drivers, and how a session only reads."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Dialect:
    """One engine.

    ``driver`` is SQLAlchemy's name for it, ``package`` what must be installed. ``session`` holds the statements that
    begin every session, ``enter`` the one by which unqualified names mean those of a schema. ``isolation`` is the level
    at which all statements of a transaction see one state of the database, ``begin`` opens the transaction where the
    driver doesn't.
    """

    driver: str
    package: str
    session: tuple[str, ...] = ()
    enter: str | None = None
    isolation: str | None = None
    begin: str | None = None


POSTGRESQL = Dialect(
    "postgresql+psycopg",
    "psycopg[binary]",
    (
        "SET default_transaction_read_only = on",
        "SET client_encoding = 'UTF8'",
        "SET TIME ZONE 'UTC'",
        "SET datestyle = 'ISO, YMD'",
    ),
    "SET search_path TO {schema}",
    "REPEATABLE READ",
)
SQLITE = Dialect("sqlite+pysqlite", "Python with sqlite3", ("PRAGMA query_only = on",), begin="BEGIN")
_MYSQL = Dialect(
    "mysql+pymysql",
    "pymysql",
    (
        "SET SESSION TRANSACTION READ ONLY",
        "SET time_zone = '+00:00'",
        "SET sql_mode = CONCAT(@@sql_mode, ',PIPES_AS_CONCAT')",  # as presets write it
    ),
    "USE {schema}",
    "REPEATABLE READ",
)
_SNOWFLAKE = Dialect(
    "snowflake", "snowflake-sqlalchemy", ("ALTER SESSION SET TIMEZONE = 'UTC'",), "USE SCHEMA {schema}"
)
_BIGQUERY = Dialect("bigquery", "sqlalchemy-bigquery")

DIALECTS: Mapping[str, Dialect] = {  # by Airflow's type of connection, or the scheme of a URL
    "postgres": POSTGRESQL,
    "postgresql": POSTGRESQL,
    "sqlite": SQLITE,
    "mysql": _MYSQL,
    "mariadb": _MYSQL,
    "snowflake": _SNOWFLAKE,
    "bigquery": _BIGQUERY,
    "gcpbigquery": _BIGQUERY,
    "redshift": Dialect(
        "redshift+redshift_connector",
        "sqlalchemy-redshift redshift-connector",
        ("SET TIME ZONE 'UTC'",),
        "SET search_path TO {schema}",
    ),
    "databricks": Dialect("databricks", "databricks-sqlalchemy", enter="USE SCHEMA {schema}"),
    "mssql": Dialect("mssql+pyodbc", "pyodbc"),
    "oracle": Dialect("oracle+oracledb", "oracledb", enter="ALTER SESSION SET CURRENT_SCHEMA = {schema}"),
    "trino": Dialect("trino", "trino[sqlalchemy]", enter="USE {schema}"),
}


def dialect_of(kind: str) -> Dialect:
    """The engine of a type of connection; one that nobody knows here is left to SQLAlchemy.

    >>> dialect_of("postgres").driver
    'postgresql+psycopg'
    >>> dialect_of("mysql+mysqldb").driver
    'mysql+mysqldb'
    """
    name, _, driver = kind.partition("+")
    known = DIALECTS.get(name, Dialect(name, f"the SQLAlchemy dialect for {name}"))
    if not driver or known.driver.endswith(f"+{driver}"):
        return known
    return Dialect(kind, driver, known.session, known.enter, known.isolation, known.begin)
