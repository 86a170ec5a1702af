"""A synthetic company with planted drifts, end to end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from icp_monitor.cli.options import common, settings_of

if TYPE_CHECKING:
    from icp_monitor.drift.verdict import Verdict
    from icp_monitor.synthetic.changes import Planted


@click.command("demo")
@common
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), default=Path("demo-output"))
def demo_command(config_dir: Path | None, form: str, output: Path) -> None:
    """Run the steps on a synthetic company without Airflow; `make demo` does it by real DAG runs."""
    from icp_monitor import pipeline
    from icp_monitor.synthetic.demo import DEMO_LOOKS

    folder = Path.cwd() / output
    prepare(folder / "crm")
    settings = replace(
        settings_of(config_dir),
        source_dir=folder / "crm",
        warehouse_url=f"file:{folder / 'warehouse'}",
        ledger_url=f"sqlite:///{folder / 'ledger.db'}",
        output_dir=folder,
    )
    pipeline.pull(settings)
    for day in DEMO_LOOKS:
        run = pipeline.name_run(settings, day)
        _steps(settings, run)
        pipeline.compare(settings, run)
        pipeline.alert(settings, run)
    validation = pipeline.name_validation(settings, DEMO_LOOKS[-1])
    _steps(settings, validation)
    pipeline.validate(settings, validation)
    if not show(folder, *DEMO_LOOKS) and form == "text":
        raise SystemExit(1)


def _steps(settings: object, run: object) -> None:
    from icp_monitor import pipeline

    for step in (pipeline.check, pipeline.score, pipeline.measure):
        step(settings, run)  # type: ignore[arg-type]


def prepare(folder: Path) -> None:
    """Write the CRM export of the demonstration's company."""
    from icp_monitor.synthetic.company import generate
    from icp_monitor.synthetic.demo import DEMO_COMPANY, DEMO_WORLD
    from icp_monitor.synthetic.files import write_csv

    company = generate(DEMO_WORLD)
    write_csv(company.extract, folder)
    click.echo(f"{DEMO_COMPANY} has {len(company.extract.opportunities):,} opportunities. Planted:")
    for planted in company.truth.planted:
        click.echo(f"  - {_planted(planted)}")


def show(folder: Path, before: date, after: date) -> bool:
    """Print what the two looks found, the Slack messages and the report; whether the findings are those planted."""
    from icp_monitor.cli import output
    from icp_monitor.ledger import open_ledger
    from icp_monitor.ledger.runs import LIVE
    from icp_monitor.pipeline.comparison import names_of
    from icp_monitor.synthetic.company import generate
    from icp_monitor.synthetic.demo import DEMO_WORLD

    with open_ledger(f"sqlite:///{folder / 'ledger.db'}") as ledger:
        names = names_of(ledger.versions.in_force(after).icp)
        looks = []
        for day in (before, after):
            key = ledger.runs.finished(LIVE, day)
            looks.append(ledger.verdicts.of_run(key.run_id) if key else ())
    click.echo(f"\nLook of {before}: {_counts(looks[0])}\nLook of {after}: {_counts(looks[1])}")
    output.verdicts([item for item in looks[1] if item.finding.verdict == "drift"], names)
    for path in sorted((folder / "outbox").glob("*.txt")):
        click.echo(f"--- Slack, as it would be sent ({path.relative_to(Path.cwd())})\n{path.read_text('utf-8')}")
    for path in sorted((folder / "reports").rglob("*.html")):
        click.echo(f"Quarterly validation report: {path}")
    found = {(item.finding.unit.metric, item.finding.unit.segment) for item in looks[1] if _is_drift(item)}
    expected = {(item.metric, item.segment) for item in generate(DEMO_WORLD).truth.planted}
    early = any(_is_drift(item) for item in looks[0])
    click.echo(
        "The planted drifts were found, and nothing else."
        if found == expected and not early
        else f"Planted: {sorted(expected)}. Found: {sorted(found)}; before the change: {early}."
    )
    return expected <= found and not early


def _is_drift(verdict: Verdict) -> bool:
    return verdict.finding.verdict == "drift"


def _counts(verdicts: Sequence[Verdict]) -> str:
    from icp_monitor.alerts.wording import tally

    return tally(verdicts)


def _planted(planted: Planted) -> str:
    size = f"{planted.size * 100:+.0f} {'points' if planted.unit == 'points' else '%'}"
    return f"{planted.metric} of {planted.segment or 'the company'}: {size} from {planted.changed_on}"
