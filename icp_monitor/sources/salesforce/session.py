"""HTTP that doesn't give up at once, never waits for ever, and leaves some of the day's calls to others."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Any

import requests
from urllib3.exceptions import MaxRetryError
from urllib3.util import Retry

from icp_monitor.errors import Problem, SourceError

TIMEOUT = (10.0, 180.0)  # seconds to connect, and between two bytes: a query may take Salesforce two minutes
LONGEST_PAUSE = 300  # seconds; a server that asks for more isn't waited for
LATER = "pull again tomorrow; nothing is lost: the next pull goes on where the last finished one ended"
_USAGE = re.compile(r"\bapi-usage=(\d+)/(\d+)")
_BROKEN = (requests.ConnectionError, requests.Timeout, requests.exceptions.ChunkedEncodingError)


class PatientSession(requests.Session):
    """A session for one reading. Whom it trusts and which proxy it takes, the environment says, as for any client.

    A call that meets a busy server or a broken connection is made again, a few times, at growing intervals or when the
    server says. None is made any more once only the share ``reserve`` of the day's calls is left: it belongs to others.
    """

    def __init__(self, reserve: float) -> None:
        super().__init__()
        self.server_time: datetime | None = None
        self._reserve = reserve
        self._used, self._allowed = 0, 0
        self._patience = Retry(
            total=5,
            status_forcelist=(429, 502, 503, 504),
            allowed_methods=None,  # any of our requests may be repeated: none changes a record
            backoff_factor=1,
            backoff_jitter=1,
            backoff_max=60,
        )

    def request(self, method: str | bytes, url: str | bytes, *rest: Any, **options: Any) -> requests.Response:
        """Make a call.

        Raises:
            SourceError: the day's calls are used up, but for those that are left to others.
        """
        options.setdefault("timeout", TIMEOUT)
        patience = self._patience
        while True:
            self._leave_the_reserve()
            answer = self._attempt(method, url, *rest, **options)
            raw: Any = None
            if isinstance(answer, requests.Response):
                if not self._is_worth_waiting(answer):
                    return answer
                raw = answer.raw
            try:
                patience = patience.increment(str(method), response=raw)
            except MaxRetryError:
                if isinstance(answer, requests.Response):
                    return answer
                raise answer from None
            patience.sleep(raw)

    def _is_worth_waiting(self, response: requests.Response) -> bool:
        asked = self._patience.get_retry_after(response.raw) or 0
        return response.status_code in self._patience.status_forcelist and asked <= LONGEST_PAUSE

    def _attempt(self, *what: Any, **options: Any) -> requests.Response | requests.RequestException:
        """The response, or what broke the connection. A certificate that isn't trusted won't be on a second try."""
        try:
            response = super().request(*what, **options)
        except requests.exceptions.SSLError:
            raise
        except _BROKEN as error:
            return error
        if date := response.headers.get("Date"):
            self.server_time = parsedate_to_datetime(date).astimezone(UTC)
        if usage := _USAGE.search(response.headers.get("Sforce-Limit-Info", "")):
            self._used, self._allowed = int(usage[1]), int(usage[2])
        return response

    def _leave_the_reserve(self) -> None:
        if self._allowed and self._used >= self._allowed * (1 - self._reserve):
            message = (
                f"{self._used:,} of the organisation's {self._allowed:,} calls a day are used, "
                f"and the last {self._reserve:.0%} are left to others"
            )
            raise SourceError(Problem("Salesforce", message, cure=LATER))
