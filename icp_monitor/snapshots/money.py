"""Amounts in the company's currency, at rates that were declared once, so that a market's rates are no drift."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue.units import LOG_SCALE
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.dialects import floor_to_int

Conversion = Callable[[float], sa.ColumnElement[Any]]
_LOG, _SQUARE = "log_amount", "log_amount_squared"


def in_company_currency(rows: sa.FromClause, asof: Asof) -> dict[str, sa.ColumnElement[Any]]:
    """The columns of ``rows`` that hold amounts, converted by their row's ``currency``; none where nothing is."""
    if asof.currency is None or "currency" not in rows.c:
        return {}
    minor = [column.name for column in rows.c if column.name.endswith("_minor")]
    columns = {name: converted(rows.c[name], rows, asof) for name in minor}
    if _LOG in rows.c:
        columns[_LOG] = _each(rows, asof, lambda rate: rows.c[_LOG] + _scaled(math.log(rate)))
        columns[_SQUARE] = _each(rows, asof, lambda rate: _shifted_square(rows, math.log(rate)))
    return columns


def converted(amount: sa.ColumnElement[Any], rows: sa.FromClause, asof: Asof) -> sa.ColumnElement[Any]:
    """An amount in the ``currency`` of ``rows``, brought to the company's."""
    return amount if asof.currency is None else _each(rows, asof, lambda rate: _times(amount, rate))


def _each(rows: sa.FromClause, asof: Asof, value: Conversion) -> sa.ColumnElement[Any]:
    """The value at the rate of each row's currency; unknown without one."""
    rates = {**asof.rates, str(asof.currency): 1.0}
    return sa.case(*((rows.c.currency == code, value(rate)) for code, rate in rates.items()))


def _times(amount: sa.ColumnElement[Any], rate: float) -> sa.ColumnElement[Any]:
    """Rounded to whole minor units, halves up."""
    if rate == 1:
        return amount
    product = sa.cast(amount, sa.Double) * sa.literal(rate, sa.Double)
    return floor_to_int(product + sa.literal(0.5, sa.Double))


def _shifted_square(rows: sa.FromClause, shift: float) -> sa.ColumnElement[Any]:
    """(l + s)² = l² + 2sl + s², all scaled."""
    if shift == 0:
        return rows.c[_SQUARE]
    twice = sa.cast(rows.c[_LOG], sa.Double) * sa.literal(2 * shift, sa.Double)
    return rows.c[_SQUARE] + floor_to_int(twice + sa.literal(0.5, sa.Double)) + _scaled(shift**2)


def _scaled(number: float) -> sa.ColumnElement[int]:
    return sa.literal(round(number * LOG_SCALE), sa.BigInteger)
