"""Which way into Salesforce does a connection describe? Read as Airflow's Salesforce hook reads it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from icp_monitor.config.connection import Connection
from icp_monitor.errors import Problem, SourceError

_PREFIX = "extra__salesforce__"
_EXTRAS = {
    "security_token": "security_token",
    "domain": "domain",
    "session_id": "session_id",
    "instance": "instance",
    "instance_url": "instance_url",
    "organizationId": "organization_id",
    "version": "version",
    "client_id": "client_id",
    "consumer_key": "consumer_key",
    "consumer_secret": "consumer_secret",
    "privatekey_file": "private_key_file_path",
    "privatekey": "private_key",
}
_SECRETS = ("password", "security_token", "session_id", "consumer_secret", "privatekey")
_SHORTEST_SECRET = 4
RESERVE = 0.1


def login_arguments(connection: Connection) -> dict[str, Any]:
    """The keyword arguments of ``simple_salesforce.Salesforce``, without those that the connection leaves empty.

    Which of them are there decides how the client logs in: user name with password and security token; a session's id
    with its instance; user name and password from a trusted network; an OAuth password; a signed JWT; or client
    credentials.
    """
    given: dict[str, Any] = {name: _extra(connection.extra, key) for name, key in _EXTRAS.items()}
    password = connection.password.get_secret_value() if connection.password else None
    given |= {"username": connection.login, "password": password}
    return {name: value for name, value in given.items() if value is not None}


def proxies(connection: Connection) -> dict[str, str]:
    """The proxy for each scheme; one address alone, or JSON, may be written as text.

    Raises:
        SourceError: it is neither.
    """
    given = _extra(connection.extra, "proxies")
    try:
        if isinstance(given, str):
            given = json.loads(given) if given.lstrip().startswith("{") else {"http": given, "https": given}
        return dict(given or {})
    except (TypeError, ValueError):
        where, cure = f"connection {connection.name}: proxies", 'write http://proxy:8080 or {"https": "…"}'
        raise SourceError(Problem(where, "can't be read", cure=cure)) from None


def reserve(connection: Connection) -> float:
    """The share of the organisation's daily calls that is left to others: ``reserve`` among the extras, or a tenth.

    Raises:
        SourceError: it is no share.
    """
    given = _extra(connection.extra, "reserve")
    try:
        share = RESERVE if given is None else float(given)
    except ValueError:
        share = 1.0
    if not 0 <= share < 1:
        where = f"connection {connection.name}: reserve"
        raise SourceError(Problem(where, "is no share of the day's calls", repr(given), "write 0.1 for a tenth"))
    return share


def without_secrets(text: str, arguments: Mapping[str, Any]) -> str:
    """``text`` with every secret of the arguments struck out."""
    for name in _SECRETS:
        secret = str(arguments.get(name, ""))
        if len(secret) >= _SHORTEST_SECRET:
            text = text.replace(secret, "…")
    return text


def _extra(extras: Mapping[str, Any], name: str) -> Any:
    """A plain name wins over a prefixed one, even when it is empty; empty means not given."""
    return extras.get(name, extras.get(f"{_PREFIX}{name}")) or None
