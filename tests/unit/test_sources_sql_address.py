"""A connection by Airflow's fields or as a URL leads to the same database."""

from __future__ import annotations

import json

import pytest

from icp_monitor.settings.connections import read_connection
from icp_monitor.sources.sql.address import url_of

POSTGRES = {"host": "db.example", "port": 5433, "login": "reader", "password": "p@ss/w:rd", "schema": "sales"}


def test_airflows_fields_and_a_url_lead_to_the_same_postgresql() -> None:
    fields = read_connection("dwh", json.dumps({"conn_type": "postgres", **POSTGRES, "extra": {"sslmode": "require"}}))
    url = read_connection("dwh", "postgresql+psycopg://reader:p%40ss%2Fw%3Ard@db.example:5433/sales?sslmode=require")
    assert url_of(fields) == url_of(url)
    made = url_of(fields)
    assert (made.drivername, made.password, made.query["sslmode"]) == ("postgresql+psycopg", "p@ss/w:rd", "require")


def test_a_password_is_hidden_in_the_printed_url() -> None:
    made = url_of(read_connection("dwh", json.dumps({"conn_type": "mysql", **POSTGRES})))
    assert str(made) == "mysql+pymysql://reader:***@db.example:5433/sales"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("mysql+mysqldb://host/db", "mysql+mysqldb://host/db"),
        ("mssql://host:1433/db?driver=ODBC", "mssql+pyodbc://host:1433/db?driver=ODBC"),
        ("trino://host/catalog", "trino://host/catalog"),
        ("bigquery://project/dataset", "bigquery://project/dataset"),
        ("postgres:///crm?host=/var/run&port=5432", "postgresql+psycopg:///crm?host=%2Fvar%2Frun&port=5432"),
    ],
)
def test_each_engine_is_reached_by_its_own_driver(text: str, expected: str) -> None:
    assert url_of(read_connection("dwh", text)).render_as_string(hide_password=False) == expected


def test_a_snowflake_account_and_database_stand_among_the_extras_as_airflow_keeps_them() -> None:
    extra = {"account": "xy12345.eu-west-1", "database": "CRM", "warehouse": "LOAD", "insecure_mode": False}
    fields = {"conn_type": "snowflake", "login": "reader", "schema": "SALES", "extra": extra}
    made = url_of(read_connection("dwh", json.dumps(fields)))
    assert (made.host, made.database, made.query["warehouse"]) == ("xy12345.eu-west-1", "CRM/SALES", "LOAD")


def test_an_sqlite_file_is_opened_for_reading_only_also_where_airflow_keeps_its_path_as_the_host() -> None:
    fields = read_connection("dwh", json.dumps({"conn_type": "sqlite", "host": "/data/my crm?.db"}))
    made = url_of(fields)
    assert (made.database, dict(made.query)) == ("file:/data/my%20crm%3F.db", {"mode": "ro", "uri": "true"})
    assert url_of(read_connection("dwh", "sqlite:////data/my%20crm%3F.db")) == made
