"""The life of an alert."""

from __future__ import annotations

import getpass
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from icp_monitor.cli.options import Day, common, settings_of

if TYPE_CHECKING:
    from icp_monitor.ledger.alerts import Status


@click.group("alerts")
def alerts_command() -> None:
    """Alerts, and what became of them. `icp-monitor explain ALERT` shows one with its evidence."""


@alerts_command.command("list")
@common
@click.option("--all", "ended", is_flag=True, help="Resolved and dismissed ones too.")
def list_alerts(config_dir: Path | None, form: str, ended: bool) -> None:
    """List the alerts that wait for a decision."""
    from icp_monitor.cli import output
    from icp_monitor.pipeline.staleness import stale_since
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings_of(config_dir)) as workspace:
        found, stale = workspace.ledger.alerts.all(ended=ended), stale_since(workspace)
    output.staleness(stale)
    if form == "json":
        return output.as_json(found)
    rows = [
        (item.alert_id, item.status, item.severity, item.as_of.isoformat(), item.payload["headline"]) for item in found
    ]
    output.table(("Alert", "State", "Severity", "Opened", "What"), rows)
    return None


@alerts_command.command("ack")
@common
@click.argument("alert_id")
def acknowledge(config_dir: Path | None, form: str, alert_id: str) -> None:
    """Say that somebody looks into it."""
    _move(config_dir, form, alert_id, "acknowledged")


@alerts_command.command("resolve")
@common
@click.argument("alert_id")
@click.option("--cause", required=True, help="What it turned out to be.")
def resolve(config_dir: Path | None, form: str, alert_id: str, cause: str) -> None:
    """Close a real finding with its cause."""
    _move(config_dir, form, alert_id, "resolved", reason=cause)


@alerts_command.command("dismiss")
@common
@click.argument("alert_id")
@click.option("--reason", required=True, help="Why it was no finding.")
def dismiss(config_dir: Path | None, form: str, alert_id: str, reason: str) -> None:
    """Close an alert that should not have been raised."""
    _move(config_dir, form, alert_id, "dismissed", reason=reason)


@alerts_command.command("snooze")
@common
@click.argument("alert_id")
@click.option("--until", type=Day(), required=True, help="The day on which it is due again.")
def snooze(config_dir: Path | None, form: str, alert_id: str, until: date) -> None:
    """Let an alert rest."""
    _move(config_dir, form, alert_id, "snoozed", until=until)


def _move(
    config_dir: Path | None,
    form: str,
    alert_id: str,
    status: Status,
    reason: str | None = None,
    until: date | None = None,
) -> None:
    from icp_monitor.cli import output
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings_of(config_dir)) as workspace:
        alert = workspace.ledger.alerts.move(alert_id, status, getpass.getuser(), workspace.now, reason, until)
    if form == "json":
        output.as_json(alert)
    else:
        click.echo(f"{alert.alert_id} is {alert.status}.")
