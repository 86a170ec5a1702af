"""What HubSpot means when it refuses, in the words of the person who must put it right. Never holds the token."""

from __future__ import annotations

import json
from typing import Any

from urllib3.exceptions import SSLError

from icp_monitor.errors import Problem, SourceError

_TOKEN = "renew the access token of the private app in HubSpot, and store it as the connection's password"
_LATER = "pull again later: what was stored is untouched"


class RefusedError(SourceError):
    """HubSpot answers with an error, whose ``status`` is that of HTTP."""

    def __init__(self, problem: Problem, status: int) -> None:
        super().__init__(problem)
        self.problem = problem
        self.status = status


def refused(place: str, connection: str, status: int, reason: str | None, body: str | None) -> RefusedError:
    """The error behind a status that is no success."""
    return RefusedError(_problem(place, connection, status, reason, body), status)


def unreachable(place: str, error: Exception) -> SourceError:
    """The error of a server that doesn't answer, or whose answers break off."""
    cause = getattr(error, "reason", None) or error
    if isinstance(cause, SSLError):
        cure = "let REQUESTS_CA_BUNDLE or SSL_CERT_FILE name its authority, if a proxy of yours signs for HubSpot"
        return SourceError(Problem(place, "nobody who is trusted vouches for the server", cure=cure))
    cure = f"check the network and the host of the connection; {_LATER}"
    return SourceError(Problem(place, f"HubSpot can't be reached: {type(cause).__name__}", cure=cure))


def _problem(place: str, connection: str, status: int, reason: str | None, body: str | None) -> Problem:
    said = _said(body)
    if status == 401:
        return Problem(f"connection {connection}", "HubSpot doesn't accept its access token", cure=_TOKEN)
    if status == 403:
        return Problem(place, "the private app may not read this", cure=_scopes(said))
    if status == 429:
        policy = str(said.get("policyName", "")).lower()
        cure = "wait until midnight in the portal's time zone" if policy == "daily" else "give other apps a rest"
        return Problem(place, "HubSpot's limit of requests is used up", policy or None, f"{cure}, then pull again")
    message = str(said.get("message") or reason or "without a word")
    cure = _LATER if status >= 500 else "correct the mapping in sources.yaml"
    return Problem(place, f"HubSpot answers {status}: {message}", cure=cure)


def _scopes(said: dict[str, Any]) -> str:
    """HubSpot names the scopes that would do in one of two places."""
    contexts = [
        said.get("context"),
        *(item.get("context") for item in said.get("errors", ()) if isinstance(item, dict)),
    ]
    wanted = [
        scope
        for context in contexts
        if isinstance(context, dict)
        for key in ("requiredGranularScopes", "requiredScopes", "missingScopes")
        for scope in context.get(key, ())
    ]
    return f"grant the private app the scope {' or '.join(wanted)}" if wanted else "grant the private app its scope"


def _said(body: str | None) -> dict[str, Any]:
    try:
        content = json.loads(body or "")
    except ValueError:
        return {}
    return content if isinstance(content, dict) else {}
