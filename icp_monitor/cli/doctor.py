"""Is the installation well, what can it compute, and which gap should be filled first?"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from icp_monitor.cli.options import as_of_option, common, settings_of

if TYPE_CHECKING:
    from icp_monitor.pipeline.doctor.capability import Capability
    from icp_monitor.pipeline.doctor.examination import Diagnosis
    from icp_monitor.pipeline.doctor.gap import Gap

MOST_GAPS = 10
COLOURS = {"ok": "green", "note": "", "broken": "red", "misconfigured": "red"}


@click.command("doctor")
@common
@as_of_option
def doctor_command(config_dir: Path | None, form: str, as_of: date | None) -> None:
    """Check the set-up, say what can be computed and what is missing for the rest, and what to fill in first.

    Exits 0 unless something is broken (1) or misconfigured (2).
    """
    from icp_monitor.cli import output
    from icp_monitor.pipeline.doctor.examination import examine

    diagnosis = examine(settings_of(config_dir), as_of)
    if form == "json":
        output.as_json(diagnosis)
    else:
        _show(diagnosis)
    raise SystemExit(diagnosis.exit_code)


def _show(diagnosis: Diagnosis) -> None:
    from rich.text import Text

    from icp_monitor.cli import output

    rows = [
        (Text(item.part), Text(item.status, style=COLOURS[item.status]), Text(item.message), Text(item.cure or ""))
        for item in diagnosis.findings
    ]
    output.table(("Part", "State", "Finding", "Cure"), rows, title="The installation")
    if diagnosis.capabilities:
        _show_capabilities(diagnosis)
    if diagnosis.gaps:
        _show_gaps(diagnosis.gaps)


def _show_capabilities(diagnosis: Diagnosis) -> None:
    from rich.text import Text

    from icp_monitor.cli import output

    for kind, title in (("metric", "Metrics"), ("test", "Tests")):
        items = [item for item in diagnosis.capabilities if item.kind == kind]
        click.echo(f"{title} that can be computed: {_named(item for item in items if item.computable)}")
        rows = [(Text(item.name), Text("; ".join(item.lacks))) for item in items if not item.computable]
        if rows:
            output.table((f"{title} that can't", "Missing"), rows)
    gains = [(Text(item.what), str(len(item.unlocks)), Text(", ".join(item.unlocks))) for item in diagnosis.unlocks]
    if gains:
        output.table(("With", "Unlocks", "Which"), gains, title="What would unlock the most")


def _show_gaps(gaps: tuple[Gap, ...]) -> None:
    from icp_monitor.cli import output

    rows = [
        (
            *(gap.attribute, f"{gap.worth:.1f}", f"{gap.missing:,}", f"{gap.provisional:,}", f"{gap.settled:,}"),
            *(f"{gap.blocked:,.0f}", f"{gap.blocked_pipeline:,}"),
        )
        for gap in gaps[:MOST_GAPS]
    ]
    titles = ("Attribute", "Points", "Missing", "Tier open", "Settled by it", "Accounts held up", "Pipeline held up")
    output.table(titles, rows, title="What missing values do")
    first = gaps[0]
    click.echo(
        f"Fill in {first.attribute} next: it is missing for {first.missing:,} accounts, keeps the tier of "
        f"{first.provisional:,} provisional, and would settle {first.settled:,} of them alone."
    )


def _named(items: Iterable[Capability]) -> str:
    return ", ".join(item.name for item in items) or "none"
