"""Since when the sources can't be pulled, and who was told: verdicts stay visible, marked stale."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import date

from icp_monitor.errors import ConfigError, DeliveryError, IcpError, SourceError
from icp_monitor.ledger.alerts import Alert, NewAlert
from icp_monitor.ledger.runs import LIVE
from icp_monitor.pipeline.delivering import hand_over
from icp_monitor.pipeline.workspace import Workspace

STALE = "stale"


@dataclass(frozen=True)
class Stale:
    """The business date of the first pull that failed since one last succeeded, and why the newest did."""

    since: date
    reason: str

    def __str__(self) -> str:
        return f"stale since {self.since}: the sources can't be pulled"


def stale_since(workspace: Workspace, as_of: date | None = None) -> Stale | None:
    """What the data have been waiting for; None where the last pull succeeded, or failed only after ``as_of``."""
    living = _living(workspace)
    if not living:
        return None
    since = min(date.fromisoformat(alert.payload["since"]) for alert in living)
    return Stale(since, living[-1].payload["reason"]) if as_of is None or since <= as_of else None


@contextmanager
def told_when_refused(workspace: Workspace) -> Iterator[None]:
    """The block pulls: its refusal is told to the data channel once for each cause, its success ends the staleness."""
    try:
        yield
    except SourceError as error:
        _refused(workspace, error)
        raise
    for alert in _living(workspace):
        _resolve(workspace, alert, "the sources can be pulled again")


def is_told(workspace: Workspace, error: str) -> bool:
    """Whether the data channel has been told of this very error."""
    return any(alert.payload["reason"] == error for alert in _living(workspace))


def _refused(workspace: Workspace, error: IcpError) -> None:
    from icp_monitor.alerts.messages import stale_data

    shown = workspace.ledger.runs.last_finished(LIVE)
    if shown is None:
        return  # nothing was ever concluded from these sources that could be stale
    reason, known = str(error), stale_since(workspace)
    key = f"{STALE}:{_cause(reason)}:{workspace.ledger.loads.last()}"
    for alert in _living(workspace):
        if alert.key != key:
            _resolve(workspace, alert, "the sources can't be pulled for another reason now")
    since = known.since if known else workspace.today
    told = {"headline": f"data are stale since {since}", "checks": [reason]}
    payload = {**told, "since": since.isoformat(), "reason": reason}
    channel = workspace.config.monitoring.alerting.channels.data
    alert = workspace.ledger.alerts.open(
        NewAlert(key, workspace.today, shown.run_id, "watch", channel, payload), workspace.now
    )
    message = stale_data(reason, since, alert.alert_id, channel)
    workspace.ledger.messages.queue(message, workspace.now, alert_id=alert.alert_id)
    with suppress(ConfigError, DeliveryError):  # it stays due, and must not hide why the pull was refused
        hand_over(workspace, workspace.today)


def _living(workspace: Workspace) -> list[Alert]:
    return [alert for alert in workspace.ledger.alerts.all(ended=False) if alert.key.startswith(f"{STALE}:")]


def _cause(reason: str) -> str:
    """The reason without its figures, which change from day to day."""
    return hashlib.sha256(re.sub(r"[\d,]+", "#", reason).encode()).hexdigest()[:16]


def _resolve(workspace: Workspace, alert: Alert, cause: str) -> None:
    workspace.ledger.alerts.move(alert.alert_id, "resolved", "icp-monitor", workspace.now, reason=cause)
