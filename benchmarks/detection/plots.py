"""The operating curves: how much is found at how many false alarms."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import altair as alt
import pandas as pd

from benchmarks.detection.results import BUDGETS, Results

PANELS = {"sudden": "sudden −12 points, 26 weeks", "gradual": "gradual −12 points, 52 weeks"}
TICKS = [0.05, 0.1, 0.2, 0.5, 1, 2]
COLOURS = {"icp-monitor": "#1f6f54", "rolling z": "#8a8f98", "RDDM": "#c2703d"}


def save_plots(results: Results, folder: Path) -> None:
    """Write the pictures of docs/detection.md."""
    folder.mkdir(parents=True, exist_ok=True)
    chart(results).save(folder / "detection-curves.svg")


def chart(results: Results) -> alt.FacetChart:
    """Share found against realised false alarms a year, a panel for each change."""
    points = alt.Chart(pd.DataFrame(_points(results)))
    x = alt.X(
        "false_alarms:Q",
        title="false alarms a year",
        scale=alt.Scale(type="log", domain=[0.03, 2]),
        axis=alt.Axis(values=TICKS),
    )
    y = alt.Y("found:Q", title="found in time", axis=alt.Axis(format="%"), scale=alt.Scale(domain=[0, 1]))
    colour = alt.Color("method:N", title=None, scale=alt.Scale(domain=list(COLOURS), range=list(COLOURS.values())))
    lines = points.mark_line(point=True).encode(x, y, colour)
    panels: alt.FacetChart = lines.properties(width=300, height=240).facet(
        column=alt.Column("change:N", title=None, sort=list(PANELS.values()))
    )
    return panels


def _points(results: Results) -> Iterator[dict[str, object]]:
    for key, title in PANELS.items():
        for budget in BUDGETS:
            found = results.changes[key][budget].found.value
            yield _point(title, "icp-monitor", results.null[budget].episodes.value, found)
        for name, rivals in (("rolling z", results.rolling), ("RDDM", results.rddm)):
            for rival in rivals:
                yield _point(title, name, rival.false_alarms.value, rival.found[key].value)


def _point(change: str, method: str, false_alarms: float, found: float) -> dict[str, object]:
    return {"change": change, "method": method, "false_alarms": false_alarms, "found": found}
