"""Asking HubSpot over HTTP: patient with its limits, and one clear refusal where patience doesn't help."""

from __future__ import annotations

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from email.utils import parsedate_to_datetime
from typing import Any
from urllib.parse import urlsplit

import requests
from hubspot import HubSpot  # type: ignore[import-untyped] # comes without types
from hubspot.crm.objects.exceptions import ApiException  # type: ignore[import-untyped] # as above
from urllib3 import BaseHTTPResponse
from urllib3.exceptions import HTTPError
from urllib3.util.retry import Retry

from icp_monitor.errors import Problem, SourceError
from icp_monitor.sources.hubspot.access import Access
from icp_monitor.sources.hubspot.faults import refused, unreachable

HOST = "https://api.hubapi.com"
TIMEOUT = (10.0, 60.0)  # seconds: to connect, and for each piece of an answer
SEARCH_INTERVAL = 0.25  # seconds; a portal's apps share five searches a second
PASSING = (423, 429, 477, 502, 503, 504, 521, 522, 523, 524)  # locked, too fast, moving, and what a proxy says
LONGEST_WAIT = 30.0  # seconds


class Patience(Retry):
    """Tries every kind of request again, for about a minute; the searches are POST requests."""

    def get_backoff_time(self) -> float:
        """Also before the second attempt; made at once, it would break the limit that the first one met."""
        return super().get_backoff_time() or self.backoff_factor + random.random() * self.backoff_jitter

    def get_retry_after(self, response: BaseHTTPResponse) -> float | None:
        """What the server asks for, unless it would take hours: a day's limit is no passing fault."""
        asked = super().get_retry_after(response)
        return None if asked is None else min(asked, LONGEST_WAIT)


@dataclass(frozen=True)
class Answer:
    """What HubSpot says, and when it says so by its own clock."""

    content: Mapping[str, Any]
    at: datetime


class Api:
    """The public client of HubSpot, over one pool of connections.

    Every method raises SourceError when HubSpot refuses, or can't be reached in nine attempts with about a minute of
    pauses between them.
    """

    def __init__(self, access: Access) -> None:
        self.connection = access.connection
        self._client = _client(access)
        self._last_search = -SEARCH_INTERVAL

    def get(self, path: str, **query: str | int) -> Answer:
        """Read a resource."""
        return self._ask("GET", path, query_params=list(query.items()))

    def post(self, path: str, body: Mapping[str, Any]) -> Answer:
        """Ask for many things at once; what is missing among them is left out of the answer."""
        return self._ask("POST", path, body=body)

    def search(self, kind: str, body: Mapping[str, Any]) -> Answer:
        """Search records, no faster than a portal allows."""
        time.sleep(max(0.0, self._last_search + SEARCH_INTERVAL - time.monotonic()))
        self._last_search = time.monotonic()
        return self.post(f"/crm/v3/objects/{kind}/search", body)

    def _ask(self, method: str, path: str, **request: Any) -> Answer:
        place = f"{self.connection}: {path}"
        try:
            content, _, headers = self._client.call_api(
                path,
                method,
                header_params={"Accept": "application/json", "Content-Type": "application/json"},
                response_types_map={200: "object", 207: "object"},
                auth_settings=["oauth2"],
                _request_timeout=TIMEOUT,
                **request,
            )
        except ApiException as error:
            raise refused(place, self.connection, error.status, error.reason, error.body) from None
        except HTTPError as error:
            raise unreachable(place, error) from None
        if not isinstance(content, dict):
            cure = "check the host of the connection: it must be HubSpot's API"
            raise SourceError(Problem(place, "the answer is no JSON object", cure=cure))
        return Answer(content, _moment(place, headers.get("Date")))


def _client(access: Access) -> Any:
    """The generated client's one road to every address; records come as plain JSON, without a model for each."""
    host = access.host or HOST
    client = HubSpot(access_token=access.token.get_secret_value(), retry=_patience(), host=host, **_surroundings(host))
    return client.crm.objects.basic_api.api_client


def _surroundings(host: str) -> dict[str, str]:
    """The authorities and the proxy that the environment names; the client itself only knows SSL_CERT_FILE."""
    settings = requests.Session().merge_environment_settings(host, {}, None, None, None)
    trusted, proxy = settings["verify"], settings["proxies"].get(urlsplit(host).scheme)
    return {
        **({"ssl_ca_cert": trusted} if isinstance(trusted, str) else {}),
        **({"proxy": proxy} if proxy else {}),
    }


def _patience() -> Patience:
    return Patience(
        total=8,
        connect=3,
        other=0,
        status_forcelist=PASSING,
        allowed_methods=None,
        backoff_factor=0.5,
        backoff_jitter=0.5,
        backoff_max=15,
        raise_on_status=False,
    )


def _moment(place: str, date: str | None) -> datetime:
    try:
        return parsedate_to_datetime(date or "")
    except ValueError:
        cure = "let the proxy in between pass the Date header: reading goes on from HubSpot's own clock"
        raise SourceError(Problem(place, "the answer doesn't say when it was given", date, cure)) from None
