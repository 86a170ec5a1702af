"""Results as text for people or JSON for programs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import fields, is_dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from icp_monitor.checks.result import CheckResult
    from icp_monitor.drift.verdict import Verdict
    from icp_monitor.pipeline.staleness import Stale

WORDS = {
    "drift": ("▲ drift", "red"),
    "stable": ("✓ stable", "green"),
    "insufficient_evidence": ("… not enough evidence", None),
    "data_problem": ("! data problem", "yellow"),
}


def as_json(result: Any) -> None:
    """Print ``result`` as JSON."""
    click.echo(json.dumps(result, default=_plain, indent=1, ensure_ascii=False, sort_keys=True))


def table(titles: Sequence[str], rows: Iterable[Sequence[Any]], title: str | None = None) -> None:
    """Print a table that fits the terminal."""
    from rich import box
    from rich.table import Table

    grid = Table(*titles, title=title, box=box.SIMPLE_HEAD, title_justify="left", title_style="bold", pad_edge=False)
    for row in rows:
        grid.add_row(*row)
    _console().print(grid)


def verdicts(items: Sequence[Verdict], names: Any) -> None:
    """Print verdicts, drifts first, with the numbers behind them."""
    from rich.text import Text

    from icp_monitor.alerts import wording

    order = {"drift": 0, "data_problem": 1, "insufficient_evidence": 2, "stable": 3}
    rows = []
    for item in sorted(items, key=lambda item: order[item.finding.verdict]):
        finding = item.finding
        word, colour = WORDS[finding.verdict]
        told = wording.missing(finding) or f"{wording.values(finding)}\n{wording.movement(item)}"
        rows.append((Text(word, style=colour or ""), Text(wording.unit_name(item, names)), Text(told)))
    table(("Verdict", "Who and what", "Evidence"), rows)


def staleness(stale: Stale | None) -> None:
    """Say, beside the result, since when the data have not been renewed."""
    if stale is not None:
        click.echo(f"! {str(stale)[:1].upper()}{str(stale)[1:]}. {stale.reason}", err=True)


def checks(results: Sequence[CheckResult]) -> None:
    """Print what the data checks found, failures first."""
    from rich.text import Text

    order = {"failed": 0, "note": 1, "ok": 2}
    ranked = sorted(results, key=lambda item: order[item.status])
    rows = [(item.status, item.check, Text(item.message), Text(item.suggestion or "")) for item in ranked]
    table(("Status", "Check", "Finding", "Cure"), rows)


@contextmanager
def progress(total: int, what: str) -> Iterator[Callable[[], None]]:
    """A progress bar on a terminal, silence elsewhere; the block calls what it is given once for each unit done."""
    from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

    console = _console()
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, disable=not console.is_terminal, transient=True) as bar:
        task = bar.add_task(what, total=total)
        yield lambda: bar.advance(task)


def _console() -> Any:
    from rich.console import Console

    return Console(highlight=False, soft_wrap=False)


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if not is_dataclass(value) or isinstance(value, type):
        return str(value)
    if hasattr(value, "as_json"):
        return value.as_json()
    return {field.name: getattr(value, field.name) for field in fields(value)}  # not asdict: verdicts have their own
