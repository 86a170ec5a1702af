"""Messages to Slack: each at most once, and retried only where it is certain that nothing was posted.

A post whose answer is lost (dropped connection, time-out, server error) may have been accepted. It is then looked for
in the channel by the key in its metadata. Where the app may not read the channel the outcome stays uncertain; the
message isn't sent a second time.
"""

from __future__ import annotations

import time
from dataclasses import dataclass
from datetime import datetime
from urllib.error import URLError

from pydantic import SecretStr
from slack_sdk import WebClient
from slack_sdk.http_retry.builtin_handlers import (
    ConnectionErrorRetryHandler,
    RateLimitErrorRetryHandler,
    ServerErrorRetryHandler,
)
from slack_sdk.http_retry.handler import RetryHandler

from icp_monitor.alerts.message import Message, Sent, Uncertain
from icp_monitor.delivery.answers import Refused, answer_to
from icp_monitor.delivery.history import find
from icp_monitor.delivery.payload import payload
from icp_monitor.errors import DeliveryError, Problem

ATTEMPTS = 3
SLACK = "https://slack.com/api/"


@dataclass(frozen=True)
class Slack:
    """A workspace, spoken to as the bot that ``token`` belongs to.

    ``timeout`` (seconds) holds for each request, ``pause`` (seconds) is waited after a server error, longer each time.
    """

    token: SecretStr
    base_url: str | None = None
    timeout: int = 10
    pause: float = 1.0

    def deliver(self, message: Message, attempted_at: datetime | None = None) -> Sent | Uncertain:
        """Post the message, unless the attempt that began at ``attempted_at`` already has.

        Raises:
            DeliveryError: certainly not posted, with Slack's reason and the cure.
        """
        if attempted_at is not None:
            earlier = find(self._reader(), message, attempted_at)
            if earlier is not None:
                return earlier
        return self._post(message, attempt=1)

    def _post(self, message: Message, attempt: int) -> Sent | Uncertain:
        client = self._writer()
        answer = answer_to(lambda: client.chat_postMessage(**payload(message)))
        if isinstance(answer, Sent):
            return answer
        if isinstance(answer, Refused):
            raise _failure(message, answer)
        found = find(self._reader(), message)
        if isinstance(found, Sent):
            return found
        if isinstance(found, Uncertain):
            return Uncertain(f"{answer.reason}, and {found.reason}")
        if not answer.settled:
            return Uncertain(answer.reason)
        if attempt == ATTEMPTS:
            raise _failure(message, Refused(f"{answer.reason} {ATTEMPTS} times", "the next run tries again"))
        time.sleep(self.pause * 2 ** (attempt - 1))
        return self._post(message, attempt + 1)

    def _writer(self) -> WebClient:
        """Retries a post only when the connection was never made (urllib's URLError) or Slack asked to wait."""
        return self._client(ConnectionErrorRetryHandler(error_types=[URLError]), RateLimitErrorRetryHandler(2))

    def _reader(self) -> WebClient:
        """Reading twice does no harm, so every passing failure is retried."""
        return self._client(ConnectionErrorRetryHandler(), RateLimitErrorRetryHandler(2), ServerErrorRetryHandler(2))

    def _client(self, *handlers: RetryHandler) -> WebClient:
        url = (self.base_url or SLACK).rstrip("/") + "/"
        token = self.token.get_secret_value()
        return WebClient(token=token, base_url=url, timeout=self.timeout, retry_handlers=list(handlers))


def _failure(message: Message, refused: Refused) -> DeliveryError:
    return DeliveryError(Problem(f"message {message.key} to {message.channel}", refused.reason, cure=refused.cure))
