"""What all pictures share: inks, sizes, and the way from a chart to SVG."""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, cast

import altair as alt
import vl_convert as vlc

from icp_monitor.alerts.printable import shorten
from icp_monitor.reports.charts.labels import LONGEST

INK, MUTED, GRID, PAPER = "#1d2733", "#5b6673", "#dfe4ea", "#ffffff"
NOW, BEFORE, NOISE = "#0b4f94", "#8893a0", "#e9edf1"
WIDTH, HEIGHT = 640, 300
TEXT = 12
FONT = "Liberation Sans, Arial, Helvetica, sans-serif"
PERCENT = ".0%"
LINK = re.compile(r'(id="|url\(#)([a-z_]+)(\d+)')

Row = dict[str, Any]


def plot(rows: Sequence[Row]) -> alt.Chart:
    """A chart of ``rows``."""
    return alt.Chart(alt.InlineData(values=list(rows)))


def layered(*layers: alt.Chart, width: int = WIDTH, height: int = HEIGHT) -> alt.LayerChart:
    """The layers on one plot, the first one undermost."""
    return cast(alt.LayerChart, alt.layer(*layers).properties(width=width, height=height))


def upper_end(values: Sequence[float]) -> float:
    """Where an axis that begins at 0 ends, with room above the largest of ``values``."""
    return max(values) * 1.1 or 1.0


def named_rows(names: Sequence[str]) -> alt.Y:
    """One row for each name, from the top; rows are told apart by their ``place``, since two names may be the same."""
    labels = json.dumps([shorten(name, LONGEST) for name in names])
    axis = alt.Axis(labelExpr=f"{labels}[datum.value]", labelColor=INK, labelLimit=0, ticks=False, labelPadding=10)
    return alt.Y("place:O", title=None, axis=axis)


def svg(chart: alt.TopLevelMixin, name: str) -> str:
    """The chart as SVG; the same chart gives the same bytes, and ids that no other picture of the page has."""
    drawn: Any = chart.configure(
        font=FONT,
        background=PAPER,
        aria=False,
        view=alt.ViewConfig(stroke=None),
        axis=alt.AxisConfig(
            labelColor=MUTED,
            labelFontSize=TEXT,
            titleColor=MUTED,
            titleFontSize=TEXT,
            titleFontWeight="normal",
            titlePadding=8,
            gridColor=GRID,
            domainColor=BEFORE,
            tickColor=BEFORE,
        ),
    )
    text = vlc.vegalite_to_svg(json.dumps(drawn.to_dict(validate=False)))
    return _with_own_ids(str(text), name)


def _with_own_ids(text: str, name: str) -> str:
    """Vega counts its ids through the life of the process; here they count from 0 in each picture."""
    order: dict[str, int] = {}

    def renamed(match: re.Match[str]) -> str:
        number = order.setdefault(match[2] + match[3], len(order))
        return f"{match[1]}{name}-{match[2]}{number}"

    return LINK.sub(renamed, text)
