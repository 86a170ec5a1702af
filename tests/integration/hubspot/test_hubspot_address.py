"""Without an address of its own a connection leads to HubSpot's; whom to trust is the environment's to say."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from icp_monitor.config.connection import Connection
from icp_monitor.errors import SourceError
from icp_monitor.sources.hubspot.access import access_of
from icp_monitor.sources.hubspot.api import Api
from tests.counterparts.hubspot.portal import Portal
from tests.counterparts.hubspot.server import Server, serving
from tests.counterparts.salesforce.certificates import Certificates, make

REAL = socket.getaddrinfo


@pytest.fixture(scope="module")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> Certificates:
    """An authority that vouches for HubSpot's name."""
    return make(tmp_path_factory.mktemp("certificates"), ("api.hubapi.com",))


@pytest.fixture
def hubapi(portal: Portal, trusted: Certificates, monkeypatch: pytest.MonkeyPatch) -> Iterator[Server]:
    """The portal under HubSpot's own name, as a company's name server could have it."""
    for variable in ("SSL_CERT_FILE", "REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE", "HTTPS_PROXY", "https_proxy"):
        monkeypatch.delenv(variable, raising=False)
    with serving(portal, trusted.chain) as server:

        def resolve(host: Any, port: Any, *rest: Any, **options: Any) -> Any:
            mine = host == "api.hubapi.com" and port == 443
            return REAL(*(("127.0.0.1", server.server_port) if mine else (host, port)), *rest, **options)

        monkeypatch.setattr(socket, "getaddrinfo", resolve)
        yield server


@pytest.mark.parametrize("variable", ["SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"])
def test_an_authority_that_the_environment_names_is_trusted(
    hubapi: Server, trusted: Certificates, monkeypatch: pytest.MonkeyPatch, variable: str
) -> None:
    monkeypatch.setenv(variable, str(trusted.bundle))
    connection = Connection("portal", password=SecretStr(hubapi.portal.token))
    assert Api(access_of(connection)).get("/crm/v3/objects/deals", limit=1).content == {"results": []}


def test_an_authority_that_nobody_names_is_not_trusted(hubapi: Server) -> None:
    connection = Connection("portal", password=SecretStr(hubapi.portal.token))
    with pytest.raises(SourceError, match="let REQUESTS_CA_BUNDLE or SSL_CERT_FILE name its authority"):
        Api(access_of(connection)).get("/crm/v3/objects/deals", limit=1)
    assert hubapi.asked == []


def test_a_proxy_that_the_environment_names_is_asked(monkeypatch: pytest.MonkeyPatch, waits: list[float]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{port}")
    monkeypatch.delenv("NO_PROXY", raising=False)
    monkeypatch.delenv("no_proxy", raising=False)
    with pytest.raises(SourceError, match="can't be reached: ProxyError"):
        Api(access_of(Connection("portal", password=SecretStr("pat-secret")))).get("/crm/v3/objects/deals")
    assert waits


@pytest.mark.parametrize(
    ("fields", "address"),
    [
        ({}, None),
        ({"host": "gateway.example"}, "https://gateway.example"),
        ({"host": "gateway.example", "port": 8443}, "https://gateway.example:8443"),
        ({"host": "127.0.0.1", "port": 80, "schema": "http"}, "http://127.0.0.1:80"),
        ({"host": "http://127.0.0.1:4711/hubspot/"}, "http://127.0.0.1:4711/hubspot"),
    ],
)
def test_a_host_is_an_address_with_or_without_its_scheme(fields: dict[str, Any], address: str | None) -> None:
    assert access_of(Connection("portal", password=SecretStr("pat-secret"), **fields)).host == address


def test_the_token_is_the_password_or_among_the_extras_and_is_never_shown() -> None:
    for connection in (
        Connection("portal", password=SecretStr("pat-secret")),
        Connection("portal", extra={"access_token": "pat-secret"}),
    ):
        access = access_of(connection)
        assert access.token.get_secret_value() == "pat-secret"
        assert "pat-secret" not in repr(access) + str(access)
