"""Arithmetic that gives the same bits on every engine: doubles only, and sums in the order that is written."""

from __future__ import annotations

from collections.abc import Iterable
from functools import reduce
from typing import Any

import sqlalchemy as sa


def double(value: float) -> sa.ColumnElement[float]:
    """A constant as a double; engines read a bare ``0.1`` as a decimal."""
    return sa.literal(float(value), sa.Double)


def total(terms: Iterable[sa.ColumnElement[float]]) -> sa.ColumnElement[float]:
    """The sum of ``terms`` from left to right; 0 for none."""
    return reduce(lambda left, right: left + right, terms, double(0))


def at_least_zero(value: sa.ColumnElement[float]) -> sa.ColumnElement[float]:
    """``value`` where it is above 0, else 0; never the negative zero, which engines print differently."""
    return sa.case((value > double(0), value), else_=double(0))


def known(value: sa.ColumnElement[Any], expression: sa.ColumnElement[float]) -> sa.ColumnElement[float | None]:
    """``expression`` where ``value`` is known, else NULL."""
    return sa.case((value.is_not(None), expression))
