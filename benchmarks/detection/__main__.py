"""Run the benchmark: ``python -m benchmarks.detection [--quick] [--runs N] [--write-docs] [--again]``."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import click

from benchmarks.detection.results import QUICK, Results, Size
from benchmarks.detection.study import study

KEPT = Path(".cache/detection.json")


@click.command()
@click.option("--quick", is_flag=True, help="Few runs: does it work? The figures mean little.")
@click.option("--runs", type=int, help="Runs of every change; the full run has 300.")
@click.option("--again", is_flag=True, help="Show the last run once more instead of running.")
@click.option("--write-docs", is_flag=True, help="Write docs/detection.md and its pictures.")
def main(quick: bool, runs: int | None, again: bool, write_docs: bool) -> None:
    """False alarms, found changes and their dates in simulated companies, beside rivals and oracles."""
    from benchmarks.detection.report import verdicts

    size = QUICK if quick else Size()
    if runs:
        size = replace(size, change=runs)
    results = Results.load(KEPT) if again else study(size)
    results.save(KEPT)
    click.echo(verdicts(results))
    if write_docs:
        from benchmarks.detection.page import page
        from benchmarks.detection.plots import save_plots

        save_plots(results, Path("docs/images"))
        Path("docs/detection.md").write_text(page(results), encoding="utf-8")


if __name__ == "__main__":
    main()
