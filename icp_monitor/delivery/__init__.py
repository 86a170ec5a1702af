"""Handing messages over: to files in the outbox, or to Slack."""

from icp_monitor.delivery.outbox import Outbox
from icp_monitor.delivery.send import deliver
from icp_monitor.delivery.slack import Slack

__all__ = ["Outbox", "Slack", "deliver"]
