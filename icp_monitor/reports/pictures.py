"""Which pictures a document has, each as inline SVG with a sentence for those who can't see it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from markupsafe import Markup

from icp_monitor.alerts.wording import Names
from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.phrases import tier_name
from icp_monitor.reports.document import Curve, Document, Waterfall
from icp_monitor.reports.economics import UnitEconomics
from icp_monitor.reports.formats import count, percent, points, times

if TYPE_CHECKING:
    import altair as alt


WHEN = {"current": "now", "baseline": "validated"}


@dataclass(frozen=True)
class Picture:
    """A chart as inline SVG, and what it shows in words."""

    svg: Markup
    alternative: str


def pictures_of(document: Document, names: Names) -> dict[str, Picture]:
    """Every picture that the document has values for."""
    from icp_monitor.reports.charts import svg

    return {name: Picture(Markup(svg(chart, name)), text) for name, chart, text in _drawn(document, names)}


def split_further(document: Document) -> list[Waterfall]:
    """The waterfalls that are worth a picture: the company's, and those of segments whose win rate drifts."""
    drifting = {
        item["segment"] for item in document.verdicts if (item["metric"], item["verdict"]) == ("win_rate", "drift")
    }
    return [item for item in document.waterfalls if item.segment in {COMPANY, *drifting}]


def _drawn(document: Document, names: Names) -> Iterator[tuple[str, alt.LayerChart, str]]:
    from icp_monitor.reports import charts

    curves = [curve for curve in document.curves if curve.points]
    if any(curve.cohort == "current" for curve in curves):
        yield "curves", charts.win_curves(curves), _ends_in_words(curves)
    ratios = [row for row in document.lifts if row.lift]
    if ratios:
        named = [tier_name(row.group) if row.kind == "tier" else names.of(row.group) for row in ratios]
        listed = "; ".join(f"{name} {times(row.lift)}" for name, row in zip(named, ratios, strict=True))
        yield "lifts", charts.lifts(ratios, named), f"Win rates as multiples of the company's: {listed}."
    if document.funnel and document.funnel.points:
        outside = [point.name for point in document.funnel.points if not point.low <= point.value <= point.high]
        told = ", ".join(outside) or "none"
        yield (
            "funnel",
            charts.funnel(document.funnel),
            f"Win rate by size of segment. Outside the limits of chance: {told}.",
        )
    for item in split_further(document):
        yield f"waterfall-{item.segment}", charts.waterfall(item), _parts_in_words(item)
    if document.mix:
        yield (
            "mix",
            charts.mix(document.mix),
            "Each segment's share of the deals, validated and now; the table has the numbers.",
        )
    if document.economics:
        yield from _of_customers(document.economics, document.currency)
    company = [point for point in document.trend if point.segment == COMPANY]
    if company:
        listed = "; ".join(f"{point.quarter} {percent(point.value)}" for point in company)
        yield "trend", charts.trend(company, document.events), f"Win rate of the whole company by quarter: {listed}."


def _of_customers(economics: UnitEconomics, currency: str) -> Iterator[tuple[str, alt.LayerChart, str]]:
    from icp_monitor.reports import charts

    bands = [band for band in economics.bands if band.of["logo_retention"].value is not None]
    if bands:
        company = economics.segments[0].of["logo_retention"].value
        shares = ((band, percent(band.of["logo_retention"].value, 0)) for band in bands)
        listed = "; ".join(f"score {band.low} to {band.high} {share}" for band, share in shares)
        yield "stays", charts.stays(bands, company), f"Share of customers that stayed a year, by score: {listed}."
    tiers = economics.acquisition.tiers if economics.acquisition else ()
    if tiers:
        costs = ((tier, [cost for cost in tier.by_method.values() if cost is not None]) for tier in tiers)
        listed = "; ".join(
            f"{tier_name(tier.tier)} {count(min(found))} to {count(max(found))}" for tier, found in costs if found
        )
        yield "costs", charts.costs(tiers, currency), f"Cost of a new customer by method of sharing costs: {listed}."


def _ends_in_words(curves: Sequence[Curve]) -> str:
    ends = (f"{tier_name(curve.tier)} {WHEN[curve.cohort]} {percent(curve.points[-1].value)}" for curve in curves)
    return f"Share of deals won by age, at the horizon: {'; '.join(ends)}."


def _parts_in_words(item: Waterfall) -> str:
    parts = f"won share {points(item.share)}, timing {points(item.timing)}, mix {points(item.mix)}"
    return f"{item.name}: win rate {percent(item.baseline)} validated, {percent(item.current)} now; {parts}."
