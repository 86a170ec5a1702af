"""Do the tiers still rank? Share of deals won by age, tier by tier, now and validated."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from icp_monitor.drift.phrases import tier_name
from icp_monitor.reports.charts.canvas import BEFORE, HEIGHT, INK, PERCENT, TEXT, WIDTH, Row, layered, plot, upper_end
from icp_monitor.reports.charts.labels import LINE, spread
from icp_monitor.reports.document import Curve
from icp_monitor.reports.formats import percent

DASHES = ([1, 0], [8, 3], [2, 2], [10, 3, 2, 3])
INKS = ("#083d77", "#2f7fc1", "#6f9dc4", "#5b6673")


def win_curves(curves: Sequence[Curve]) -> alt.LayerChart:
    """Thick with a band: now. Thin and grey, in the same dashes: validated."""
    tiers = sorted({curve.tier for curve in curves})
    rows: list[Row] = [
        {"tier": curve.tier, "cohort": curve.cohort, "age": at.age, "value": at.value, "low": at.low, "high": at.high}
        for curve in curves
        for at in curve.points
    ]
    top = upper_end([row["high"] if row["cohort"] == "current" else row["value"] for row in rows])
    x = alt.X("age:Q", title="Days since the deal was created", scale=alt.Scale(nice=False))
    scale = alt.Scale(domain=[0, top], nice=False)
    y = alt.Y("value:Q", title="Share won", axis=alt.Axis(format=PERCENT, tickCount=6), scale=scale)
    ink = alt.Color("tier:N", scale=alt.Scale(domain=tiers, range=INKS), legend=None)
    dash = alt.StrokeDash("tier:N", scale=alt.Scale(domain=tiers, range=DASHES), legend=None)
    now = plot([row for row in rows if row["cohort"] == "current"])
    before = plot([row for row in rows if row["cohort"] == "baseline"])
    band = now.mark_area(opacity=0.16).encode(x=x, y=alt.Y("low:Q", title="Share won"), y2="high:Q", color=ink)
    validated = before.mark_line(strokeWidth=1.3, color=BEFORE).encode(x=x, y=y, strokeDash=dash, detail="tier:N")
    line = now.mark_line(strokeWidth=2.6).encode(x=x, y=y, color=ink, strokeDash=dash)
    label = plot(_ends(curves, tiers, top)).mark_text(align="left", dx=8, fontSize=TEXT, color=INK)
    ends = label.encode(x="age:Q", y="place:Q", text="text:N")
    return layered(validated, band, line, ends, width=WIDTH - 60)


def _ends(curves: Sequence[Curve], tiers: Sequence[str], top: float) -> list[Row]:
    """One label for each tier at the end of its curve, moved apart where curves end close together."""
    shown = [curve for tier in tiers for curve in curves if curve.tier == tier and curve.cohort == "current"]
    validated = {curve.tier: curve.points[-1].value for curve in curves if curve.cohort == "baseline"}
    ends = [curve.points[-1] for curve in shown]
    places = spread([end.value for end in ends], (LINE + 2) / HEIGHT * top)
    return [
        {
            "age": end.age,
            "place": place,
            "text": f"{tier_name(curve.tier)}: {percent(end.value)}, was {percent(validated.get(curve.tier))}",
        }
        for curve, end, place in zip(shown, ends, places, strict=True)
    ]
