"""The analysts' backfill."""

from __future__ import annotations

import getpass
from datetime import date
from pathlib import Path
from typing import Any

import click

from icp_monitor.cli.options import Day, common, settings_of


@click.command("backfill")
@common
@click.option("--from", "first", type=Day(), required=True, help="First day.")
@click.option("--to", "last", type=Day(), required=True, help="Last day.")
@click.option("--knowledge", type=click.Choice(["as-was", "restated"]), required=True, help="Known then, or known now.")
@click.option("--icp-version", default="at-time", show_default=True, help="at-time, or the number of a version.")
@click.option("--dry-run", is_flag=True, help="Say what would be done.")
def backfill_command(
    config_dir: Path | None, form: str, first: date, last: date, knowledge: str, icp_version: str, dry_run: bool
) -> None:
    """Recompute the look days of a stretch of the past in a run set of its own; nobody is alerted."""
    from icp_monitor.cli import output
    from icp_monitor.pipeline.backfill import Request, plan, results, run
    from icp_monitor.pipeline.workspace import open_workspace

    request = Request.read(first.isoformat(), last.isoformat(), knowledge, icp_version)
    with open_workspace(settings_of(config_dir)) as workspace:
        planned = plan(workspace, request)
        if dry_run:
            return output.as_json(planned) if form == "json" else _show_plan(planned)
        with output.progress(len(planned.days), "Recomputing") as advance:
            run(workspace, request, getpass.getuser(), lambda _: advance())
        found = results(workspace, request)
    if form == "json":
        return output.as_json({"run_set": planned.run_set, "days": found})
    rows = [
        (
            day.as_of.isoformat(),
            _counts(day.counts),
            "–" if day.differs_from_live is None else str(day.differs_from_live),
        )
        for day in found
    ]
    output.table(("Look", "Verdicts", "Differ from live"), rows, title=f"Run set {planned.run_set}")
    for note in planned.notes:
        click.echo(note)
    return None


def _show_plan(planned: Any) -> None:
    click.echo(f"Will compute {len(planned.days)} looks into run set {planned.run_set}; {len(planned.done)} are done.")
    click.echo(f"ICP versions: {', '.join(map(str, planned.versions))}. Alerts: muted. Live results are not touched.")
    for note in planned.notes:
        click.echo(note)


def _counts(counts: Any) -> str:
    return ", ".join(f"{n} {kind.replace('_', ' ')}" for kind, n in counts.items()) or "none"
