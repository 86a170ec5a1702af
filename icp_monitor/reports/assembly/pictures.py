"""What the pictures show: win curves by tier, segments against chance, lifts, mix and the trend."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from scipy import stats

from icp_monitor.config.icp import COMPANY, TIERS
from icp_monitor.drift.cohort import Cohort
from icp_monitor.metrics.incidence import incidence_of_winning
from icp_monitor.metrics.life_table import life_table
from icp_monitor.periods import quarter_of
from icp_monitor.reports.assembly.evidence import Evidence, known
from icp_monitor.reports.document import (
    Curve,
    CurvePoint,
    Funnel,
    FunnelLimit,
    FunnelPoint,
    LiftRow,
    MixRow,
    TrendPoint,
)

CHANCE = 0.99  # share of segments like the company that chance alone leaves inside the funnel
FUNNEL_STEPS = 40


def win_curves(evidence: Evidence) -> tuple[Curve, ...]:
    """The share won by age, of each tier, in the baseline and in the quarter."""
    cohorts: tuple[tuple[Literal["baseline", "current"], Cohort], ...] = (
        ("baseline", evidence.baseline),
        ("current", evidence.current),
    )
    return tuple(curve for name, cohort in cohorts for tier in TIERS for curve in _curve(evidence, name, cohort, tier))


def _curve(evidence: Evidence, name: Literal["baseline", "current"], cohort: Cohort, tier: str) -> Iterator[Curve]:
    cells = cohort.cells[cohort.cells["tier"] == tier]
    incidence = incidence_of_winning(life_table(cells, cohort.horizon_days)) if len(cells) else None
    if incidence is not None:
        start = CurvePoint(0.0, 0.0, 0.0, 0.0)
        band = (CurvePoint(age, at.value, at.low, at.high) for age, at in incidence.band(evidence.level))
        yield Curve(tier, name, int(cells["n"].sum()), (start, *band))


def funnel(evidence: Evidence) -> Funnel | None:
    """Each segment's win rate against its size, with the binomial limits of chance round the company's rate."""
    company = evidence.metric("win_rate", COMPANY)
    centre = None if company is None else known(company["value"])
    if centre is None:
        return None
    rows = {segment: evidence.metric("win_rate", segment) for segment in evidence.icp.segment_ids}
    measured = {
        segment: (int(row["n"]), value)
        for segment, row in rows.items()
        if row is not None and (value := known(row["value"])) is not None
    }
    points = tuple(
        FunnelPoint(segment, evidence.names.of(segment), n, value, *_limits(n, centre))
        for segment, (n, value) in measured.items()
    )
    largest = max((n for n, _ in measured.values()), default=0)
    sizes = sorted({max(1, round(largest * 1.05 * step / FUNNEL_STEPS)) for step in range(1, FUNNEL_STEPS + 1)})
    return Funnel(centre, points, tuple(FunnelLimit(n, *_limits(n, centre)) for n in sizes if largest))


def _limits(n: int, centre: float) -> tuple[float, float]:
    low, high = stats.binom.interval(CHANCE, n, centre)
    return float(low) / n, float(high) / n


def lifts(evidence: Evidence) -> tuple[LiftRow, ...]:
    """The company's own lift of every tier and segment; other companies' figures are never printed."""
    tiers = (_lift(evidence, tier, "tier", COMPANY, tier) for tier in TIERS)
    segments = (_lift(evidence, segment, "segment", segment, "all") for segment in evidence.icp.segment_ids)
    return tuple(row for row in (*tiers, *segments) if row is not None)


def _lift(evidence: Evidence, group: str, kind: Literal["tier", "segment"], segment: str, tier: str) -> LiftRow | None:
    row, rate = evidence.metric("lift", segment, tier), evidence.metric("win_rate", segment, tier)
    if row is None or rate is None or not row["n"]:
        return None
    numbers = (known(row[name]) for name in ("value", "low", "high"))
    return LiftRow(group, kind, int(row["n"]), known(rate["value"]), *numbers)


def mix(evidence: Evidence) -> tuple[MixRow, ...]:
    """Each segment's share of the opportunities created, validated and now."""
    before, now = evidence.baseline.counts_by("segment"), evidence.current.counts_by("segment")
    return tuple(
        MixRow(
            segment,
            evidence.names.of(segment),
            float(before.get(segment, 0) / before.sum()) if before.sum() else None,
            float(now.get(segment, 0) / now.sum()) if now.sum() else None,
            int(now.get(segment, 0)),
        )
        for segment in evidence.icp.segment_ids
    )


def trend(evidence: Evidence) -> tuple[TrendPoint, ...]:
    """The win rate of the company, and of every segment that has drifted in it, quarter by quarter."""
    drifted = {
        item.finding.unit.segment
        for item in evidence.verdicts
        if item.finding.verdict == "drift" and item.finding.unit.metric == "win_rate"
    }
    shown = [segment for segment in evidence.segments if segment == COMPANY or segment in drifted]
    rows = evidence.metrics[(evidence.metrics["metric"] == "win_rate") & (evidence.metrics["tier"] == "all")]
    points = []
    for segment in shown:
        for row in rows[rows["segment"] == segment].sort_values("cohort").to_dict("records"):
            value, low, high, maturity = (known(row[name]) for name in ("value", "low", "high", "maturity"))
            if value is not None and low is not None and high is not None:
                quarter = str(quarter_of(row["cohort"], evidence.quarter.first_month))
                place = (row["cohort"].isoformat(), quarter, segment, evidence.names.of(segment))
                points.append(TrendPoint(*place, value, low, high, int(row["n"]), maturity or 0.0))
    return tuple(points)
