"""The one verb of delivery."""

from __future__ import annotations

from datetime import datetime

from icp_monitor.alerts.message import Message, Sent, Uncertain
from icp_monitor.delivery.outbox import Outbox
from icp_monitor.delivery.slack import Slack
from icp_monitor.delivery.validation import validate


def deliver(message: Message, how: Outbox | Slack, attempted_at: datetime | None = None) -> Sent | Uncertain:
    """Hand the message over.

    ``attempted_at`` is when an earlier attempt began whose outcome isn't known: then the message is looked for first.

    Raises:
        DeliveryError: the message breaks Slack's rules, or was certainly not handed over; it can be tried again.
    """
    validate(message)
    return how.deliver(message, attempted_at)
