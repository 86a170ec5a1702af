"""A Salesforce of the tests' own behind the real host names, and the source that reads it."""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from pydantic import SecretStr

from icp_monitor.config.connection import Connection
from icp_monitor.sources.connector import Reading
from icp_monitor.sources.salesforce import SalesforceObjects
from tests.counterparts.salesforce import certificates, resolver
from tests.counterparts.salesforce.grammar import Grammar, GrammarUnavailableError
from tests.counterparts.salesforce.login import Keys
from tests.counterparts.salesforce.org import Org
from tests.counterparts.salesforce.server import Counterpart, Server
from tests.integration.salesforce.reading import Row, rows_in, source_of

Reader = Callable[..., tuple[list[Row], Reading]]


@pytest.fixture(scope="session")
def trusted(tmp_path_factory: pytest.TempPathFactory) -> certificates.Certificates:
    """An authority, and the server's certificate from it."""
    return certificates.make(tmp_path_factory.mktemp("certificates"))


@pytest.fixture(scope="session")
def grammar() -> Iterator[Grammar | None]:
    """The grammar of soql-parser-js; without Node or npm the counterpart's own reading of SOQL has to do."""
    try:
        running = Grammar()
    except GrammarUnavailableError as error:
        warnings.warn(f"SOQL is not checked by soql-parser-js: {error}", stacklevel=1)
        yield None
        return
    yield running
    running.close()


@pytest.fixture
def salesforce(
    trusted: certificates.Certificates, grammar: Grammar | None, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Counterpart]:
    """An org with its API, reached by its own name; all that the client is told is whom to trust."""
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(trusted.bundle))
    monkeypatch.setenv("NO_PROXY", "*")
    counterpart = Counterpart(Org(), Keys(), grammar)
    with Server(counterpart, trusted.chain) as server:
        counterpart.port = server.server_port
        resolver.install(server.server_port)
        yield counterpart
        resolver.uninstall()


@pytest.fixture(autouse=True)
def waits(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The pauses that the client made, in seconds, without their taking any time."""
    made: list[float] = []
    monkeypatch.setattr(time, "sleep", made.append)
    return made


@pytest.fixture
def client_credentials() -> Connection:
    """The connection of an integration user."""
    keys = Keys()
    extra = {"consumer_key": keys.consumer_key, "consumer_secret": keys.consumer_secret, "domain": keys.domain}
    return Connection("crm", extra=extra)


@pytest.fixture
def password() -> Connection:
    """The connection of a user with a security token."""
    keys = Keys()
    return Connection(
        "crm", login=keys.username, password=SecretStr(keys.password), extra={"security_token": keys.security_token}
    )


@pytest.fixture
def read(salesforce: Counterpart, client_credentials: Connection) -> Reader:
    """Reads columns of an object in a session of its own: its rows, by column, and the reading."""
    del salesforce

    def rows_of(name: str, *columns: str, since: str | None = None, **table: Any) -> tuple[list[Row], Reading]:
        connector = SalesforceObjects(source_of(name, columns, **table), client_credentials)
        return rows_in(connector, columns, since)

    return rows_of
