"""The single steps of a run, and all of them in order."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import click

from icp_monitor.cli.options import as_of_option, common, settings_of


@click.command("pull")
@common
@click.option("--whole", is_flag=True, help="Read every record again, also where only changes would be asked for.")
def pull_command(config_dir: Path | None, form: str, whole: bool) -> None:
    """Fetch what changed at the sources and store it as one immutable load."""
    from icp_monitor import pipeline
    from icp_monitor.cli import output

    summaries = pipeline.pull(settings_of(config_dir), whole)
    if form == "json":
        return output.as_json(summaries)
    for item in summaries:
        if item.load is None:
            click.echo(f"{item.source}: nothing has changed")
            continue
        rows = [
            (name.removeprefix("raw_"), f"{read:,}", f"{item.quarantined[name]:,}", f"{item.changed[name]:,}")
            for name, read in item.read.items()
        ]
        output.table(("Table", "Read", "Quarantined", "Changed"), rows, title=f"{item.source}: load {item.load}")
    return None


@click.command("check")
@common
@as_of_option
def check_command(config_dir: Path | None, form: str, as_of: date | None) -> None:
    """Count what is wrong with the data, and suggest the mapping that would cure it."""
    from icp_monitor import pipeline
    from icp_monitor.cli import output

    settings = settings_of(config_dir)
    results = pipeline.check(settings, pipeline.name_run(settings, as_of))
    return output.as_json(results) if form == "json" else output.checks(results)


@click.command("score")
@common
@as_of_option
def score_command(config_dir: Path | None, form: str, as_of: date | None) -> None:
    """Score every account and opportunity as known on the day."""
    from icp_monitor import pipeline

    settings = settings_of(config_dir)
    _counts(pipeline.score(settings, pipeline.name_run(settings, as_of)), form)


@click.command("measure")
@common
@as_of_option
def measure_command(config_dir: Path | None, form: str, as_of: date | None) -> None:
    """Measure every segment and tier from the day's scores."""
    from icp_monitor import pipeline

    settings = settings_of(config_dir)
    _counts(pipeline.measure(settings, pipeline.name_run(settings, as_of)), form)


@click.command("compare")
@common
@as_of_option
def compare_command(config_dir: Path | None, form: str, as_of: date | None) -> None:
    """Compare with the validated ICP, on look days: the verdicts."""
    from icp_monitor import pipeline

    settings = settings_of(config_dir)
    _verdicts(pipeline.compare(settings, pipeline.name_run(settings, as_of)), form)


@click.command("alert")
@common
@as_of_option
def alert_command(config_dir: Path | None, form: str, as_of: date | None) -> None:
    """Queue the messages that the verdicts deserve, and hand over what is due."""
    from icp_monitor import pipeline

    settings = settings_of(config_dir)
    _alerts(pipeline.alert(settings, pipeline.name_run(settings, as_of)), form)


@click.command("run")
@common
@as_of_option
@click.option("--muted", is_flag=True, help="Alert nobody.")
@click.option("--no-pull", is_flag=True, help="Use what was pulled before.")
def run_command(config_dir: Path | None, form: str, as_of: date | None, muted: bool, no_pull: bool) -> None:
    """All steps for one day, in order."""
    from icp_monitor import pipeline
    from icp_monitor.cli import output

    settings = settings_of(config_dir)
    if not no_pull:
        pipeline.pull(settings)
    name = pipeline.name_run(settings, as_of)
    results = pipeline.check(settings, name)
    pipeline.score(settings, name)
    pipeline.measure(settings, name)
    comparison = pipeline.compare(settings, name)
    summary = pipeline.alert(settings, name, muted=muted)
    if form == "json":
        return output.as_json({"run": name, "checks": results, "comparison": comparison, "alerts": summary})
    output.checks([result for result in results if result.status != "ok"])
    _verdicts(comparison, form)
    _alerts(summary, form)
    return None


def _counts(counts: dict[str, int], form: str) -> None:
    from icp_monitor.cli import output

    if form == "json":
        output.as_json(counts)
    else:
        output.table(("Dataset", "Rows"), [(name, f"{n:,}") for name, n in counts.items()])


def _verdicts(comparison: object, form: str) -> None:
    from icp_monitor.cli import output
    from icp_monitor.pipeline.comparison import Compared

    if not isinstance(comparison, Compared):
        raise TypeError(f"{comparison!r} is not a comparison")
    output.staleness(comparison.stale)
    if form == "json":
        output.as_json(comparison.verdicts)
    elif comparison.skipped:
        click.echo(comparison.skipped)
    else:
        output.verdicts(comparison.verdicts, comparison.names)


def _alerts(summary: object, form: str) -> None:
    from icp_monitor.alerts.message import Sent
    from icp_monitor.cli import output
    from icp_monitor.pipeline.alerting import AlertSummary

    if not isinstance(summary, AlertSummary):
        raise TypeError(f"{summary!r} is not a summary of alerts")
    if form == "json":
        return output.as_json(summary)
    for item in summary.handed_over:
        where = item.outcome.reference if isinstance(item.outcome, Sent) else f"not sent: {item.outcome}"
        click.echo(f"{item.message.channel}  {item.message.text}\n    {where}")
    if not summary.handed_over:
        click.echo("No message was due.")
    return None
