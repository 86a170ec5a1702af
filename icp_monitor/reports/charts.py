"""The report's pictures, drawn from the document's values; they can be told apart in greyscale."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt
import pandas as pd
import vl_convert as vlc

from icp_monitor.reports.document import Curve, Funnel, LiftRow, MixRow, TrendPoint, Waterfall

INK, MUTED, GRID = "#1d2733", "#66717f", "#e3e7ec"
NOW, BEFORE, WARN = "#0b5cad", "#9aa5b1", "#b3261e"
TIER_DASH = {"tier_1": [1, 0], "tier_2": [7, 3], "tier_3": [2, 2]}
TIER_INK = {"tier_1": "#083d77", "tier_2": "#2f7fc1", "tier_3": "#7fb2dd"}
TIER_NAMES = {"tier_1": "Tier 1", "tier_2": "Tier 2", "tier_3": "Tier 3"}
PERCENT = alt.Axis(format=".0%", tickCount=6)
WIDTH = 660


def svg(chart: alt.TopLevelMixin) -> str:
    """The chart as SVG text."""
    return str(vlc.vegalite_to_svg(_themed(chart)))


def png(chart: alt.TopLevelMixin, scale: float = 2) -> bytes:
    """The chart as a PNG picture."""
    return bytes(vlc.vegalite_to_png(_themed(chart), scale=scale))


def win_curves(curves: Sequence[Curve]) -> alt.LayerChart:
    """Share won by age, by tier, with bands; the validated curves are thin and grey."""
    rows = pd.DataFrame(
        [
            {
                "tier": TIER_NAMES.get(curve.tier, curve.tier),
                "cohort": curve.cohort,
                "age": point.age,
                "value": point.value,
                "low": point.low,
                "high": point.high,
            }
            for curve in curves
            for point in curve.points
        ]
    )
    present = [tier for tier in TIER_NAMES if any(curve.tier == tier for curve in curves)]
    domain = [TIER_NAMES[tier] for tier in present]
    colour = alt.Color(
        "tier:N", title=None, scale=alt.Scale(domain=domain, range=[TIER_INK[tier] for tier in present]), legend=None
    )
    dash = alt.StrokeDash(
        "tier:N", scale=alt.Scale(domain=domain, range=[TIER_DASH[tier] for tier in present]), legend=None
    )
    x = alt.X("age:Q", title="Days since the opportunity was created")
    y = alt.Y("value:Q", title="Share won", axis=PERCENT, scale=alt.Scale(zero=True))
    now = alt.Chart(rows).transform_filter("datum.cohort == 'current'")
    before = alt.Chart(rows).transform_filter("datum.cohort == 'baseline'")
    band = now.mark_area(opacity=0.14, interpolate="step-after").encode(
        x=x, y=alt.Y("low:Q", title="Share won"), y2="high:Q", color=colour
    )
    line = now.mark_line(strokeWidth=2.4, interpolate="step-after").encode(x=x, y=y, color=colour, strokeDash=dash)
    validated = before.mark_line(strokeWidth=1.2, color=BEFORE, interpolate="step-after").encode(
        x=x, y=y, strokeDash=dash, detail="tier:N"
    )
    ends = rows.loc[rows.groupby(["tier", "cohort"])["age"].idxmax()]
    last_now = ends[ends["cohort"] == "current"]
    label = (
        alt.Chart(last_now)
        .mark_text(align="left", dx=6, fontSize=12, fontWeight="bold", color=INK)
        .encode(x=x, y=y, text="tier:N")
    )
    return alt.layer(validated, band, line, label).properties(width=WIDTH - 60, height=290)


def funnel(data: Funnel) -> alt.LayerChart:
    """Segments' win rates against their number of deals, with the limits within which chance alone moves them."""
    limits = pd.DataFrame([{"n": item.n, "low": item.low, "high": item.high} for item in data.limits])
    points = pd.DataFrame(
        [
            {
                "name": point.name,
                "n": point.n,
                "value": point.value,
                "place": "outside" if not point.low <= point.value <= point.high else "inside",
            }
            for point in data.points
        ]
    )
    x = alt.X("n:Q", title="Opportunities created in the quarter", scale=alt.Scale(zero=True))
    band = (
        alt.Chart(limits)
        .mark_area(color=GRID, opacity=0.8)
        .encode(x=x, y=alt.Y("low:Q", title="Win rate"), y2="high:Q")
    )
    centre = alt.Chart(pd.DataFrame({"y": [data.centre]})).mark_rule(color=MUTED, strokeDash=[4, 3]).encode(y="y:Q")
    y = alt.Y("value:Q", title="Win rate", axis=PERCENT)
    dots = (
        alt.Chart(points)
        .mark_point(filled=True, size=90, opacity=1)
        .encode(
            x=x,
            y=y,
            color=alt.Color("place:N", scale=alt.Scale(domain=["inside", "outside"], range=[NOW, WARN]), legend=None),
            shape=alt.Shape(
                "place:N", scale=alt.Scale(domain=["inside", "outside"], range=["circle", "triangle-up"]), legend=None
            ),
        )
    )
    labels = (
        alt.Chart(points).mark_text(align="left", dx=8, dy=-7, fontSize=11, color=INK).encode(x=x, y=y, text="name:N")
    )
    return alt.layer(band, centre, dots, labels).properties(width=WIDTH - 60, height=290)


