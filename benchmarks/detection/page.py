"""The page that shows what the benchmark measured."""

from __future__ import annotations

from pathlib import Path

from benchmarks.detection import peer
from benchmarks.detection.report import AT, Row, share, table, verdicts
from benchmarks.detection.results import BUDGETS, Results
from benchmarks.detection.scenarios import CHANGES
from benchmarks.detection.study import SEED_BASELINES, SEED_CHANGES, SEED_NULL, SEED_ROLLING, SEED_SHAMS

TEMPLATE = Path(__file__).with_name("page.md")


def page(results: Results) -> str:
    """The whole of docs/detection.md."""
    size = results.size
    return TEMPLATE.read_text(encoding="utf-8").format(
        verdicts=verdicts(results),
        curves=_curves(results),
        oracles=_oracles(results),
        thresholds=_thresholds(results),
        further=_further(results),
        rddm=peer.VERSION,
        minutes=round(results.cpu_seconds / 60),
        size=size,
        seeds=f"{SEED_BASELINES} for thresholds, {SEED_ROLLING} for the rolling test's, {SEED_NULL} without a change, "
        f"{SEED_CHANGES} for changes and {SEED_SHAMS} for shams",
    )


def _curves(results: Results) -> str:
    rows: list[Row] = []
    for budget in BUDGETS:
        found = {key: results.changes[key][budget].found for key in ("sudden", "gradual", "amounts", "cycle")}
        delay = results.changes["sudden"][budget].delay
        false = results.null[budget].episodes
        rows.append((f"icp-monitor, budget {budget}", f"{false.value:.2f}", *map(share, found.values()), f"{delay:g}"))
    for rival in results.rolling:
        cells = [share(rival.found[key]) for key in ("sudden", "gradual", "amounts", "cycle")]
        rows.append(
            (
                f"rolling z, set to {rival.setting}",
                f"{rival.false_alarms.value:.2f}",
                *cells,
                f"{rival.delay['sudden']:g}",
            )
        )
    for rival in results.rddm:
        cells = [share(rival.found[key]) for key in ("sudden", "gradual")]
        name = f"RDDM, drift level {rival.setting}"
        rows.append((name, f"{rival.false_alarms.value:.2f}", *cells, "–", "–", f"{rival.delay['sudden']:g}"))
    return table(("", "false alarms a year", "sudden", "gradual", "ACV", "cycle", "weeks to find sudden"), rows)


def _oracles(results: Results) -> str:
    rows = []
    for key, rates in results.oracles.items():
        cells: list[str] = []
        for budget in AT:
            mine = results.changes[key][budget].found
            cells += [
                f"{mine.value:.3f}",
                f"{rates[budget].knows_size.value:.3f}",
                f"{rates[budget].knows_onset.value:.3f}",
            ]
        rows.append((CHANGES[key].title, *cells))
    head = ("", "at 0.1", "knows size", "knows onset", "at 0.7", "knows size", "knows onset")
    return table(head, rows)


def _thresholds(results: Results) -> str:
    rows = [
        (
            name,
            *(f"{results.thresholds[budget][name]:.2f}" for budget in AT),
            f"{rate.value:.3f} ± {rate.half_width:.3f}",
        )
        for name, rate in results.channels.items()
    ]
    return table(("channel", "threshold at 0.1", "at 0.7", "its false alarms a year at 0.7"), rows)


def _further(results: Results) -> str:
    rows = [
        (
            f"{change.title}, within {change.weeks} weeks",
            *(f"{share(results.changes[key][b].found)}, {results.changes[key][b].delay:g} weeks" for b in AT),
        )
        for key, change in CHANGES.items()
        if change.target is None
    ]
    return table(("", "at 0.1: found, median", "at 0.7"), rows)
