"""Who is a customer since when, and of which segment, tier and score it was when it became one."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from icp_monitor.config.icp import OTHER, UNSCORED
from icp_monitor.metrics.buckets import UNSCORED_BAND
from icp_monitor.metrics.months import month_number
from icp_monitor.scoring.numbers import double

FOREVER = 1_000_000  # the month in which a subscription without an end ends
BUCKETS = 64
BAND_STEP = 20  # points of the score: the bands in which customers are compared
BANDS = range(100 // BAND_STEP)
FACTS = ("segment", "tier", "band")

Column = sa.ColumnElement[Any]


def spans_of_subscriptions(subscriptions: sa.FromClause) -> sa.Select[Any]:
    """Paid subscriptions as months: account_id, started_on, first, last, mrr_minor.

    A subscription counts in each month on whose last day it runs: from the month ``first`` up to, and without,
    ``last``. Trials, and what costs nothing, are no revenue; what ends within its first month was never seen.
    """
    rows = subscriptions.c
    first, last = month_number(rows.started_on), month_number(rows.ended_on)
    return sa.select(
        rows.account_id,
        rows.started_on,
        first.label("first"),
        sa.func.coalesce(last, FOREVER).label("last"),
        rows.mrr_minor,
    ).where(is_paid(rows), sa.or_(rows.ended_on.is_(None), first < last))


def is_paid(rows: Any) -> Column:
    """Whether the columns of a subscription are those of one that an account pays for."""
    return sa.and_(rows.account_id.is_not(None), rows.mrr_minor > 0, ~sa.func.coalesce(rows.is_trial, sa.false()))


def spans_of_revenue(revenue: sa.FromClause) -> sa.Select[Any]:
    """The same from monthly revenue: each month with revenue is a span of its own."""
    rows, first = revenue.c, month_number(revenue.c.month)
    columns = (rows.account_id, rows.month.label("started_on"), first.label("first"), (first + 1).label("last"))
    return sa.select(*columns, rows.mrr_minor).where(rows.mrr_minor > 0, rows.account_id.is_not(None))


def first_starts(spans: sa.FromClause, last_month: int) -> sa.Select[Any]:
    """The first paid day of each account that had begun to pay by ``last_month``, and its month: ``first``."""
    rows = spans.c
    starts = sa.func.min(rows.started_on).label("created_on"), sa.func.min(rows.first).label("first")
    return sa.select(rows.account_id, *starts).where(rows.first <= last_month).group_by(rows.account_id)


def first_wins(deals: sa.FromClause) -> sa.Select[Any]:
    """The first won deal of each account: account_id, segment, tier and score of its anchor date."""
    rows = deals.c
    order = sa.func.row_number().over(partition_by=rows.account_id, order_by=(rows.closed_on, rows.opportunity_id))
    won = (
        sa.select(rows.account_id, rows.segment, rows.tier, rows.score, order.label("place"))
        .where(rows.outcome == "won", rows.account_id.is_not(None))
        .subquery("won_deals")
    )
    return sa.select(won.c.account_id, won.c.segment, won.c.tier, won.c.score).where(won.c.place == 1)


def customers(starts: sa.FromClause, wins: sa.FromClause) -> sa.Select[Any]:
    """One row for each customer: account_id, started_on, first, segment, tier, band, bucket.

    ``starts`` are the `first_starts` with segment, tier and score of the account as known on that day. Those of the
    first won deal come before them; from then on they are frozen: a customer that grows keeps its segment.
    ``bucket`` puts customers into 64 groups of one size, in which they are drawn again.
    """
    rows = starts.c
    won = wins.c.account_id.is_not(None)
    score = sa.case((won, wins.c.score), else_=rows.score)
    place = sa.func.row_number().over(order_by=rows.account_id)
    return sa.select(
        rows.account_id,
        rows.created_on.label("started_on"),
        rows.first,
        sa.func.coalesce(wins.c.segment, rows.segment, _text(OTHER)).label("segment"),
        sa.func.coalesce(wins.c.tier, rows.tier, _text(UNSCORED)).label("tier"),
        wide_band(score).label("band"),
        sa.cast(place % BUCKETS, sa.Integer).label("bucket"),
    ).select_from(starts.outerjoin(wins, wins.c.account_id == rows.account_id))


def wide_band(score: Column) -> Column:
    """The number of the score's band of 20 points, 100 belonging to the highest; -1 without a score."""
    reached = ((score >= double(band * BAND_STEP), band) for band in reversed(BANDS))
    return sa.case((score.is_(None), UNSCORED_BAND), *reached, else_=UNSCORED_BAND)


def _text(value: str) -> Column:
    return sa.literal(value, sa.Text)
