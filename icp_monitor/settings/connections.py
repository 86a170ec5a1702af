"""Connections from the environment: ``ICP_CONNECTION_<NAME>``, as a URL or as JSON, in Airflow's notation."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from pydantic import SecretStr

from icp_monitor.config.connection import Connection
from icp_monitor.errors import ConfigError, Problem

PREFIX = "ICP_CONNECTION_"
_FIELDS = ("conn_type", "host", "port", "login", "password", "schema", "extra")


def connections_in(environ: Mapping[str, str]) -> dict[str, Connection]:
    """Every connection that ``environ`` describes, by its name in lower case.

    Raises:
        ConfigError: every one that can't be read, without its content.
    """
    found, problems = {}, []
    for variable, text in environ.items():
        if variable.startswith(PREFIX) and text:
            name = variable.removeprefix(PREFIX).lower()
            try:
                found[name] = read_connection(name, text)
            except ValueError:
                cure = 'write it as a URL (scheme://user:password@host/…) or as JSON ({"conn_type": …, "host": …})'
                problems.append(Problem(variable, "is no connection", cure=cure))
    if problems:
        raise ConfigError(*problems)
    return found


def read_connection(name: str, text: str) -> Connection:
    """The connection that ``text`` describes.

    >>> read_connection("crm", "hubspot://:secret@api.hubapi.example").host
    'api.hubapi.example'

    Raises:
        ValueError: it is neither a URL nor a JSON object with Airflow's fields.
    """
    if text.lstrip().startswith("{"):
        return _from_json(name, json.loads(text))
    return _from_url(name, text)


def _from_json(name: str, values: Mapping[str, Any]) -> Connection:
    if any(key not in _FIELDS and key != "description" for key in values):
        raise ValueError
    extra = values.get("extra") or {}
    password, port = values.get("password"), values.get("port")
    return Connection(
        name=name,
        kind=str(values.get("conn_type") or ""),
        host=values.get("host") or None,
        port=int(port) if port else None,
        login=values.get("login") or None,
        password=SecretStr(str(password)) if password else None,
        schema=values.get("schema") or None,
        extra=dict(json.loads(extra) if isinstance(extra, str) else extra),
    )


def _from_url(name: str, text: str) -> Connection:
    parts = urlsplit(text)
    if not parts.scheme or "://" not in text:
        raise ValueError
    extra: dict[str, Any] = dict(parse_qsl(parts.query, keep_blank_values=True))
    whole = extra.pop("__extra__", None)
    return Connection(
        name=name,
        kind=parts.scheme,
        host=unquote(parts.hostname) if parts.hostname else None,
        port=parts.port,
        login=unquote(parts.username) if parts.username else None,
        password=SecretStr(unquote(parts.password)) if parts.password else None,
        schema=unquote(parts.path.removeprefix("/")) or None,
        extra={**extra, **(json.loads(whole) if whole else {})},
        url=SecretStr(text),
    )
