"""Counts by week, numbered so that the last week ends where the data ends."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.data import Data
from icp_monitor.snapshots.dialects import days_between, floor_to_int

DAYS = 7


def weeks_ago(day: sa.ColumnElement[date], end: date) -> sa.ColumnElement[int]:
    """Whole weeks from a day to the last day before ``end``: 0 in the last week of the data."""
    days = days_between(sa.literal(end, sa.Date), day) - 1
    return floor_to_int(sa.cast(days, sa.Double) / sa.literal(float(DAYS), sa.Double))


def weekly_counts(data: Data, counted: sa.Select[Any], end: date) -> list[int]:
    """Rows with ``ago`` and ``n`` as a series of the weeks from the start of the baseline to ``end``."""
    weeks = (end - data.spans.baseline.start).days // DAYS
    series = [0] * max(weeks, 0)
    for row in data.read(counted):
        if 0 <= row["ago"] < len(series):
            series[len(series) - 1 - row["ago"]] += row["n"]
    return series
