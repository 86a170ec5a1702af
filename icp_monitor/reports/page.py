"""The validation report as one self-contained HTML page; nothing is computed here."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from typing import Any

import jinja2
from markupsafe import Markup

from icp_monitor.alerts import wording
from icp_monitor.drift.verdict import Verdict
from icp_monitor.reports import charts
from icp_monitor.reports.document import Document

DECISIONS = {
    "valid": ("✓", "Still valid"),
    "valid_with_changes": ("◐", "Valid with changes"),
    "not_valid": ("✗", "No longer valid"),
    "not_enough_evidence": ("…", "Not enough evidence"),
    "data_problem": ("!", "Data problem"),
}
MARKS = {"drift": "▲", "stable": "✓", "insufficient_evidence": "…", "data_problem": "!"}
METRIC_ORDER = ("win_rate", "acv", "cycle", "velocity", "pipeline_share")
METRIC_TITLES = {
    "win_rate": "Win rate",
    "acv": "Contract value",
    "cycle": "Time to a decision",
    "velocity": "Velocity a day",
    "pipeline_share": "Share of open pipeline",
}
RATE_TITLES = {
    "cohort_at_horizon": "Won within the horizon",
    "cohort": "Won so far",
    "close_rate": "Won of those closed",
    "narrow": "Won against a rival",
    "broad": "Won of all closed",
}


@dataclass(frozen=True)
class Picture:
    """A chart as inline SVG, and what it shows for those who can't see it."""

    svg: Markup
    alternative: str


def render(document: Document) -> str:
    """The page for ``document``. It needs no script, no network and no other file."""
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("icp_monitor.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(_filters(document.currency))
    names = {row.segment: row.name for row in document.scorecard}
    return environment.get_template("validation.html.j2").render(
        report=document,
        verdicts=[Verdict.from_json(item) for item in document.verdicts],
        names=wording.Names(names),
        wording=wording,
        pictures=_pictures(document, names),
        style=Markup(resources.files("icp_monitor.reports").joinpath("templates/report.css").read_text("utf-8")),
        decision=DECISIONS[document.conclusion.decision],
        marks=MARKS,
        metrics=[name for name in METRIC_ORDER if any(name in row.cells for row in document.scorecard)],
        metric_titles=METRIC_TITLES,
        rate_titles=RATE_TITLES,
        tier_names=charts.TIER_NAMES,
    )


def _pictures(document: Document, names: dict[str, str]) -> dict[str, Picture]:
    company = [point for point in document.trend if point.segment == "company"]
    group_names = {**names, **charts.TIER_NAMES}
    drawn: dict[str, tuple[bool, Callable[[], Any], str]] = {
        "curves": (bool(document.curves), lambda: charts.win_curves(document.curves), "Share won by age, by tier"),
        "funnel": (
            document.funnel is not None and bool(document.funnel.points),
            lambda: charts.funnel(document.funnel) if document.funnel else None,
            "Win rate of each segment against its number of opportunities",
        ),
        "lifts": (
            any(row.lift is not None for row in document.lifts),
            lambda: charts.lifts(document.lifts, group_names),
            "Win rate of tiers and segments as a multiple of the company's",
        ),
        "mix": (bool(document.mix), lambda: charts.mix(document.mix), "Share of each segment, validated and now"),
        "trend": (bool(company), lambda: charts.trend(company), "Win rate of the company by quarter"),
    }
    pictures = {name: Picture(_inline(draw()), text) for name, (has_data, draw, text) in drawn.items() if has_data}
    for item in document.waterfalls:
        pictures[f"waterfall-{item.segment}"] = Picture(
            _inline(charts.waterfall(item)), f"{item.name}: from the validated win rate to now, step by step"
        )
    return pictures


def _inline(chart: Any) -> Markup:
    return Markup(charts.svg(chart))


def _filters(currency: str) -> dict[str, Callable[..., str]]:
    def percent(value: float | None, digits: int = 1) -> str:
        return "–" if value is None else f"{value * 100:.{digits}f} %"

    def points(value: float | None) -> str:
        return "–" if value is None else f"{value * 100:+.1f} pts".replace("-", "−")

    def count(value: float | None) -> str:
        return "–" if value is None else f"{value:,.0f}"

    def metric(value: float | None, name: str) -> str:
        if value is None:
            return "–"
        if name in ("acv", "velocity"):
            return f"{currency} {value:,.0f}"
        return f"{value:.0f} d" if name == "cycle" else percent(value)

    def ratio(value: float | None) -> str:
        return "–" if value is None else f"{value:.2f} ×"

    return {"percent": percent, "points": points, "count": count, "metric": metric, "ratio": ratio}
