"""The life of an ICP version."""

from __future__ import annotations

import getpass
import sys
from pathlib import Path

import click

from icp_monitor.cli.options import common, settings_of


@click.group("icp")
def icp_command() -> None:
    """The ideal customer profile: its draft, its versions, its decisions."""


@icp_command.command("lint")
@common
def lint_icp(config_dir: Path | None, form: str) -> None:
    """Report everything that is wrong or doubtful in the three files, with line and cure."""
    from icp_monitor.cli import output
    from icp_monitor.config.linting import lint

    settings = settings_of(config_dir)
    report = lint(settings.config_dir, settings.clock.now().date())
    if form == "json":
        output.as_json(report)
    else:
        for problem in report.errors:
            click.echo(f"error: {problem}")
        for problem in report.warnings:
            click.echo(f"warning: {problem}")
        click.echo(f"{len(report.errors)} errors, {len(report.warnings)} warnings")
    if report.errors:
        sys.exit(2)


@icp_command.command("show")
@common
def show_icp(config_dir: Path | None, form: str) -> None:
    """Show the version in force: owner, baseline, attributes and weights."""
    from icp_monitor.cli import output
    from icp_monitor.pipeline.versions import ensure_registered
    from icp_monitor.pipeline.workspace import open_workspace
    from icp_monitor.reports.assembly.profile import match_in_words

    with open_workspace(settings_of(config_dir)) as workspace:
        ensure_registered(workspace)
        version = workspace.ledger.versions.in_force(workspace.today)
        baseline = workspace.ledger.baselines.of_version(version.number)
    icp = version.icp
    if form == "json":
        return output.as_json({"version": version.number, "icp": icp.model_dump(mode="json", by_alias=True)})
    click.echo(f"{icp.metadata.name} v{version.number}, owner {icp.metadata.owner}, since {version.effective_from}")
    click.echo(
        f"Validated on {icp.baseline.from_} to before {icp.baseline.to}"
        + (f" ({baseline.baseline_id})" if baseline else "")
    )
    rows = [(item.id, item.family, item.type, f"{item.weight:g}", match_in_words(item)) for item in icp.attributes]
    output.table(("Attribute", "Family", "Type", "Weight", "Match"), rows)
    return None


@icp_command.command("approve")
@common
@click.option("--reason", required=True, help="Why, in one sentence.")
@click.option("--who", help="Who approves; you by default.")
def approve_icp(config_dir: Path | None, form: str, reason: str, who: str | None) -> None:
    """Approve the draft in icp.yaml; with the quorum complete it comes into force after its notice period."""
    from icp_monitor.cli import output
    from icp_monitor.pipeline.versions import ensure_registered
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings_of(config_dir)) as workspace:
        ensure_registered(workspace)
        config, ledger = workspace.config, workspace.ledger
        ledger.decisions.propose(config.icp, config.icp_hash, config.icp.metadata.owner, workspace.now)
        number = config.icp.metadata.version
        version = ledger.decisions.record(number, "approve", who or getpass.getuser(), reason, None, workspace.now)
    if form == "json":
        output.as_json(version)
    else:
        click.echo(f"Version {version.number} is {version.status}; in force from {version.effective_from}.")


@icp_command.command("history")
@common
def history_of_icp(config_dir: Path | None, form: str) -> None:
    """Show every decision about every version; the record is checked link by link first."""
    from icp_monitor.cli import output
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings_of(config_dir)) as workspace:
        workspace.ledger.events.verify_chain()
        events = workspace.ledger.events.history()
    if form == "json":
        return output.as_json(events)
    rows = [
        (f"{item.at:%Y-%m-%d %H:%M}", f"v{item.version}", item.action, item.who, item.reason or "") for item in events
    ]
    output.table(("When (UTC)", "Version", "What", "Who", "Why"), rows)
    return None
