"""One organisation, reached with simple-salesforce: its time, what its objects look like, and what they hold."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import datetime
from decimal import Decimal
from functools import cached_property
from typing import Any, TypeVar

from jwt import PyJWTError
from simple_salesforce.api import Salesforce
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceExpiredSession,
    SalesforceResourceNotFound,
)

from icp_monitor.config.connection import Connection
from icp_monitor.errors import Problem, SourceError
from icp_monitor.sources.salesforce.credentials import login_arguments, proxies, reserve, without_secrets
from icp_monitor.sources.salesforce.session import PatientSession

_WAYS_IN = (
    "give login, password and security_token; or login, consumer_key and private_key (JWT); "
    "or consumer_key, consumer_secret and your own domain"
)
Answer = TypeVar("Answer")


class Client:
    """Logs in with its first question, and again when Salesforce has ended the session."""

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._session = PatientSession(reserve(connection))
        self._session.proxies.update(proxies(connection))
        self._described: dict[str, Mapping[str, Any] | None] = {}

    def ask(self, question: Callable[[Salesforce], Answer]) -> Answer:
        """The answer to a question; it is put a second time when the session had expired.

        simple-salesforce renews an expired session by itself, but not for Bulk API 2.0.
        """
        try:
            return question(self._api)
        except SalesforceExpiredSession:
            if self._api.auth_type == "direct":
                raise
            del self._api
            return question(self._api)

    def now(self) -> datetime:
        """The time by the clock of Salesforce, to the second, as any answer tells: this call needs no permission."""
        self.ask(lambda api: api.restful(""))
        if self._session.server_time is None:
            raise SourceError(Problem("Salesforce", "its answers don't say what time it is (header Date)"))
        return self._session.server_time

    def describe(self, name: str) -> Mapping[str, Any] | None:
        """The description of an object; None for one that doesn't exist or that the user may not see."""
        if name not in self._described:
            try:
                found = self.ask(lambda api: api.restful(f"sobjects/{name}/describe"))
            except SalesforceResourceNotFound:
                found = None
            self._described[name] = found
        return self._described[name]

    def object_names(self) -> tuple[str, ...]:
        """Every object that the user may see."""
        described: Mapping[str, Any] | None = self.ask(lambda api: api.describe())
        return tuple(item["name"] for item in (described or {}).get("sobjects", ()))

    def pages(self, query: str) -> Iterator[Mapping[str, Any]]:
        """The pages of a query through REST, with the records of the recycle bin."""
        page = self.ask(lambda api: api.query(query, include_deleted=True))
        yield page
        while not page["done"]:
            following = page["nextRecordsUrl"]
            page = self.ask(lambda api, url=following: api.query_more(url, identifier_is_url=True))  # type: ignore[misc]
            yield page

    def close(self) -> None:
        """Give up the connections; the session at Salesforce ends by itself."""
        self._session.close()

    @cached_property
    def _api(self) -> Salesforce:
        arguments = login_arguments(self._connection)
        where = f"connection {self._connection.name}"
        try:
            return Salesforce(**arguments, session=self._session, parse_float=Decimal)
        except SalesforceAuthenticationFailed as error:
            said = without_secrets(f"{error.code}: {error.auth_message}", arguments)
            cure = "correct its user, password, security token, key or domain"
            raise SourceError(Problem(where, f"Salesforce doesn't let it in: {said}", cure=cure)) from None
        except (TypeError, ValueError, OSError, PyJWTError) as error:
            if isinstance(error, OSError) and error.filename is None:
                raise  # no key file that is missing, but the network
            said = without_secrets(str(error), arguments)
            raise SourceError(Problem(where, f"it doesn't say how to log in: {said}", cure=_WAYS_IN)) from None
