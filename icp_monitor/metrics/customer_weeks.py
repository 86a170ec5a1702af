"""Customers by the weeks in which they came and left: what weekly monitoring of retention reads.

Somebody who pays nothing for 31 days has left, on the day on which that is certain: no later look changes it.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from icp_monitor.metrics.buckets import WEEK
from icp_monitor.metrics.customers import is_paid
from icp_monitor.scoring.numbers import double
from icp_monitor.snapshots.dialects import days_between, floor_to_int

GRACE = 31  # days without a paid subscription; no month is longer
FOREVER = 10_000_000  # days

Column = sa.ColumnElement[Any]


def stretches_of_subscriptions(subscriptions: sa.FromClause, origin: date) -> sa.Select[Any]:
    """Paid subscriptions by account: the days from ``origin`` on which they ``began`` and ``ended``."""
    rows = subscriptions.c
    ended = sa.func.coalesce(_days(rows.ended_on, origin), FOREVER)
    began = _days(rows.started_on, origin)
    return sa.select(rows.account_id, began.label("began"), ended.label("ended")).where(is_paid(rows), began < ended)


def stretches_of_revenue(revenue: sa.FromClause, origin: date) -> sa.Select[Any]:
    """The same of months with revenue; a month lasts 31 days, so that those that follow each other have no gap."""
    rows = revenue.c
    began = _days(rows.month, origin)
    paid = (rows.account_id.is_not(None), rows.mrr_minor > 0)
    return sa.select(rows.account_id, began.label("began"), (began + GRACE).label("ended")).where(*paid)


def customer_weeks(stretches: sa.FromClause, customers: sa.FromClause) -> sa.Select[Any]:
    """How many customers came in a week and left in another (NULL while they stay), by segment.

    A customer who comes back has left for all that. Only those who had not left before week 0 are counted.
    """
    rows = stretches.c
    order = (rows.began, rows.ended)
    latest = sa.func.max(rows.ended).over(partition_by=rows.account_id, order_by=order, rows=(None, 0))
    following = sa.func.lead(rows.began, type_=sa.Integer).over(partition_by=rows.account_id, order_by=order)
    ordered = sa.select(rows.account_id, rows.began, latest.label("latest"), following.label("following")).cte(
        "stretches_in_order"
    )
    is_last = sa.or_(ordered.c.following.is_(None), ordered.c.following > ordered.c.latest + GRACE)
    lives = (
        sa.select(
            ordered.c.account_id,
            sa.func.min(ordered.c.began).label("began"),
            sa.func.min(sa.case((is_last, ordered.c.latest))).label("ended"),
        )
        .group_by(ordered.c.account_id)
        .cte("customer_lives")
    )
    left = lives.c.ended + GRACE
    keys = (
        customers.c.segment,
        _week(lives.c.began).label("started"),
        sa.case((lives.c.ended < FOREVER, _week(left))).label("ended"),
    )
    joined = lives.join(customers, customers.c.account_id == lives.c.account_id)
    return sa.select(*keys, sa.func.count().label("n")).select_from(joined).where(left >= 0).group_by(*keys)


def _days(day: Column, origin: date) -> Column:
    return days_between(day, sa.literal(origin, sa.Date))


def _week(days: Column) -> Column:
    return floor_to_int(days / double(WEEK))
