"""What monitoring would have said of the past."""

from __future__ import annotations

import json
from collections import Counter
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from icp_monitor.cli.options import Day, common, settings_of

if TYPE_CHECKING:
    from icp_monitor.drift.looks.false_alarms import FalseAlarms
    from icp_monitor.pipeline.backtesting import Backtest


@click.command("backtest")
@common
@click.option("--from", "first", type=Day(), required=True, help="First day.")
@click.option("--to", "last", type=Day(), required=True, help="Last day.")
@click.option("--every", type=click.Choice(["week"]), default="week", show_default=True, help="How often it looks.")
@click.option("--aa", "self_test", is_flag=True, help="Estimate the false alarms a year where nothing changes.")
def backtest_command(
    config_dir: Path | None,
    form: str,
    first: date,
    last: date,
    every: str,  # noqa: ARG001 - there is one choice so far
    self_test: bool,
) -> None:
    """The verdicts and alerts that weekly monitoring would have given; nothing is written, nobody is told.

    With --format json one line for each look and verdict, and one for each alert.
    """
    from icp_monitor.cli import output
    from icp_monitor.pipeline.backtesting import backtest
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings_of(config_dir)) as workspace, output.progress((last - first).days // 7, "Looks") as on:
        found = backtest(workspace, first, last, self_test=self_test, progress=on)
    if form == "json":
        _lines(found)
    else:
        _told(found)


def _lines(found: Backtest) -> None:
    for _, verdicts in found.looks:
        for verdict in verdicts:
            click.echo(json.dumps({"line": "verdict", **verdict.as_json()}, ensure_ascii=False))
    for event in found.alerts:
        lead = event.cause.lead.as_json()
        alert = {"line": "alert", "as_of": event.as_of.isoformat(), "event": event.event, "key": event.cause.key}
        also = [item.finding.unit.segment for item in event.cause.also]
        click.echo(json.dumps({**alert, "severity": event.cause.severity, "lead": lead, "also": also}))
    if found.false_alarms:
        tested = found.false_alarms
        rate = {"value": tested.rate.value, "low": tested.rate.low, "high": tested.rate.high}
        channels = dict(tested.by_channel)
        budget = {"budget_per_year": tested.budget_per_year, "years": tested.years}
        click.echo(json.dumps({"line": "false_alarms_per_year", **rate, **budget, "by_channel": channels}))


def _told(found: Backtest) -> None:
    from icp_monitor.alerts.wording import headline, since
    from icp_monitor.cli import output

    rows = []
    for event in found.alerts:
        finding = event.cause.lead.finding
        word = event.cause.severity if event.event == "opened" else "recovered"
        rows.append((event.as_of.isoformat(), word, f"{headline(finding, found.names)}{since(finding)}"))
    first, last = found.looks[0][0], found.looks[-1][0]
    title = f"Alerts of {len(found.looks)} looks, {first} to {last}"
    if rows:
        output.table(("Look", "Alert", "What"), rows, title=title)
    else:
        click.echo(f"{title}: none.")
    counts = Counter(item.finding.verdict for item in found.looks[-1][1])
    click.echo(f"Verdicts of the last look: {', '.join(f'{n} {verdict}' for verdict, n in sorted(counts.items()))}.")
    if found.false_alarms:
        click.echo(_rate(found.false_alarms))


def _rate(tested: FalseAlarms) -> str:
    return (
        f"Where nothing changes, this company's thresholds raise {tested.rate.value:.2f} alarms a year "
        f"({tested.rate.low:.2f} to {tested.rate.high:.2f}, from {tested.years:.0f} replayed years); "
        f"the budget is {tested.budget_per_year:g}."
    )
