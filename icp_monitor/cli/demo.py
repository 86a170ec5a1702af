"""A synthetic company with planted drifts, end to end: were they found, and nothing else?"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

import click

from icp_monitor.cli.options import common, settings_of

if TYPE_CHECKING:
    from icp_monitor.alerts.names import Names
    from icp_monitor.drift.verdict import Verdict
    from icp_monitor.settings import Settings
    from icp_monitor.synthetic.changes import Planted

COMPANY = "company"
REPLAYS_KEY, REPLAYS = "calibration_replays", 400


@dataclass(frozen=True)
class Found:
    """The drifts that the looks before and after the planted changes found, beside what was planted."""

    planted: tuple[Planted, ...]
    early: tuple[Verdict, ...]
    drifts: tuple[Verdict, ...]

    @property
    def missed(self) -> tuple[Planted, ...]:
        """Planted drifts that were not found, or found to go the other way."""
        found = {_place(item) for item in self.drifts}
        return tuple(item for item in self.planted if (item.metric, item.segment, item.direction) not in found)

    @property
    def others(self) -> tuple[Verdict, ...]:
        """Drifts that nobody planted."""
        planted = {(item.metric, item.segment, item.direction) for item in self.planted}
        return tuple(item for item in self.drifts if _place(item) not in planted)

    @property
    def as_planted(self) -> bool:
        """Whether all that was planted was found, and nothing before it had happened."""
        return not self.missed and not self.early


@click.command("demo")
@common
@click.option("--output", type=click.Path(path_type=Path, file_okay=False), default=Path("demo-output"))
def demo_command(config_dir: Path | None, form: str, output: Path) -> None:
    """Run the steps on a synthetic company without Airflow; `make demo` does it by real DAG runs."""
    from icp_monitor.cli import output as out
    from icp_monitor.synthetic.demo import DEMO_LOOKS, DEMO_VALIDATION

    folder = Path.cwd() / output
    planted = prepare(folder / "crm")
    given = settings_of(config_dir)
    settings = replace(
        given,
        config_dir=rehearsal(given.config_dir, folder / "config"),
        source_dir=folder / "crm",
        warehouse_url=f"file:{folder / 'warehouse'}",
        ledger_url=f"sqlite:///{folder / 'ledger.db'}",
        output_dir=folder,
    )
    if form == "text":
        announce(planted, names_in(settings.config_dir))
    _run(settings, *DEMO_LOOKS, DEMO_VALIDATION)
    found = found_in(folder, planted, *DEMO_LOOKS)
    if form == "json":
        out.as_json({"planted": found.planted, "drifts": found.drifts, "early": found.early})
    else:
        show(folder, found, names_in(settings.config_dir))
    raise SystemExit(0 if found.as_planted else 1)


def prepare(folder: Path) -> tuple[Planted, ...]:
    """Write the CRM export of the demonstration's company; returns what was planted in it."""
    from icp_monitor.synthetic.company import generate
    from icp_monitor.synthetic.demo import DEMO_WORLD
    from icp_monitor.synthetic.files import write_csv

    company = generate(DEMO_WORLD)
    write_csv(company.extract, folder)
    return company.truth.planted


def rehearsal(config_dir: Path, folder: Path, replays: int = REPLAYS) -> Path:
    """A copy of a configuration that replays the baseline less often: thresholds take seconds, and are rougher."""
    shutil.copytree(config_dir, folder, dirs_exist_ok=True)
    file = folder / "monitoring.yaml"
    others = [line for line in file.read_text("utf-8").splitlines() if not line.startswith(REPLAYS_KEY)]
    file.write_text("\n".join([*others, f"{REPLAYS_KEY}: {replays}", ""]), "utf-8")
    return folder


def names_in(config_dir: Path) -> Names:
    """How the configuration calls its segments."""
    from icp_monitor.config.loading import ICP_FILE, load_icp
    from icp_monitor.pipeline.comparison import names_of

    return names_of(load_icp(config_dir / ICP_FILE))


