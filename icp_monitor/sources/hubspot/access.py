"""Which portal, and with which token? Read from a connection."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import SecretStr

from icp_monitor.config.connection import Connection
from icp_monitor.errors import Problem, SourceError

_SCHEMES = ("http", "https")


@dataclass(frozen=True)
class Access:
    """The token of a private app; ``host`` is the API's address where it isn't HubSpot's own."""

    connection: str
    token: SecretStr
    host: str | None = None


def access_of(connection: Connection) -> Access:
    """The token is the connection's password or ``access_token`` among its extras.

    Raises:
        SourceError: the connection holds no token.
    """
    token = connection.password or connection.extra.get("access_token")
    if not token:
        cure = "store the access token of a HubSpot private app as its password"
        raise SourceError(Problem(f"connection {connection.name}", "it holds no access token", cure=cure))
    secret = token if isinstance(token, SecretStr) else SecretStr(str(token))
    return Access(connection.name, secret, _address(connection))


def _address(connection: Connection) -> str | None:
    """A host without a scheme is reached over TLS, unless the connection's schema says http."""
    if not connection.host:
        return None
    host = connection.host.rstrip("/")
    if "://" in host:
        return host
    scheme = connection.schema if connection.schema in _SCHEMES else "https"
    return f"{scheme}://{host}" + (f":{connection.port}" if connection.port else "")
