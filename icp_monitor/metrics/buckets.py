"""Sorting values into buckets by stored edges, never by arithmetic, so that every engine sorts alike."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from icp_monitor.periods import Window

WEEK = 7
BAND_POINTS = 5  # of the score, from one band to the next
UNSCORED_BAND = -1
LOG_BIN = 100_000_000  # a tenth of a natural logarithm, scaled as amounts are


def age_edges(horizon_days: int) -> tuple[int, ...]:
    """Lower edges, in days, of the age bins: weeks up to the horizon, then one bin for all that is older.

    A deal resolved ``horizon_days`` after it was created still counts as within the horizon.

    >>> age_edges(20)
    (0, 7, 14, 21)
    """
    return (*range(0, horizon_days + 1, WEEK), horizon_days + 1)


def age_bin(age: sa.ColumnElement[int], horizon_days: int) -> sa.ColumnElement[int]:
    """The lower edge of the bin that holds ``age``; NULL for a negative age."""
    return _bucket(age, [(edge, sa.literal(edge, sa.Integer)) for edge in age_edges(horizon_days)])


def window_start(day: sa.ColumnElement[date], windows: Sequence[Window]) -> sa.ColumnElement[date]:
    """The first day of the window that holds ``day``; the windows follow one another without a gap."""
    return _bucket(day, [(window.start, sa.literal(window.start, sa.Date)) for window in windows])


def within(day: sa.ColumnElement[date], windows: Sequence[Window]) -> sa.ColumnElement[bool]:
    """Whether ``day`` lies in any of the consecutive windows."""
    return sa.and_(day >= sa.literal(windows[0].start, sa.Date), day < sa.literal(windows[-1].end, sa.Date))


def _bucket(value: sa.ColumnElement[Any], edges: Sequence[tuple[Any, sa.ColumnElement[Any]]]) -> sa.ColumnElement[Any]:
    highest_first = reversed(edges)
    return sa.case(*((value >= sa.literal(edge, value.type), label) for edge, label in highest_first))
