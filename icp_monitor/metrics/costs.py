"""What was spent on whom, and by what it may be shared out: costs by their tags, and the drivers of each month."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from icp_monitor.metrics.months import month_number
from icp_monitor.scoring.numbers import double
from icp_monitor.snapshots.anchors import at_anchor
from icp_monitor.snapshots.dialects import floor_to_int, integer_sum

FIXED = "fixed"  # what nobody in particular causes
PURPOSES = ("acquisition", "delivery", "service")
MINUTES = 60

Column = sa.ColumnElement[Any]


def placed(rows: sa.FromClause, customers: sa.FromClause, versions: sa.FromClause) -> sa.Select[Any]:
    """``rows``, which have account_id and created_on, with segment and tier of the account.

    Those with which it became a customer, else those known on the day (``versions`` are the scored ones); NULL where
    there is no account, or nothing is known of it. ``since`` is the day on which it became a customer.
    """
    own = rows.c.account_id == customers.c.account_id
    both = at_anchor(rows, versions).outerjoin(customers, own)
    return sa.select(
        *rows.c,
        *(sa.func.coalesce(customers.c[name], versions.c[name]).label(name) for name in ("segment", "tier")),
        customers.c.started_on.label("since"),
    ).select_from(both)


def cost_pools(costs: sa.FromClause, segments: Sequence[str]) -> sa.Select[Any]:
    """Sums by month, purpose, the segment and channel that the cost is tagged with, and the place of its account.

    ``costs`` are `placed`, with the tag in ``cost_segment``. A tag that is none of ``segments`` says nothing, and a
    cost without a known purpose is fixed.
    """
    rows = costs.c
    keys = {
        "month": month_number(rows.created_on),
        "purpose": sa.case((rows.purpose.in_(PURPOSES), rows.purpose), else_=sa.literal(FIXED, sa.Text)),
        "cost_segment": sa.case((rows.cost_segment.in_([*segments]), rows.cost_segment)),
        "channel": rows.channel,
        "segment": rows.segment,
        "tier": rows.tier,
    }
    labelled = [value.label(name) for name, value in keys.items()]
    return (
        sa.select(*labelled, integer_sum(rows.amount_minor).label("amount_minor"))
        .where(rows.created_on.is_not(None), rows.amount_minor.is_not(None))
        .group_by(*labelled)
    )


def opportunity_driver(deals: sa.FromClause, customers: sa.FromClause, first: int, last: int) -> sa.Select[Any]:
    """Opportunities created with accounts that were no customers yet, by month, segment, tier and channel."""
    rows, number = deals.c, month_number(deals.c.anchor_on)
    keys = (number.label("month"), rows.segment, rows.tier, rows.channel)
    sold_to = sa.or_(customers.c.started_on.is_(None), rows.anchor_on < customers.c.started_on)
    return (
        sa.select(*keys, sa.func.count().label("weight"))
        .select_from(deals.outerjoin(customers, customers.c.account_id == rows.account_id))
        .where(number >= first, number <= last, sold_to)
        .group_by(*keys)
    )


def activity_drivers(activities: sa.FromClause, first: int, last: int) -> sa.Select[Any]:
    """Touches and minutes by month, segment, tier and what they were for, of `placed` ``activities``.

    Work on an account before it became a customer is ``selling``, and ``serving`` from then on. ``n_timed`` of ``n``
    touches say how long they took.
    """
    rows, number = activities.c, month_number(activities.c.created_on)
    serving = sa.func.coalesce(rows.since <= rows.created_on, sa.false())
    driver = sa.case((serving, sa.literal("serving", sa.Text)), else_=sa.literal("selling", sa.Text))
    keys = (number.label("month"), driver.label("driver"), rows.segment, rows.tier)
    minutes = floor_to_int(rows.hours * double(MINUTES) + double(0.5))
    return (
        sa.select(
            *keys,
            sa.func.count().label("n"),
            sa.func.count(rows.hours).label("n_timed"),
            integer_sum(minutes).label("minutes"),
        )
        .where(rows.segment.is_not(None), number >= first, number <= last)
        .group_by(*keys)
    )


def costs_to_place(costs: sa.FromClause) -> sa.Select[Any]:
    """The costs in the form in which they are `placed`."""
    rows = costs.c
    return sa.select(
        rows.account_id,
        rows.month.label("created_on"),
        rows.purpose,
        rows.segment.label("cost_segment"),
        rows.channel,
        rows.amount_minor,
    )


def activities_to_place(activities: sa.FromClause, deals: sa.FromClause) -> sa.Select[Any]:
    """The activities in that form; one that names only an opportunity belongs to its account."""
    rows = activities.c
    account = sa.func.coalesce(rows.account_id, deals.c.account_id).label("account_id")
    joined = activities.outerjoin(deals, deals.c.opportunity_id == rows.opportunity_id)
    return sa.select(account, rows.occurred_on.label("created_on"), rows.hours).select_from(joined)