def waterfall(data: Waterfall) -> alt.LayerChart:
    """From the validated win rate to now, step by step."""
    steps = [
        ("Validated", 0.0, data.baseline, "total"),
        ("Won share", data.baseline, data.baseline + data.share, "step"),
        ("Timing", data.baseline + data.share, data.baseline + data.share + data.timing, "step"),
        ("Mix", data.current - data.mix, data.current, "step"),
        ("Now", 0.0, data.current, "total"),
    ]
    rows = pd.DataFrame(steps, columns=["step", "start", "end", "kind"])
    rows["change"] = [
        f"{(end - start) * 100:+.1f} pts".replace("-", "−") if kind == "step" else f"{end:.1%}"
        for _, start, end, kind in steps
    ]
    rows["top"] = rows[["start", "end"]].max(axis=1)
    rows["sort"] = range(len(rows))
    rows["tone"] = [kind if kind == "total" else ("fall" if end < start else "rise") for _, start, end, kind in steps]
    x = alt.X("step:N", sort=alt.SortField("sort"), title=None, axis=alt.Axis(labelAngle=0, labelFontSize=12))
    bars = (
        alt.Chart(rows)
        .mark_bar(size=62)
        .encode(
            x=x,
            y=alt.Y("start:Q", title="Win rate", axis=PERCENT),
            y2="end:Q",
            color=alt.Color(
                "tone:N",
                scale=alt.Scale(domain=["total", "fall", "rise"], range=["#44546a", WARN, "#7fb2dd"]),
                legend=None,
            ),
        )
    )
    text = (
        alt.Chart(rows)
        .mark_text(dy=-9, fontSize=12, fontWeight="bold", color=INK)
        .encode(x=x, y="top:Q", text="change:N")
    )
    return alt.layer(bars, text).properties(width=WIDTH - 60, height=240)


def lifts(rows: Sequence[LiftRow], names: dict[str, str]) -> alt.LayerChart:
    """Each tier's and segment's win rate as a multiple of the company's, with its interval."""
    data = pd.DataFrame(
        [
            {
                "name": names.get(row.group, row.group),
                "lift": row.lift,
                "low": row.low,
                "high": row.high,
                "kind": row.kind,
            }
            for row in rows
            if row.lift is not None
        ]
    )
    y = alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=220, labelFontSize=12))
    x = alt.X("lift:Q", title="Times the company's win rate", scale=alt.Scale(type="log", nice=False))
    one = alt.Chart(pd.DataFrame({"x": [1.0]})).mark_rule(color=MUTED, strokeDash=[4, 3]).encode(x="x:Q")
    shape = alt.Shape(
        "kind:N", scale=alt.Scale(domain=["tier", "segment"], range=["square", "circle"]), title=None, legend=None
    )
    ranges = alt.Chart(data).mark_rule(strokeWidth=2, color=NOW).encode(y=y, x=alt.X("low:Q"), x2="high:Q")
    dots = alt.Chart(data).mark_point(filled=True, size=80, color=NOW, opacity=1).encode(y=y, x=x, shape=shape)
    return alt.layer(one, ranges, dots).properties(width=WIDTH - 190, height=alt.Step(25))


def mix(rows: Sequence[MixRow]) -> alt.LayerChart:
    """Each segment's share of the opportunities, validated (hollow) and now (filled)."""
    data = pd.DataFrame([{"name": row.name, "baseline": row.baseline, "current": row.current} for row in rows])
    y = alt.Y("name:N", sort=None, title=None, axis=alt.Axis(labelLimit=220, labelFontSize=12))
    x_axis = alt.Axis(format=".0%")
    line = alt.Chart(data).mark_rule(color=BEFORE, strokeWidth=2).encode(y=y, x="baseline:Q", x2="current:Q")
    before = (
        alt.Chart(data)
        .mark_point(size=80, color=MUTED, fill="white", opacity=1)
        .encode(y=y, x=alt.X("baseline:Q", title="Share of opportunities created", axis=x_axis))
    )
    now = alt.Chart(data).mark_point(filled=True, size=80, color=NOW, opacity=1).encode(y=y, x="current:Q")
    return alt.layer(line, before, now).properties(width=WIDTH - 190, height=alt.Step(25))


def trend(points: Sequence[TrendPoint]) -> alt.LayerChart:
    """The company's win rate by quarter, with intervals; quarters that are not mature are hollow."""
    data = pd.DataFrame(
        [
            {
                "quarter": point.quarter,
                "value": point.value,
                "low": point.low,
                "high": point.high,
                "mature": "yes" if point.maturity >= 0.995 else "no",
            }
            for point in points
        ]
    )
    x = alt.X("quarter:N", title=None, sort=None, axis=alt.Axis(labelAngle=0))
    y = alt.Y("value:Q", title="Win rate", axis=PERCENT, scale=alt.Scale(zero=True))
    ranges = (
        alt.Chart(data).mark_rule(strokeWidth=2, color=NOW).encode(x=x, y=alt.Y("low:Q", title="Win rate"), y2="high:Q")
    )
    dots = (
        alt.Chart(data)
        .mark_point(size=90, stroke=NOW, strokeWidth=2, opacity=1)
        .encode(
            x=x,
            y=y,
            fill=alt.Fill("mature:N", scale=alt.Scale(domain=["yes", "no"], range=[NOW, "#ffffff"]), legend=None),
        )
    )
    return alt.layer(ranges, dots).properties(width=WIDTH - 60, height=220)


def _themed(chart: alt.TopLevelMixin) -> str:
    themed: Any = chart.configure(font="Liberation Sans, Arial, Helvetica, sans-serif", background="white")
    return str(
        themed.configure_view(stroke=None)
        .configure_axis(
            labelColor=MUTED,
            titleColor=MUTED,
            titleFontWeight="normal",
            gridColor=GRID,
            domainColor=GRID,
            tickColor=GRID,
        )
        .to_json()
    )