def found_in(folder: Path, planted: tuple[Planted, ...], before: date, after: date) -> Found:
    """What the live runs of both days found, from the ledger in ``folder``."""
    from icp_monitor.ledger import open_ledger
    from icp_monitor.ledger.runs import LIVE

    looks = []
    with open_ledger(f"sqlite:///{folder / 'ledger.db'}") as ledger:
        for day in (before, after):
            key = ledger.runs.finished(LIVE, day)
            verdicts = ledger.verdicts.of_run(key.run_id) if key else ()
            looks.append(tuple(item for item in verdicts if item.finding.verdict == "drift"))
    return Found(planted, *looks)


def announce(planted: tuple[Planted, ...], names: Names) -> None:
    """Say what is hidden in the company's records."""
    from icp_monitor.synthetic.demo import DEMO_COMPANY, DEMO_WORLD

    click.secho(f"{DEMO_COMPANY}, a synthetic company with {DEMO_WORLD.accounts:,} accounts", bold=True)
    for item in planted:
        click.echo(f"  planted: {_planted(item, names)}")


def show(folder: Path, found: Found, names: Names) -> None:
    """Print the drifts, one Slack message in full, where the others and the report lie, and what to make of it."""
    from icp_monitor.cli import output

    output.verdicts(found.drifts, names)
    _show_alert(folder / "outbox")
    for path in sorted((folder / "reports").rglob("*.html")):
        click.echo(f"Report of the quarterly validation: {_near(path)}")
    click.echo()
    for line, colour in _conclusions(found, names):
        click.secho(line, fg=colour, bold=True)


def _show_alert(outbox: Path) -> None:
    from rich.console import Console
    from rich.panel import Panel
    from rich.text import Text

    messages = sorted(outbox.glob("*.txt"))
    for path in [path for path in messages if "-a-" in path.name][:1]:
        to, _, body = path.read_text("utf-8").partition("\n\n")
        shown = Text(body.partition("\n\n")[2].strip())
        Console(highlight=False).print(Panel(shown, title=f"Slack, {to.lower()}", title_align="left"))
    click.echo(f"All {len(messages)} messages, as they would be sent: {_near(outbox)}")


def _conclusions(found: Found, names: Names) -> list[tuple[str, str]]:
    """What to make of it, each line with its colour."""
    from icp_monitor.alerts.wording import unit_name

    told = [(f"✗ Not found: {_planted(item, names)}", "red") for item in found.missed]
    told += [(f"✗ Found before anything was planted: {unit_name(item, names)}", "red") for item in found.early]
    if found.as_planted:
        told.append((f"✓ The {len(found.planted)} planted drifts were found, and none before they happened.", "green"))
    for item in found.others:
        why = "follows from them" if item.finding.unit.segment == COMPANY else "was not planted: a false alarm"
        told.append((f"  {unit_name(item, names)}: {why}.", "yellow"))
    return told


def _place(verdict: Verdict) -> tuple[str, str, str | None]:
    finding = verdict.finding
    return finding.unit.metric, finding.unit.segment, finding.direction


def _planted(item: Planted, names: Names) -> str:
    from icp_monitor.alerts.names import METRICS
    from icp_monitor.alerts.wording import day

    size = f"{item.size * 100:+.0f} {'points' if item.unit == 'points' else '%'}".replace("-", "−")
    return f"{names.of(item.segment)}, {METRICS[item.metric].lower()} {size} from {day(item.changed_on)}"


def _near(path: Path) -> str:
    """The path as seen from the working directory, where it lies below it."""
    return str(path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path)


def _run(settings: Settings, before: date, after: date, validated: date) -> None:
    from icp_monitor import pipeline

    pipeline.pull(settings)
    for day in (before, after):
        run = pipeline.name_run(settings, day)
        pipeline.check(settings, run)
        pipeline.score(settings, run)
        pipeline.measure(settings, run)
        pipeline.compare(settings, run)
        pipeline.alert(settings, run)
    validation = pipeline.name_validation(settings, validated)
    pipeline.check(settings, validation)
    pipeline.score(settings, validation)
    pipeline.measure(settings, validation)
    pipeline.validate(settings, validation)
