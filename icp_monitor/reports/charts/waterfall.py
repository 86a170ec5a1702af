"""Why did the win rate move? From the validated rate to this quarter's, part by part."""

from __future__ import annotations

from itertools import pairwise

import altair as alt

from icp_monitor.reports.charts.canvas import (
    BEFORE,
    INK,
    MUTED,
    NOW,
    PAPER,
    PERCENT,
    TEXT,
    Row,
    layered,
    plot,
    upper_end,
)
from icp_monitor.reports.document import Waterfall
from icp_monitor.reports.formats import percent, points

FILLS = {"total": BEFORE, "fall": NOW, "rise": PAPER}


def waterfall(data: Waterfall) -> alt.LayerChart:
    """Grey bars are rates, filled ones losses, hollow ones gains."""
    rows = _steps(data)
    lowest = min(0.0, *(row["end"] for row in rows))
    order = [row["step"] for row in rows]
    x = alt.X(
        "step:N",
        sort=order,
        title=None,
        axis=alt.Axis(labelAngle=0, labelAlign="center", labelColor=INK, ticks=False, labelPadding=8),
    )
    y = alt.Y(
        "start:Q",
        title="Win rate",
        axis=alt.Axis(format=PERCENT, tickCount=5),
        scale=alt.Scale(domain=[lowest, upper_end([row["top"] for row in rows])], nice=False),
    )
    fill = alt.Fill("kind:N", scale=alt.Scale(domain=list(FILLS), range=list(FILLS.values())), legend=None)
    bars = plot(rows).mark_bar(size=70, stroke=INK, strokeWidth=1).encode(x=x, y=y, y2="end:Q", fill=fill)
    joints = plot(_joints(rows)).mark_line(color=MUTED, strokeDash=[2, 2], strokeWidth=1)
    lines = joints.encode(x=alt.X("step:N", sort=order), y="at:Q", detail="joint:N")
    texts = plot(rows).mark_text(dy=-9, fontSize=TEXT, fontWeight="bold", color=INK)
    labels = texts.encode(x=alt.X("step:N", sort=order), y="top:Q", text="text:N")
    return layered(lines, bars, labels, height=210)


def _steps(data: Waterfall) -> list[Row]:
    """Bars in order; the parts follow each other from the validated rate, so that each starts where the last ended."""
    rows = [_bar("Validated", 0.0, data.baseline, "total", percent(data.baseline))]
    at = data.baseline
    for name, part in (("Won share", data.share), ("Timing", data.timing), ("Mix", data.mix)):
        rows.append(_bar(name, at, at + part, "fall" if part < 0 else "rise", points(part)))
        at += part
    return [*rows, _bar("Now", 0.0, data.current, "total", percent(data.current))]


def _bar(step: str, start: float, end: float, kind: str, text: str) -> Row:
    return {"step": step, "start": start, "end": end, "top": max(start, end), "kind": kind, "text": text}


def _joints(rows: list[Row]) -> list[Row]:
    """The thin lines from the end of one bar to the next."""
    return [
        {"joint": number, "step": row["step"], "at": before["end"]}
        for number, (before, after) in enumerate(pairwise(rows))
        for row in (before, after)
    ]
