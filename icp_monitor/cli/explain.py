"""Why this score, or why this alert."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import click

from icp_monitor.cli.options import as_of_option, common, settings_of

MOST_CHANGES = 5


@click.command("explain")
@common
@as_of_option
@click.argument("what", metavar="ACCOUNT|ALERT")
def explain_command(config_dir: Path | None, form: str, as_of: date | None, what: str) -> None:
    """Show what an account's score is made of, or what an alert (a-…) rests on."""
    from icp_monitor.cli import output
    from icp_monitor.pipeline.explanations import explain_account, explain_alert
    from icp_monitor.pipeline.workspace import open_workspace

    with open_workspace(settings_of(config_dir)) as workspace:
        if what in {alert.alert_id for alert in workspace.ledger.alerts.all()}:
            story = explain_alert(workspace, what)
            return output.as_json(story) if form == "json" else _show_alert(story, workspace.config.icp)
        account = explain_account(workspace, what, as_of)
    return output.as_json(account) if form == "json" else _show_account(account)


def _show_account(story: Any) -> None:
    from icp_monitor.cli import output

    explanation = story.explanation
    score = "no score" if explanation.score is None else f"{explanation.score:.2f}"
    certain = "certain" if explanation.tier_certain else "provisional"
    click.echo(f"{explanation.account_id}: {score}, {explanation.tier} ({certain}), segment {explanation.segment}")
    origins = {origin.attribute: origin for origin in story.origins}
    rows = [
        (
            part.attribute,
            part.family,
            "missing" if part.missing else str(part.value),
            "–" if part.match is None else f"{part.match:.2f}",
            f"{part.worth:.2f}",
            "–" if part.points is None else f"{part.points:.2f}",
            *_origin(origins.get(part.attribute)),
        )
        for part in explanation.contributions
    ]
    output.table(("Attribute", "Family", "Value", "Match", "Worth", "Points", "Source", "Since"), rows)
    if explanation.missing:
        click.echo(
            f"Missing: {', '.join(explanation.missing)}. With them the score could be "
            f"{explanation.score_low:.2f} ({explanation.tier_at_worst}) to "
            f"{explanation.score_high:.2f} ({explanation.tier_at_best})."
        )
    if explanation.knocked_out_by:
        click.echo(f"Disqualified by {', '.join(explanation.knocked_out_by)}.")
    if any(origin.assumed for origin in story.origins):
        click.echo("? the first pull found this value; it is taken to have held before")
    ratings = [
        f"{item.rated_on}: {item.attribute} {item.rating:g} by {item.rater or 'nobody named'}" for item in story.ratings
    ]
    _lines("Ratings", ratings)
    _lines("How it came about", [_told(change) for change in story.changes[:MOST_CHANGES]])


def _origin(origin: Any) -> tuple[str, str]:
    """The source of a value and since when it holds; a question mark where that is only assumed."""
    if origin is None:
        return "–", "–"
    source = origin.source if origin.table == "accounts" else f"{origin.source}: {origin.table}"
    if origin.since is None:
        return source, "unknown ?" if origin.assumed else "always"
    return source, f"{origin.since} ?" if origin.assumed else f"{origin.since}"


def _told(change: Any) -> str:
    """One move of the score in a line: from which to which, and why."""
    scores = ("no score" if score is None else f"{score:.2f}" for score in (change.previous_score, change.score))
    before, after = scores
    parts = (
        f"{part.cause}: {part.attribute} {part.points:+.2f}"
        if part.attribute != "*"
        else f"{part.cause} {part.points:+.2f}"
        for part in change.parts
    )
    return f"{change.as_of}: {before} ({change.previous_tier}) to {after} ({change.tier}); {', '.join(parts)}"


def _show_alert(story: Any, icp: Any) -> None:
    from icp_monitor.alerts import wording
    from icp_monitor.cli import output
    from icp_monitor.pipeline.comparison import names_of

    alert = story.alert
    click.echo(f"{alert.alert_id}  {alert.status}  {alert.severity}  opened {alert.as_of}")
    click.echo(alert.payload["headline"])
    if story.lead is not None:
        output.verdicts([story.lead, *story.also], names_of(icp))
        _lines("Why we believe it", wording.reasons_to_believe(story.lead))
        _lines("What drives it", story.lead.finding.because)
        _lines("What it is not", story.lead.finding.not_because)
    for check in alert.payload.get("checks", ()):
        click.echo(f"  - {check}")
    for event in story.history:
        click.echo(
            f"{event.at:%Y-%m-%d %H:%M}  {event.status} by {event.who}" + (f": {event.reason}" if event.reason else "")
        )


def _lines(title: str, lines: Any) -> None:
    if lines:
        click.echo(title)
        for line in lines:
            click.echo(f"  - {line}")
