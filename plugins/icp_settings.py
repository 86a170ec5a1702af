"""Where do the DAGs read and write? The environment's settings, with what Airflow's connections hold."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

from icp_monitor import pipeline
from icp_monitor.errors import ConfigError, Problem
from icp_monitor.settings import Connection, Settings

SLACK_CONNECTION = "icp_slack"
PROJECT = Path(__file__).resolve().parents[1]  # relative paths of the environment are taken from here


def environment() -> Settings:
    """The settings of the environment alone."""
    return Settings.from_environment(os.environ, PROJECT)  # noqa: TID251 - a process's environment is its input


def with_slack() -> Settings:
    """The settings of the environment, with the bot's token of the connection ``icp_slack`` where there is one.

    Raises:
        ConfigError: the connection holds no token.
    """
    from airflow.sdk import Connection
    from airflow.sdk.exceptions import AirflowNotFoundException
    from pydantic import SecretStr

    found = environment()
    try:
        slack = Connection.get(SLACK_CONNECTION)
    except AirflowNotFoundException:
        return found
    if not slack.password:
        where = f"connection {SLACK_CONNECTION}"
        raise ConfigError(Problem(where, "has no password", cure="put the bot's token there, or remove the connection"))
    base_url = slack.extra_dejson.get("base_url") or found.slack_base_url
    return replace(found, slack_token=SecretStr(slack.password), slack_base_url=base_url)


def with_sources() -> Settings:
    """The settings of the environment, with Airflow's connections for the sources that need one.

    A connection of the environment (``ICP_CONNECTION_<NAME>``) stands before Airflow's of the same name.
    """
    from airflow.sdk import Connection as AirflowConnection
    from airflow.sdk.exceptions import AirflowNotFoundException

    found = environment()
    connections = dict(found.connections)
    for name in pipeline.connection_names(found):
        if name.lower() not in connections:
            try:
                connections[name.lower()] = plain(AirflowConnection.get(name))
            except AirflowNotFoundException:
                continue  # the pull tells which connection is missing, and how to add it
    return replace(found, connections=connections)


def plain(connection: Any) -> Connection:
    """An Airflow connection as the plain values that the library takes."""
    from pydantic import SecretStr

    return Connection(
        name=connection.conn_id,
        kind=connection.conn_type or "",
        host=connection.host or None,
        port=connection.port,
        login=connection.login or None,
        password=SecretStr(connection.password) if connection.password else None,
        schema=connection.schema or None,
        extra=connection.extra_dejson,
    )


def business_calendar() -> pipeline.Calendar:
    """The calendar of the configuration, for the schedules.

    Raises:
        ConfigError: the configuration can't be used; Airflow shows every problem as the DAG's import error.
    """
    found = environment()
    try:
        return pipeline.calendar(found)
    except ConfigError as error:
        error.add_note(f"The configuration is read from ICP_CONFIG_DIR, which is {found.config_dir}.")
        raise
