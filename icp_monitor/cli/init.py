"""A first configuration: the worked example with its data, or a guess from the company's own CSV files."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from datetime import date

    from icp_monitor.config.linting import LintReport
    from icp_monitor.pipeline.initial.guessing import Draft

EXAMPLE_ACCOUNTS = 2_000


@click.command("init")
@click.argument("folder", metavar="DIR", type=click.Path(path_type=Path))
@click.argument("files", metavar="[CSV]...", nargs=-1, type=click.Path(path_type=Path))
@click.option("--from-csv", is_flag=True, help="Guess the mapping from the CSV files: accounts, opportunities, more.")
@click.option("--won", multiple=True, metavar="STAGE", help="A stage that means won, where its name doesn't say so.")
@click.option("--lost", multiple=True, metavar="STAGE", help="A stage that means lost.")
@click.option(
    "--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True, help="Output."
)
def init_command(
    folder: Path, files: tuple[Path, ...], from_csv: bool, won: tuple[str, ...], lost: tuple[str, ...], form: str
) -> None:
    """Write a configuration into DIR: a commented example with data that runs, or one guessed from CSV files.

    icp-monitor init mine --from-csv accounts.csv opportunities.csv
    """
    if from_csv != bool(files):
        raise click.UsageError("name the files after --from-csv: accounts.csv opportunities.csv")
    if from_csv:
        _guess(folder, files, won, lost, form)
    else:
        _example(folder, form)


def _guess(folder: Path, files: tuple[Path, ...], won: tuple[str, ...], lost: tuple[str, ...], form: str) -> None:
    from icp_monitor.cli import output
    from icp_monitor.cli.options import settings_of
    from icp_monitor.pipeline.initial.files import refuse_existing, write_configuration
    from icp_monitor.pipeline.initial.guessing import guessed

    refuse_existing(folder)
    today = settings_of(folder).clock.now().date()
    draft = guessed(folder, files, today, won, lost)
    report = write_configuration(folder, draft.files)
    if form == "json":
        output.as_json(
            {"folder": str(folder), "guesses": draft.guesses, "lint": report, "first_look": draft.first_look}
        )
    else:
        _told(folder, draft, report)


def _told(folder: Path, draft: Draft, report: LintReport) -> None:
    from rich.text import Text

    from icp_monitor.cli import output

    rows = [(Text(item.about), Text(item.value), item.sure, Text(item.because)) for item in draft.guesses]
    output.table(("What", "Guess", "How sure", "Because"), rows, title=f"Written to {folder}")
    click.echo("Look at:")
    for item in draft.guesses:
        if item.look:
            click.echo(f"  - {item.about}: {item.look}")
    click.echo(f"{len(report.errors)} errors, {len(report.warnings)} warnings: icp-monitor icp lint --config {folder}")
    _next(folder, draft.first_look)


def _example(folder: Path, form: str) -> None:
    from dataclasses import replace

    from icp_monitor.cli import output
    from icp_monitor.pipeline.initial.files import worked_example, write_configuration
    from icp_monitor.synthetic.company import generate
    from icp_monitor.synthetic.demo import DEMO_LOOKS, DEMO_WORLD
    from icp_monitor.synthetic.files import write_csv

    write_configuration(folder, worked_example())
    smaller = EXAMPLE_ACCOUNTS / DEMO_WORLD.accounts
    world = replace(DEMO_WORLD, accounts=EXAMPLE_ACCOUNTS, scale=DEMO_WORLD.scale * smaller)
    write_csv(generate(world).extract, folder / "data")
    if form == "json":
        output.as_json({"folder": str(folder), "first_look": DEMO_LOOKS[-1]})
        return
    click.echo(f"{folder} holds a worked example, commented, and the records of a synthetic company in {folder}/data.")
    _next(folder, DEMO_LOOKS[-1])


def _next(folder: Path, day: date) -> None:
    click.echo(f"Next: icp-monitor run --config {folder} --as-of {day}, and icp-monitor doctor --config {folder}")
