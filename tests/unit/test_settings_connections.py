"""Connections are read from the environment in Airflow's notation, and never printed with their secrets."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from icp_monitor.config.connection import Connection
from icp_monitor.errors import ConfigError
from icp_monitor.settings import Settings
from icp_monitor.settings.connections import read_connection

TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"), min_size=1, max_size=12)


def values_of(connection: Connection) -> tuple[object, ...]:
    password = connection.password.get_secret_value() if connection.password else None
    place = (connection.kind, connection.host, connection.port, connection.login, password, connection.schema)
    return (*place, dict(connection.extra))


def test_a_url_and_json_give_the_same_connection() -> None:
    url = "postgres://ann%40acme:p%2Fw%20d@db.example:5433/sales?sslmode=require"
    text = json.dumps(
        {
            "conn_type": "postgres",
            "host": "db.example",
            "port": 5433,
            "login": "ann@acme",
            "password": "p/w d",
            "schema": "sales",
            "extra": {"sslmode": "require"},
        }
    )
    assert values_of(read_connection("crm", url)) == values_of(read_connection("crm", text))
    assert values_of(read_connection("crm", url))[:6] == (
        "postgres",
        "db.example",
        5433,
        "ann@acme",
        "p/w d",
        "sales",
    )


@pytest.mark.parametrize("extra", ['{"domain": "acme.my"}', {"domain": "acme.my"}])
def test_extras_may_be_json_in_json_or_nested(extra: object) -> None:
    found = read_connection("crm", json.dumps({"conn_type": "salesforce", "extra": extra}))
    assert dict(found.extra) == {"domain": "acme.my"}


def test_extras_of_a_url_may_be_json_as_airflow_writes_it() -> None:
    assert dict(read_connection("crm", "salesforce://u@/?__extra__=%7B%22domain%22%3A+%22acme.my%22%7D").extra) == {
        "domain": "acme.my"
    }


def test_every_connection_that_cant_be_read_is_named_without_its_content() -> None:
    broken = {
        "ICP_CONNECTION_CRM": "hunter2",
        "ICP_CONNECTION_ERP": '{"password": "hunter2"',
        "ICP_CONNECTION_HR": '{"pasword": "hunter2"}',
        "ICP_CONNECTION_WEB": "https://user:hunter2@host:port/",
    }
    with pytest.raises(ConfigError) as raised:
        Settings.from_environment({**broken, "ICP_CONNECTION_OK": "sqlite:////x.db"}, Path("/project"))
    assert [problem.where for problem in raised.value.problems if not isinstance(problem, str)] == list(broken)
    assert "hunter2" not in str(raised.value)


@given(login=TEXT, password=TEXT)
def test_no_printed_form_holds_the_password(login: str, password: str) -> None:
    text = json.dumps({"conn_type": "salesforce", "login": "ann", "password": f"pw{password}", "extra": {"key": login}})
    printed = repr(read_connection("crm", text))
    assert f"pw{password}" not in printed
    assert "key" not in printed


def test_settings_leave_out_what_connections_hold() -> None:
    found = Settings.from_environment({"ICP_CONNECTION_CRM": "mysql://ann:hunter2@db/sales"}, Path("/project"))
    assert found.connections["crm"].schema == "sales"
    assert "hunter2" not in repr(found)
