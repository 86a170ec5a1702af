"""The validation report as one self-contained HTML page; nothing is computed here."""

from __future__ import annotations

import re
from dataclasses import fields, is_dataclass, replace
from importlib import resources
from typing import TYPE_CHECKING, Any, TypeVar, cast

from markupsafe import Markup

from icp_monitor.alerts import wording
from icp_monitor.alerts.causes import root_causes
from icp_monitor.alerts.printable import printable, printable_name
from icp_monitor.drift.phrases import tier_name
from icp_monitor.drift.verdict import Verdict
from icp_monitor.reports import economic_words, formats
from icp_monitor.reports.document import Document
from icp_monitor.reports.pictures import pictures_of

if TYPE_CHECKING:
    import jinja2

DECISIONS = {
    "valid": ("✓", "Still valid"),
    "valid_with_changes": ("≈", "Valid with changes"),
    "not_valid": ("✗", "No longer valid"),
    "not_enough_evidence": ("?", "Not enough evidence"),
    "data_problem": ("!", "Data problem"),
}
MARKS = {"drift": "≠", "stable": "✓", "insufficient_evidence": "…", "data_problem": "!"}
SHORT_WORDS = {**wording.VERDICTS, "insufficient_evidence": "not clear yet"}
RATES = {
    "win_rate": "Won by the horizon",
    "cohort_at_horizon": "All watched until then",
    "cohort": "Won so far",
    "close_rate": "Won of all closed",
    "narrow": "Won of won and lost",
}
FACTORS = {"deals": "Deals", "win_rate": "Win rate", "acv": "Contract", "cycle": "Time"}
AROUND = {
    "more": "more was won after it",
    "less": "less was won after it",
    "no_change": "no change that matters",
    "not_enough": "not enough evidence",
}
LONGEST = 300
BREAK_IN_FIGURE = re.compile(r"(?<=[▲▼]) (?=[+−])|(?<=\d) (?=(?:%|×|points|days)(?:\W|$))")

Value = TypeVar("Value")


def render(document: Document) -> str:
    """The page for ``document``. It needs no script, no network and no other file."""
    report = replace(_fit_to_print(document), conclusion=document.conclusion)
    names = wording.Names({row.segment: row.name for row in report.scorecard})
    verdicts = [Verdict.from_json(item) for item in report.verdicts]
    html = (
        _environment()
        .get_template("validation.html.j2")
        .render(
            report=report,
            verdicts=verdicts,
            causes=root_causes(verdicts),
            names=names,
            wording=wording,
            pictures=pictures_of(report, names),
            style=Markup(resources.files("icp_monitor.reports").joinpath("templates/report.css").read_text("utf-8")),
            decision=DECISIONS[report.conclusion.decision],
            marks=MARKS,
            short_words=SHORT_WORDS,
            metrics={
                name: formats.metric_title(name, report.currency)
                for name in formats.METRICS
                if any(name in row.cells for row in report.scorecard)
            },
            around=AROUND,
            rates=RATES,
            factors=FACTORS,
        )
    )
    return BREAK_IN_FIGURE.sub("\N{NO-BREAK SPACE}", html)


def _environment() -> jinja2.Environment:
    import jinja2

    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("icp_monitor.reports"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        percent=formats.percent,
        points=formats.points,
        growth=formats.growth,
        count=formats.count,
        times=formats.times,
        date=formats.date_of,
        period=formats.period,
        tier=tier_name,
        name=printable_name,
        number_column=lambda title: f"#{title}",
        words=lambda identifier: identifier.replace("_", " "),
        metric=formats.metric,
        economics_sentence=economic_words.economics_sentence,
        trend_sentence=economic_words.trend_sentence,
        allocation_sentence=economic_words.allocation_sentence,
        drivers_sentence=economic_words.drivers_sentence,
        best_sentence=economic_words.best_sentence,
        has_figure=economic_words.has_figure,
        thousands=economic_words.thousands,
        decimal=economic_words.decimal,
    )
    environment.tests.update(mature=formats.is_mature)
    return environment


def _fit_to_print(value: Value) -> Value:
    """The same value with every text in it made fit to print: whatever a source says must stay one readable line."""
    if isinstance(value, str):
        return cast(Value, printable(value, LONGEST))
    if is_dataclass(value) and not isinstance(value, type):
        changes: dict[str, Any] = {field.name: _fit_to_print(getattr(value, field.name)) for field in fields(value)}
        return cast(Value, replace(value, **changes))
    if isinstance(value, tuple | list):
        return cast(Value, type(value)(_fit_to_print(item) for item in value))
    if isinstance(value, dict):
        return cast(Value, {key: _fit_to_print(item) for key, item in value.items()})
    return value
