"""Which segments stand out more than chance allows for their size?"""

from __future__ import annotations

import altair as alt

from icp_monitor.alerts.printable import shorten
from icp_monitor.reports.charts.canvas import (
    HEIGHT,
    INK,
    MUTED,
    NOISE,
    NOW,
    PAPER,
    PERCENT,
    TEXT,
    WIDTH,
    Row,
    layered,
    plot,
    upper_end,
)
from icp_monitor.reports.charts.labels import LONGEST, Box, beside
from icp_monitor.reports.document import Funnel

FRAME = Box(0, 0, WIDTH + 120, HEIGHT)  # a label may stand beside the plot


def funnel(data: Funnel) -> alt.LayerChart:
    """Win rate against number of deals; the band is where chance puts a segment that wins like the company."""
    right = max([*(point.n for point in data.points), *(limit.n for limit in data.limits)]) * 1.02
    usual = [limit.high for limit in data.limits if limit.n >= right / 10]
    top = upper_end([*(point.value for point in data.points), *usual])
    across = alt.Scale(domain=[0, right], nice=False)
    upwards = alt.Scale(domain=[0, top], nice=False)
    x = alt.X("n:Q", title="Deals created in the quarter", scale=across, axis=alt.Axis(grid=False, tickCount=6))
    low = alt.Y("low:Q", title="Win rate", scale=upwards, axis=alt.Axis(format=PERCENT, tickCount=6))
    limits = plot([{"n": at.n, "low": at.low, "high": at.high} for at in data.limits])
    band = limits.mark_area(color=NOISE, clip=True).encode(x=x, y=low, y2="high:Q")
    centre = plot([{"value": data.centre}]).mark_rule(color=MUTED, strokeDash=[4, 3]).encode(y="value:Q")
    inside, outside = (plot(rows) for rows in _split(data))
    quiet = inside.mark_point(shape="circle", size=70, fill=PAPER, stroke=NOW, strokeWidth=2, opacity=1)
    loud = outside.mark_point(shape="triangle-up", size=110, fill=NOW, stroke=NOW, opacity=1)
    labels = plot(_labels(data, right, top)).mark_text(align="left", fontSize=TEXT, color=INK)
    texts = labels.encode(x="n:Q", y="value:Q", text="text:N")
    return layered(band, centre, quiet.encode(x=x, y="value:Q"), loud.encode(x=x, y="value:Q"), texts)


def _split(data: Funnel) -> tuple[list[Row], list[Row]]:
    """The points within the limits of chance, and those outside."""
    inside: list[Row] = []
    outside: list[Row] = []
    for point in data.points:
        (inside if point.low <= point.value <= point.high else outside).append({"n": point.n, "value": point.value})
    return inside, outside


def _labels(data: Funnel, right: float, top: float) -> list[Row]:
    pixels = [(point.n / right * WIDTH, (1 - point.value / top) * HEIGHT) for point in data.points]
    texts = [shorten(point.name, LONGEST) for point in data.points]
    places = beside(pixels, texts, FRAME)
    return [
        {"n": x / WIDTH * right, "value": (1 - y / HEIGHT) * top, "text": text}
        for (x, y), text in zip(places, texts, strict=True)
    ]
