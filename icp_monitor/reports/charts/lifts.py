"""How many times the company's win rate does each tier and each segment reach?"""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from icp_monitor.reports.charts.canvas import INK, MUTED, NOW, PAPER, TEXT, WIDTH, layered, named_rows, plot
from icp_monitor.reports.document import LiftRow
from icp_monitor.reports.formats import times

TICKS = (0.1, 0.2, 0.5, 1, 2, 5, 10)


def lifts(rows: Sequence[LiftRow], names: Sequence[str]) -> alt.LayerChart:
    """A point and its range for each group on a log scale; squares are tiers, circles segments."""
    data = [
        {
            "place": place,
            "lift": row.lift,
            "low": max(row.low or row.lift, row.lift / 10),
            "high": min(row.high or row.lift, row.lift * 10),
            "kind": row.kind,
            "text": times(row.lift),
        }
        for place, row in enumerate(rows)
        if row.lift
    ]
    y = named_rows(names)
    scale = alt.Scale(type="log", nice=False, padding=12)
    axis = alt.Axis(values=list(TICKS), format="~g", labelExpr="datum.label + ' ×'")
    x = alt.X("low:Q", title="Win rate as a multiple of the company's", scale=scale, axis=axis)
    shape = alt.Shape("kind:N", scale=alt.Scale(domain=["tier", "segment"], range=["square", "circle"]), legend=None)
    one = plot([{"low": 1.0}]).mark_rule(color=MUTED, strokeDash=[4, 3]).encode(x="low:Q")
    ranges = plot(data).mark_rule(strokeWidth=2, color=NOW).encode(y=y, x=x, x2="high:Q")
    dots = plot(data).mark_point(size=75, fill=PAPER, stroke=NOW, strokeWidth=2, opacity=1)
    texts = plot(data).mark_text(align="left", dx=8, fontSize=TEXT, color=INK).encode(y=y, x="high:Q", text="text:N")
    return layered(
        one, ranges, dots.encode(y=y, x="lift:Q", shape=shape), texts, width=WIDTH - 120, height=max(26 * len(rows), 60)
    )
