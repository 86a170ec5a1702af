"""The quarterly validation."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from icp_monitor.cli.options import as_of_option, common, settings_of


@click.command("validate")
@common
@as_of_option
@click.option("--quarter", help="Fiscal quarter such as 2026Q3; the newest that has matured by default.")
@click.option("--knowledge", type=click.Choice(["as-was", "restated"]), default="as-was", show_default=True)
def validate_command(
    config_dir: Path | None, form: str, as_of: date | None, quarter: str | None, knowledge: str
) -> None:
    """Judge one quarter against the validated baseline and publish its report (HTML and JSON)."""
    from icp_monitor import pipeline
    from icp_monitor.cli import output

    settings = settings_of(config_dir)
    name = pipeline.name_validation(settings, as_of, quarter=quarter, knowledge=knowledge)
    pipeline.check(settings, name)
    pipeline.score(settings, name)
    pipeline.measure(settings, name)
    published = pipeline.validate(settings, name)
    if form == "json":
        return output.as_json(published)
    output.verdicts(published.verdicts, published.names)
    click.echo(f"{published.quarter}: {published.conclusion.sentence}")
    for finding in published.conclusion.findings:
        click.echo(f"  - {finding}")
    click.echo(f"Report (edition {published.edition}): {published.html}")
    return None
