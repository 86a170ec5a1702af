"""What each segment earns: revenue less the cost of goods, less what winning and serving its customers costs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import pandas as pd

from icp_monitor.config.icp import COMPANY
from icp_monitor.metrics.allocation import DRIVERS, UNALLOCATED
from icp_monitor.metrics.costs import FIXED
from icp_monitor.metrics.months import YEAR

LINES = ("revenue", "cost_of_goods", "gross_margin", "acquisition", "service", "contribution", "fixed")
PURPOSE_OF = {"cost_of_goods": "delivery", "acquisition": "acquisition", "service": "service", "fixed": FIXED}


@dataclass(frozen=True)
class Statement:
    """One segment's year, in minor units; costs are positive."""

    revenue: int
    cost_of_goods: int
    acquisition: int
    service: int
    fixed: int = 0

    @property
    def gross_margin(self) -> int:
        """Revenue less the cost of goods."""
        return self.revenue - self.cost_of_goods

    @property
    def contribution(self) -> int:
        """What is left for the fixed costs.

        >>> Statement(revenue=100_00, cost_of_goods=20_00, acquisition=30_00, service=10_00).contribution
        4000
        """
        return self.gross_margin - self.acquisition - self.service


def segment_pnl(
    movements: pd.DataFrame, costs: pd.DataFrame, method: str, segments: Sequence[str], ends: Sequence[int]
) -> pd.DataFrame:
    """The lines of every segment, of what is unallocated, and of the company, for the year up to each of ``ends``.

    Costs are those of the same months: here nothing is lagged. ``tagged_minor`` is the part of a cost that is tagged
    with the segment or its accounts, the rest is shared by ``driver``. Segments and unallocated sum to the company.
    """
    rows = []
    for end in ends:
        year = [frame[(frame["month"] > end - YEAR) & (frame["month"] <= end)] for frame in (movements, costs)]
        for segment in (*segments, UNALLOCATED, COMPANY):
            paid, spent = (frame if segment == COMPANY else frame[frame["segment"] == segment] for frame in year)
            rows += [{"month": end, "segment": segment, **line} for line in _lines(paid, spent, method)]
    return pd.DataFrame(rows)


def _lines(movements: pd.DataFrame, costs: pd.DataFrame, method: str) -> list[dict[str, object]]:
    sums = costs.groupby("purpose")[["amount_minor", "tagged_minor"]].sum()
    paid = {line: int(sums["amount_minor"].get(purpose, 0)) for line, purpose in PURPOSE_OF.items()}
    tagged = {line: int(sums["tagged_minor"].get(purpose, 0)) for line, purpose in PURPOSE_OF.items()}
    statement = Statement(revenue=int(movements["after_minor"].sum()), **paid)
    return [
        {
            "line": line,
            "amount_minor": getattr(statement, line),
            "tagged_minor": tagged.get(line),
            "driver": DRIVERS[method].get(PURPOSE_OF.get(line, "")),
        }
        for line in LINES
    ]
