"""Do customers with a higher score stay, and does the cost of a new one depend on how costs are shared out?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt

from icp_monitor.drift.phrases import tier_name
from icp_monitor.reports.charts.canvas import INK, MUTED, NOW, PAPER, PERCENT, TEXT, WIDTH, layered, named_rows, plot
from icp_monitor.reports.economics import Band, TierCost
from icp_monitor.reports.formats import count, percent

SHAPES: Mapping[str, str] = {"activity": "circle", "volume": "square", "direct": "diamond"}
ROW = 30


def stays(bands: Sequence[Band], company: float | None) -> alt.LayerChart:
    """The share of customers that stayed a year, with its range, for each band of the score; dashed: all of them."""
    kept = [(place, band.of["logo_retention"]) for place, band in enumerate(bands)]
    rows = [
        {"place": place, "value": item.value, "low": item.low, "high": item.high, "text": _counted(item.value, item.n)}
        for place, item in kept
        if item.value is not None
    ]
    y = named_rows([f"Score {band.low} to {band.high}" for band in bands])
    scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X("low:Q", title="Share of customers that stayed a year", axis=alt.Axis(format=PERCENT), scale=scale)
    ranges = plot(rows).mark_rule(strokeWidth=2, color=NOW).encode(y=y, x=x, x2="high:Q")
    dots = plot(rows).mark_point(size=75, fill=PAPER, stroke=NOW, strokeWidth=2, opacity=1).encode(y=y, x="value:Q")
    texts = plot(rows).mark_text(align="left", dx=8, fontSize=TEXT, color=INK).encode(y=y, x="high:Q", text="text:N")
    everyone = [] if company is None else [{"low": company}]
    line = plot(everyone).mark_rule(color=MUTED, strokeDash=[4, 3]).encode(x=x)
    return layered(line, ranges, dots, texts, width=WIDTH - 150, height=ROW * len(bands))


def costs(tiers: Sequence[TierCost], currency: str) -> alt.LayerChart:
    """The cost of a new customer of each tier, one mark for each method, with a line from the lowest to the highest."""
    known = [
        {"place": place, "cost": cost, "method": method}
        for place, tier in enumerate(tiers)
        for method, cost in tier.by_method.items()
        if cost is not None
    ]
    spans = [
        {"place": place, "low": min(found), "high": max(found), "text": " to ".join(map(count, _ends(found)))}
        for place, tier in enumerate(tiers)
        if (found := [cost for cost in tier.by_method.values() if cost is not None])
    ]
    y = named_rows([tier_name(tier.tier) for tier in tiers])
    scale = alt.Scale(domainMin=0, nice=True)
    axis = alt.Axis(format="~s", tickCount=6)
    x = alt.X("low:Q", title=f"Cost of a new customer, {currency}", axis=axis, scale=scale)
    shape = alt.Shape("method:N", scale=alt.Scale(domain=[*SHAPES], range=[*SHAPES.values()]), legend=None)
    ranges = plot(spans).mark_rule(strokeWidth=2, color=NOW).encode(y=y, x=x, x2="high:Q")
    dots = plot(known).mark_point(size=85, fill=PAPER, stroke=NOW, strokeWidth=2, opacity=1)
    texts = plot(spans).mark_text(align="left", dx=10, fontSize=TEXT, color=INK).encode(y=y, x="high:Q", text="text:N")
    marks = dots.encode(y=y, x="cost:Q", shape=shape)
    return layered(ranges, marks, texts, width=WIDTH - 160, height=max(ROW * len(tiers), 120))


def _counted(share: float | None, n: int) -> str:
    return f"{percent(share, 0)} of {n:,}"


def _ends(found: Sequence[float]) -> tuple[float, ...]:
    return (min(found), max(found)) if max(found) - min(found) >= 1 else (found[0],)
