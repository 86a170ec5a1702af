"""Which stretches of time a check compares: the validated baseline, and the last weeks before the data ends."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from icp_monitor.periods import Window

BASELINE, QUARTER, MONTH = 0, 1, 2
MONTH_WEEKS, QUARTER_WEEKS = 4, 13


@dataclass(frozen=True)
class Spans:
    """The baseline, the four weeks before ``end`` (``month``) and the nine before them (``quarter``).

    What lies within the baseline belongs to it alone, so that early in the monitoring there is no quarter yet.
    """

    baseline: Window
    quarter: Window | None
    month: Window | None
    end: date

    @classmethod
    def of(cls, baseline: Window, end: date) -> Spans:
        """The spans of deals created before ``end``.

        >>> Spans.of(Window(date(2025, 1, 1), date(2026, 1, 1)), date(2026, 6, 1)).month
        Window(start=datetime.date(2026, 5, 4), end=datetime.date(2026, 6, 1))
        """
        first, middle = (end - timedelta(weeks=weeks) for weeks in (QUARTER_WEEKS, MONTH_WEEKS))
        quarter, month = (_after(baseline, start, stop) for start, stop in ((first, middle), (middle, end)))
        return cls(baseline, quarter, month, end)

    @property
    def windows(self) -> Sequence[tuple[int, Window]]:
        """The spans that there are, by number."""
        every = ((BASELINE, self.baseline), (QUARTER, self.quarter), (MONTH, self.month))
        return [(number, window) for number, window in every if window is not None]

    def number(self, day: sa.ColumnElement[date]) -> sa.ColumnElement[Any]:
        """The number of the span that a day lies in; NULL outside."""
        inside = ((sa.and_(day >= span.start, day < span.end), number) for number, span in self.windows)
        return sa.cast(sa.case(*inside), sa.Integer)


def _after(baseline: Window, start: date, end: date) -> Window | None:
    start = max(start, baseline.end)
    return Window(start, end) if start < end else None
