"""Turns verdicts into messages, and hands over what is due: each message once."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from icp_monitor.alerts.causes import Cause, root_causes
from icp_monitor.alerts.message import Message
from icp_monitor.alerts.messages import DIGEST, Style, data_problem, digest, drift_alert, failed_run, recovery
from icp_monitor.alerts.wording import headline
from icp_monitor.checks.result import CheckResult
from icp_monitor.config.icp import IcpConfig
from icp_monitor.drift.verdict import Verdict
from icp_monitor.ledger import RunKey
from icp_monitor.ledger.alerts import Alert, NewAlert
from icp_monitor.ledger.messages import HandedOver
from icp_monitor.ledger.runs import LIVE
from icp_monitor.periods import is_look_day
from icp_monitor.pipeline.checking import stored_checks
from icp_monitor.pipeline.comparison import names_of
from icp_monitor.pipeline.delivering import hand_over
from icp_monitor.pipeline.naming import step, version_of
from icp_monitor.pipeline.staleness import is_told
from icp_monitor.pipeline.workspace import Workspace

DATA_KEY = "data"
SAME_CAUSE = {"freshness": "volume"}  # an outage is both, and told once


@dataclass(frozen=True)
class AlertSummary:
    """What the step opened, closed and handed over."""

    opened: tuple[str, ...]
    recovered: tuple[str, ...]
    handed_over: tuple[HandedOver, ...]


def finish_and_alert(workspace: Workspace, key: RunKey, *, muted: bool = False) -> AlertSummary:
    """Alert on the run's verdicts, on look days of live runs only; the last step of a run, which finishes it.

    Raises:
        DeliveryError: messages could not be handed over; they stay due for the next run.
    """
    look_day = is_look_day(key.as_of, workspace.config.monitoring.look_day)
    quiet = muted or key.run_set != LIVE or not look_day
    with step(workspace, key, "alert", after="compare") as counts:
        opened, recovered = ((), ()) if quiet else _queue(workspace, key)
        counts.update(opened=len(opened), recovered=len(recovered))
    workspace.ledger.runs.finish(key.run_id, workspace.now)
    handed_over = () if quiet else hand_over(workspace, key.as_of)
    return AlertSummary(opened, recovered, handed_over)


def tell_ops(workspace: Workspace, *, dag: str, task: str, run: str, error: str) -> None:
    """Tell the ops channel that a DAG run has failed, once for each task and run.

    What the data channel was told, because the sources can't be pulled, is not told again with every run.
    """
    if not is_told(workspace, error):
        channel = workspace.config.monitoring.alerting.channels.ops
        _send(workspace, failed_run(dag, task, run, error, channel))
    hand_over(workspace, workspace.today)


def style_of(workspace: Workspace, icp: IcpConfig) -> Style:
    """What the messages of a run share."""
    return Style(names_of(icp), workspace.config.monitoring.alerting, icp.metadata.owner)


def _queue(workspace: Workspace, key: RunKey) -> tuple[tuple[str, ...], tuple[str, ...]]:
    icp = version_of(workspace, key).icp
    style = style_of(workspace, icp)
    verdicts = workspace.ledger.verdicts.of_run(key.run_id)
    causes = root_causes(verdicts)
    opened = tuple(alert_id for cause in causes if (alert_id := _open(workspace, key, cause, style)) is not None)
    recovered = tuple(_recover(workspace, verdicts, style))
    with workspace.warehouse(icp) as (warehouse, catalogue):
        checks = stored_checks(warehouse, catalogue, key)
    _data_alerts(workspace, key, checks, verdicts, style)
    _send(workspace, digest(verdicts, key.as_of, style, decisions=len(opened)))
    return opened, recovered


def _open(workspace: Workspace, key: RunKey, cause: Cause, style: Style) -> str | None:
    """Open an alert for the cause, unless one lives already; returns its id where it is new."""
    if cause.severity == "watch" and style.alerting.channels.watch == DIGEST:
        return None
    new = NewAlert(
        key=cause.key,
        as_of=key.as_of,
        run_id=key.run_id,
        severity=cause.severity,
        channel=style.channel(cause.severity),
        payload={
            "headline": headline(cause.lead.finding, style.names),
            "lead": cause.lead.as_json(),
            "also": [item.as_json() for item in cause.also],
        },
    )
    alert = workspace.ledger.alerts.open(new, workspace.now)
    _send(workspace, drift_alert(cause, alert.alert_id, style), alert.alert_id)
    return alert.alert_id if alert.alert_id == new.alert_id else None


def _recover(workspace: Workspace, verdicts: Sequence[Verdict], style: Style) -> list[str]:
    """Resolve the living alerts whose unit a later window shows to be stable again."""
    now_stable = {item.finding.unit: item for item in verdicts if item.finding.verdict == "stable"}
    recovered = []
    for alert in workspace.ledger.alerts.all(ended=False):
        if "lead" not in alert.payload:  # it tells of the data, not of a verdict
            continue
        before = Verdict.from_json(dict(alert.payload["lead"]))
        verdict = now_stable.get(before.finding.unit)
        if verdict is None or verdict.finding.window.end <= before.finding.window.end:
            continue
        # The message first: a process that dies in between must not leave a resolved alert that nobody heard of.
        _send(workspace, recovery(verdict, alert.alert_id, alert.channel, style), alert.alert_id, alert.alert_id)
        _resolve(workspace, alert, f"stable again in the window up to {verdict.finding.window.end}")
        recovered.append(alert.alert_id)
    return recovered


def _data_alerts(
    workspace: Workspace, key: RunKey, checks: Sequence[CheckResult], verdicts: Sequence[Verdict], style: Style
) -> None:
    """One living alert for each cause of data problems; it is resolved when its checks pass again."""
    causes: dict[str, list[CheckResult]] = defaultdict(list)
    for result in checks:
        if result.status == "failed":
            causes[f"{DATA_KEY}:{SAME_CAUSE.get(result.check, result.check)}"].append(result)
    for alert in workspace.ledger.alerts.all(ended=False):
        if alert.key.split(":")[0] == DATA_KEY and alert.key not in causes:
            _resolve(workspace, alert, "the data checks pass again")
    channel = workspace.config.monitoring.alerting.channels.data
    for cause, failed in causes.items():
        payload = {"headline": failed[0].message, "checks": [result.message for result in failed]}
        new = NewAlert(cause, key.as_of, key.run_id, "watch", channel, payload)
        alert = workspace.ledger.alerts.open(new, workspace.now)
        paused = _paused(verdicts, {result.check for result in failed})
        _send(workspace, data_problem(failed, paused, key.as_of, alert.alert_id, style), alert.alert_id)


def _paused(verdicts: Sequence[Verdict], checks: set[str]) -> int:
    """The verdicts that wait for any of the checks."""
    told = tuple(f"the check {check} failed" for check in checks)
    return sum(any(reason.startswith(told) for reason in item.finding.because) for item in verdicts)


def _resolve(workspace: Workspace, alert: Alert, cause: str) -> None:
    workspace.ledger.alerts.move(alert.alert_id, "resolved", "icp-monitor", workspace.now, reason=cause)


def _send(workspace: Workspace, message: Message, alert_id: str | None = None, reply_to: str | None = None) -> None:
    workspace.ledger.messages.queue(message, workspace.now, alert_id=alert_id, reply_to=reply_to)
