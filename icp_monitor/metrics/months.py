"""Calendar months as whole numbers, so that every engine counts them alike: year x 12 + month - 1."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

YEAR = 12


def number_of(day: date) -> int:
    """The number of the month in which ``day`` lies.

    >>> number_of(date(2026, 3, 31)) - number_of(date(2025, 12, 1))
    3
    """
    return day.year * YEAR + day.month - 1


def first_day(number: int) -> date:
    """The first day of a month.

    >>> first_day(number_of(date(2026, 3, 31)))
    datetime.date(2026, 3, 1)
    """
    return date(number // YEAR, number % YEAR + 1, 1)


def last_complete(before: date) -> int:
    """The last month that was over at 00:00 of a day.

    >>> first_day(last_complete(date(2026, 4, 1))), first_day(last_complete(date(2026, 4, 30)))
    (datetime.date(2026, 3, 1), datetime.date(2026, 3, 1))
    """
    return number_of(before) - 1


def month_number(day: sa.ColumnElement[Any]) -> sa.ColumnElement[int]:
    """The number of the month in which a date lies."""
    year, month = (sa.cast(sa.extract(part, day), sa.Integer) for part in ("year", "month"))
    return year * YEAR + month - 1


def every_month(first: int, last: int) -> sa.CTE:
    """The months from ``first`` to ``last``, both included, in the column ``number``."""
    numbers = (sa.select(sa.literal(number, sa.Integer).label("number")) for number in range(first, last + 1))
    return sa.union_all(*numbers).cte("every_month")
