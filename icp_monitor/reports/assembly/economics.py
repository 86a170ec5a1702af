"""The part of the report about what comes after the win, from the tables that ``measure`` wrote."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import pandas as pd

from icp_monitor.config.icp import COMPANY, TIERS
from icp_monitor.drift.phrases import tier_name
from icp_monitor.metrics.acquisition_cost import cost_per_customer, ranking
from icp_monitor.metrics.allocation import UNALLOCATED, principal
from icp_monitor.metrics.costs import FIXED
from icp_monitor.metrics.customers import BAND_STEP
from icp_monitor.metrics.months import first_day, number_of
from icp_monitor.metrics.mrr import UNIT, movement_totals
from icp_monitor.metrics.trend import cochran_armitage
from icp_monitor.reports.assembly.best import best_of
from icp_monitor.reports.assembly.evidence import Evidence, known
from icp_monitor.reports.economics import (
    Acquisition,
    Band,
    BandTrend,
    Bridge,
    Figures,
    PnlRow,
    Range,
    TierCost,
    UnitEconomics,
)

OF_SEGMENTS = (
    *("mrr", "arr", "top_customer_share", "logo_retention", "grr", "nrr"),
    *("ltv_simple", "ltv_realised", "ltv_km", "ltv_km_months", "cac", "payback", "ltv_to_cac", "roi"),
    *(
        f"{level}conversion{step}"
        for level in ("", "account_")
        for step in ("_mql", "_sql", "_opportunity", "_won", "")
    ),
)
SOURCES = {"subscriptions": "revenue_movements", "costs": "cost_allocations", "leads": "funnel_counts"}
QUARTER = 3


def unit_economics(evidence: Evidence) -> UnitEconomics | None:
    """What is known of customers in the quarter; None where no source tells of them."""
    tables = {name: rows for name, rows in evidence.economics.items() if len(rows)}
    if not {*SOURCES.values()} & {*tables}:
        return None
    end = number_of(evidence.quarter.window.end) - 1
    now = {name: rows[rows["month"] == first_day(end)] for name, rows in tables.items() if "month" in rows}
    bands = tuple(_bands(evidence, tables.get("band_metrics")))
    units = evidence.metrics.loc[evidence.metrics["metric"] == "ltv_km", "unit"]
    return UnitEconomics(
        until=evidence.quarter.window.end.isoformat(),
        unmapped=tuple(source for source, table in SOURCES.items() if table not in tables),
        margin_known=bool((units == "currency of gross margin").any()),
        segments=tuple(_figures(evidence, item, "all", evidence.names.of(item)) for item in evidence.segments),
        tiers=tuple(_figures(evidence, COMPANY, tier, tier_name(tier)) for tier in TIERS),
        bridges=tuple(_bridges(evidence, tables.get("revenue_movements"), end)),
        bands=bands,
        trend=_trend(bands),
        acquisition=_acquisition(now.get("acquisition_costs"), evidence.level),
        pnl=tuple(_pnl(evidence, now.get("segment_pnl"))),
        drivers=_drivers(now.get("segment_pnl")),
        best=best_of(tables.get("best_customers"), tables.get("attribute_distributions"), evidence.level, evidence.fdr),
    )


def _figures(evidence: Evidence, segment: str, tier: str, name: str) -> Figures:
    rows = ((metric, evidence.metric(metric, segment, tier)) for metric in OF_SEGMENTS)
    found = {metric: _range(row) for metric, row in rows if row is not None}
    return Figures(segment if tier == "all" else tier, name, found)


def _range(row: Mapping[Any, Any] | pd.Series) -> Range:
    return Range(known(row["value"]), known(row["low"]), known(row["high"]), int(row["n"]))


def _bridges(evidence: Evidence, movements: pd.DataFrame | None, end: int) -> Iterator[Bridge]:
    if movements is None:
        return
    first, last = first_day(end - QUARTER + 1), first_day(end)
    for segment in evidence.segments:
        own = movements if segment == COMPANY else movements[movements["segment"] == segment]
        quarter = own[(own["month"] >= first) & (own["month"] <= last)]
        before, after = (
            int(quarter.loc[quarter["month"] == day, column].sum()) / UNIT
            for day, column in ((first, "before_minor"), (last, "after_minor"))
        )
        totals = {name: cents / UNIT for name, cents in movement_totals(quarter).items() if name != "unchanged"}
        if before or after:
            yield Bridge(segment, evidence.names.of(segment), before, after, totals)


def _bands(evidence: Evidence, rows: pd.DataFrame | None) -> Iterator[Band]:
    if rows is None:
        return
    own = rows[rows["cohort"] == evidence.quarter.window.start]
    for band in sorted({*own["band"].tolist()}):
        figures = own[own["band"] == band].to_dict("records")
        of = {str(row["metric"]): _range(row) for row in figures}
        yield Band(band * BAND_STEP, (band + 1) * BAND_STEP, of)


def _trend(bands: Iterable[Band]) -> BandTrend | None:
    stayed = [(band.low / BAND_STEP, band.of["logo_retention"]) for band in bands]
    known_ones = [(step, item) for step, item in stayed if item.value is not None]
    kept = [round((item.value or 0.0) * item.n) for _, item in known_ones]
    found = cochran_armitage([step for step, _ in known_ones], kept, [item.n for _, item in known_ones])
    return BandTrend(found.slope, found.p_value) if found else None


def _acquisition(costs: pd.DataFrame | None, level: float) -> Acquisition | None:
    if costs is None or costs.empty:
        return None
    methods = tuple(sorted(costs["method"].unique()))
    tiers = [tier for tier in TIERS if costs.loc[costs["tier"] == tier, "customers"].sum()]
    found = (TierCost(tier, dict(_by_method(costs[costs["tier"] == tier], methods, level))) for tier in tiers)
    return Acquisition(principal(methods), methods, tuple(found), ranking(costs, tiers, level).robust)


def _by_method(costs: pd.DataFrame, methods: Iterable[str], level: float) -> Iterator[tuple[str, float | None]]:
    for method in methods:
        cost, _ = cost_per_customer(costs[costs["method"] == method], level)
        yield method, cost.value if cost else None


def _pnl(evidence: Evidence, statement: pd.DataFrame | None) -> Iterator[PnlRow]:
    if statement is None:
        return
    for segment in (*evidence.segments[1:], UNALLOCATED, COMPANY):
        rows = statement[statement["segment"] == segment].to_dict("records")
        amounts = {str(row["line"]): int(row["amount_minor"]) / UNIT for row in rows}
        tagged = {str(row["line"]): known(row["tagged_minor"]) for row in rows if pd.notna(row["tagged_minor"])}
        top = evidence.metric("top_customer_share", segment)
        if any(amount for line, amount in amounts.items() if line != FIXED):
            yield PnlRow(
                segment=segment,
                name="Unallocated" if segment == UNALLOCATED else evidence.names.of(segment),
                amounts=amounts,
                tagged={line: _share(cents, amounts[line] * UNIT) for line, cents in tagged.items()},
                customers=0 if top is None else int(top["n"]),
                top_share=None if top is None else known(top["value"]),
            )


def _share(part: float | None, whole: float) -> float | None:
    return None if part is None or not whole else part / whole


def _drivers(statement: pd.DataFrame | None) -> dict[str, str]:
    if statement is None:
        return {}
    rows = statement[(statement["segment"] == COMPANY) & statement["driver"].notna()]
    return {str(row["line"]): str(row["driver"]) for row in rows.to_dict("records")}
