"""What Salesforce's errors mean for the person who must put them right."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import requests
from simple_salesforce.exceptions import (
    SalesforceAuthenticationFailed,
    SalesforceError,
    SalesforceOperationError,
)

from icp_monitor.errors import Problem, SourceError
from icp_monitor.sources.salesforce.session import LATER

_LONGEST = 300
_CURES = {
    "REQUEST_LIMIT_EXCEEDED": f"every call that the organisation may make in a day is used up: {LATER}",
    "API_DISABLED_FOR_ORG": "let the user of the connection call the API (permission API Enabled)",
    "API_CURRENTLY_DISABLED": "let the user of the connection call the API (permission API Enabled)",
    "INVALID_SESSION_ID": "a session given by its id can't be renewed: let the connection log in by JWT instead",
    "INVALID_QUERY_LOCATOR": "Salesforce gave up the query while its pages were fetched: pull again",
    "MALFORMED_QUERY": "correct the table's where: it is a condition as SOQL has it after WHERE",
    "INVALID_FIELD": "correct the table's columns and where",
    "QUERY_TIMEOUT": "the table's where takes too long: name an indexed field in it",
}
_LOGIN_CURE = "correct the connection: user, password, security token, key or domain"


@contextmanager
def explained(place: str) -> Iterator[None]:
    """Whatever Salesforce or the way to it refuses comes out as a refusal that names ``place`` and the cure.

    Raises:
        SourceError: for every error of the client, of HTTP and of the network.
    """
    try:
        yield
    except SalesforceAuthenticationFailed as error:
        message = f"Salesforce doesn't let the connection in again: {error.code}: {error.auth_message}"
        raise SourceError(Problem(place, _shortened(message), cure=_LOGIN_CURE)) from None
    except SalesforceError as error:
        raise SourceError(_problem_of(place, error)) from None
    except SalesforceOperationError as error:
        raise SourceError(Problem(place, _shortened(f"Salesforce gave the query up: {error}"))) from None
    except requests.exceptions.SSLError as error:
        message = _shortened(f"Salesforce's certificate isn't trusted: {error}")
        cure = "let REQUESTS_CA_BUNDLE name a file with the authorities that your network's proxy signs with"
        raise SourceError(Problem(place, message, cure=cure)) from None
    except requests.RequestException as error:
        message = _shortened(f"Salesforce can't be reached: {error}")
        raise SourceError(Problem(place, message, cure="see whether the network is up, then pull again")) from None


def _problem_of(place: str, error: SalesforceError) -> Problem:
    """An error of the API with its code and what to do about it."""
    code, message = _code_and_message(error.content)
    known = _CURES.get(code)
    cure = known or ("pull again later" if error.status >= requests.codes.server_error else None)
    return Problem(place, _shortened(f"Salesforce refuses: {code or error.status}: {message}"), cure=cure)


def _code_and_message(content: Any) -> tuple[str, str]:
    first = content[0] if isinstance(content, list) and content else content
    if isinstance(first, dict):
        return str(first.get("errorCode", "")), str(first.get("message", ""))
    return "", str(first)


def _shortened(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= _LONGEST else f"{flat[:_LONGEST]}…"
