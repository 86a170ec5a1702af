"""How has the win rate moved from quarter to quarter, and which quarters are still too young to say?"""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from datetime import date

import altair as alt

from icp_monitor.reports.charts.canvas import INK, MUTED, NOW, PAPER, PERCENT, TEXT, WIDTH, layered, plot, upper_end
from icp_monitor.reports.document import Event, TrendPoint
from icp_monitor.reports.formats import is_mature, percent

QUARTER_DAYS = 91


def trend(points: Sequence[TrendPoint], events: Sequence[Event]) -> alt.LayerChart:
    """Points with their ranges; hollow and thin where the quarter is not mature; numbered lines for events."""
    data = [
        {"at": at, "value": point.value, "low": point.low, "high": point.high, "text": percent(point.value, 0)}
        for at, point in enumerate(points)
    ]
    old = [row for row, point in zip(data, points, strict=True) if is_mature(point.maturity)]
    young = [row for row in data if row not in old]
    top = upper_end([point.high for point in points])
    names = json.dumps([point.quarter for point in points])
    axis = alt.Axis(values=list(range(len(points))), labelExpr=f"{names}[datum.value]", grid=False, labelColor=INK)
    x = alt.X("at:Q", title=None, axis=axis, scale=alt.Scale(domain=[-0.6, len(points) - 0.4], nice=False))
    scale = alt.Scale(domain=[0, top], nice=False)
    y = alt.Y("value:Q", title="Win rate", axis=alt.Axis(format=PERCENT, tickCount=5), scale=scale)
    low = alt.Y("low:Q", title="Win rate", scale=scale)
    layers = [
        plot(old).mark_rule(strokeWidth=2.5, color=NOW).encode(x=x, y=low, y2="high:Q"),
        plot(young).mark_rule(strokeWidth=1.2, color=MUTED, strokeDash=[3, 3]).encode(x=x, y=low, y2="high:Q"),
        plot(old).mark_point(size=85, fill=NOW, stroke=NOW, opacity=1).encode(x=x, y=y),
        plot(young).mark_point(size=85, fill=PAPER, stroke=MUTED, strokeWidth=2, opacity=1).encode(x=x, y=y),
        plot(data).mark_text(align="left", dx=8, fontSize=TEXT, color=INK).encode(x=x, y=y, text="text:N"),
    ]
    marks = [{"at": at, "number": str(number), "top": top} for number, at in _places(points, events)]
    if marks:
        layers.append(plot(marks).mark_rule(color=MUTED, strokeDash=[1, 3]).encode(x=x))
        numbers = plot(marks).mark_text(dy=8, dx=4, align="left", fontSize=TEXT, fontWeight="bold", color=MUTED)
        layers.append(numbers.encode(x=x, y=alt.Y("top:Q"), text="number:N"))
    return layered(*layers, width=WIDTH, height=220)


def _places(points: Sequence[TrendPoint], events: Sequence[Event]) -> Iterator[tuple[int, float]]:
    """The number of each event, from 1, and where it lies between the quarters; those outside are left out."""
    starts = [date.fromisoformat(point.cohort) for point in points]
    for number, event in enumerate(events, start=1):
        day = date.fromisoformat(event.on)
        index = sum(start <= day for start in starts) - 1
        into = (day - starts[max(index, 0)]).days / QUARTER_DAYS
        if index >= 0 and into <= 1.1:
            yield number, index - 0.5 + min(into, 1.0)
