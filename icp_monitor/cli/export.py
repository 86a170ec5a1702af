"""Tiers and scores go back to where people work."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from icp_monitor.cli.options import Day, common, settings_of

if TYPE_CHECKING:
    from icp_monitor.pipeline.export.sending import Summary

MOST_FAILURES = 20


@click.command("export")
@common
@click.option("--as-of", type=Day(), help="The day whose finished run is exported; the newest by default.")
@click.option("--to", required=True, type=click.Choice(["file", "table", "salesforce", "hubspot"]), help="Where to.")
@click.option("--dry-run", is_flag=True, help="Say what would change, by tier; nothing is sent.")
def export_command(config_dir: Path | None, form: str, as_of: date | None, to: Any, dry_run: bool) -> None:
    """Send every account's tier and score back: only what differs, in batches; repeat it to go on after a failure."""
    from icp_monitor.cli import output
    from icp_monitor.pipeline.export.sending import export
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings_of(config_dir)) as workspace:
        summary = export(workspace, to, as_of, dry_run=dry_run, progress=_progress if form == "text" else _silent)
    if form == "json":
        output.as_json(summary)
    else:
        _show(summary)
    raise SystemExit(1 if summary.failures else 0)


def _show(summary: Summary) -> None:
    from icp_monitor.cli import output

    would = "would change" if summary.dry_run else "changed"
    click.echo(f"Scores of {summary.as_of} by version {summary.icp_version}, to {summary.place}")
    rows = [(move.before, move.after, f"{move.accounts:,}") for move in summary.moves]
    if rows:
        output.table(("Tier there", "New tier", "Accounts"), rows)
    click.echo(
        f"{summary.changed:,} accounts {would}, {summary.unchanged:,} are as they should be, "
        f"{summary.unknown:,} are not there, {summary.removed:,} no longer scored"
    )
    for failure in summary.failures[:MOST_FAILURES]:
        click.echo(f"  not taken: {failure.key}: {failure.reason}", err=True)
    if summary.failures:
        click.echo(f"{len(summary.failures):,} records were not taken. Cure: put them right and export again", err=True)


def _progress(sent: int, total: int) -> None:
    click.echo(f"{sent:,} of {total:,} sent", err=True)


def _silent(*_: int) -> None:
    """Programs read the result alone."""
