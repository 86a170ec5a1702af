"""Are we talking to the same customers? Each segment's share of the deals, validated and now."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt

from icp_monitor.reports.charts.canvas import BEFORE, MUTED, NOW, PAPER, PERCENT, WIDTH, layered, named_rows, plot
from icp_monitor.reports.document import MixRow


def mix(rows: Sequence[MixRow]) -> alt.LayerChart:
    """Hollow is validated, filled is now."""
    data = [{"place": place, "baseline": row.baseline, "current": row.current} for place, row in enumerate(rows)]
    y = named_rows([row.name for row in rows])
    x = alt.X("baseline:Q", title="Share of the deals created", axis=alt.Axis(format=PERCENT, tickCount=6))
    both = [row for row in data if row["baseline"] is not None and row["current"] is not None]
    line = plot(both).mark_rule(color=BEFORE, strokeWidth=2).encode(y=y, x=x, x2="current:Q")
    hollow = plot(data).mark_point(size=80, fill=PAPER, stroke=MUTED, strokeWidth=2, opacity=1).encode(y=y, x=x)
    filled = plot(data).mark_point(size=80, fill=NOW, stroke=NOW, opacity=1).encode(y=y, x="current:Q")
    return layered(line, hollow, filled, width=WIDTH - 120, height=max(26 * len(rows), 60))
