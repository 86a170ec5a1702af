"""Hands messages that are due to where the configuration wants them: files of an outbox, or Slack."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from icp_monitor.errors import ConfigError, Problem
from icp_monitor.ledger.messages import HandedOver
from icp_monitor.pipeline.workspace import Workspace

if TYPE_CHECKING:
    from icp_monitor.delivery import Outbox, Slack


def hand_over(workspace: Workspace, day: date) -> tuple[HandedOver, ...]:
    """Hand over every message that is due."""
    from icp_monitor.delivery import Outbox, Slack, deliver

    settings, alerting = workspace.settings, workspace.config.monitoring.alerting
    how: Outbox | Slack
    if alerting.delivery == "outbox":
        how = Outbox(settings.output_dir / "outbox", day)
    elif settings.slack_token is None:
        raise ConfigError(
            Problem("monitoring.yaml", "delivery is live, but there is no Slack token", cure="set ICP_SLACK_TOKEN")
        )
    else:
        how = Slack(settings.slack_token, settings.slack_base_url)
    send = lambda message, attempted_at: deliver(message, how, attempted_at)  # noqa: E731
    return workspace.ledger.messages.hand_over(send, settings.clock.now)
