"""Opportunities by the weeks in which they were created and resolved: what 104 looks need, in one pass.

Weeks are counted from a first day, week 0; earlier ones are negative.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from icp_monitor.config.matching import AnyAttribute
from icp_monitor.metrics.attributes import counts_by_value, key_name
from icp_monitor.metrics.buckets import BAND_POINTS, LOG_BIN, UNSCORED_BAND, WEEK
from icp_monitor.metrics.deals import Deals
from icp_monitor.scoring.numbers import double
from icp_monitor.snapshots.dialects import days_between, floor_to_int, integer_sum

ACCOUNT = "account"
COARSE_BANDS, COARSE_WEEKS = 5, 3  # odd, so that the middle of a group of bands or weeks is one of them

Column = sa.ColumnElement[Any]


def weekly_deals(deals: Deals, origin: date) -> sa.Select[Any]:
    """Counts by segment, week created, week resolved (NULL while open), outcome and band of the score.

    Deals that were resolved before week 0 are left out: nothing of them happened since.
    """
    keys = (
        deals.segment.label("segment"),
        week_of(deals.anchor_on, origin).label("created"),
        _resolved(deals, origin).label("resolved"),
        deals.outcome.label("outcome"),
        band_of(deals.score).label("band"),
    )
    since = sa.or_(deals.closed_on.is_(None), deals.closed_on >= _day(origin))
    return _counted(deals, keys).where(deals.anchor_on.is_not(None), since).group_by(*keys)


def weekly_amounts(deals: Deals, origin: date) -> sa.Select[Any]:
    """Positive amounts of resolved deals by segment, week resolved, outcome and bin, with the sum of their logarithms.

    ``bin`` is the lower edge of a bin of logarithms, scaled as ``log_amount`` is.
    """
    keys = (
        deals.segment.label("segment"),
        _resolved(deals, origin).label("resolved"),
        deals.outcome.label("outcome"),
        (floor_to_int(deals.log_amount / double(LOG_BIN)) * LOG_BIN).label("bin"),
    )
    rows = _counted(deals, keys, integer_sum(deals.log_amount).label("log_amount"))
    return rows.where(_resolved_since(deals, origin), deals.log_amount.is_not(None)).group_by(*keys)


def weekly_created_values(deals: Deals, attributes: Sequence[AnyAttribute], origin: date) -> sa.Select[Any]:
    """Deals created since week 0, by week, attribute and value; of ``deals`` the `bucket_keys` are read."""
    created = (
        sa.select(week_of(deals.anchor_on, origin).label("created"), *_keys(deals, attributes))
        .where(deals.anchor_on >= _day(origin))
        .cte("created_deals")
    )
    return counts_by_value(created, attributes, ("created",))


def weekly_resolved_values(deals: Deals, attributes: Sequence[AnyAttribute], origin: date) -> sa.Select[Any]:
    """Deals resolved since week 0, by week, attribute, value, band and age in weeks; ``n_won`` of them were won.

    Here the score and the age only make deals comparable, so that a quarter of the scale and three weeks stand under
    the band and the week in their middle: a seventh of the rows, of which there are many.
    """
    ages = floor_to_int(deals.age_days / double(COARSE_WEEKS * WEEK))
    resolved = (
        sa.select(
            _resolved(deals, origin).label("resolved"),
            coarse_band_of(deals.score).label("band"),
            (ages * COARSE_WEEKS + COARSE_WEEKS // 2).label("age"),
            sa.case((deals.outcome == "won", 1), else_=0).label("won"),
            *_keys(deals, attributes),
        )
        .where(_resolved_since(deals, origin), deals.anchor_on.is_not(None))
        .cte("resolved_deals")
    )
    won = integer_sum(resolved.c.won).label("n_won")
    return counts_by_value(resolved, attributes, ("resolved", "band", "age"), (won,))


def account_counts(deals: Deals, first: date, end: date) -> sa.Select[Any]:
    """How many accounts had ``n`` deals resolved from ``first`` up to ``end``, ``n_won`` of them won, by segment.

    Of ``deals`` the `account_of` each is read.
    """
    account = deals.rows.c[ACCOUNT]
    won = integer_sum(sa.case((deals.outcome == "won", 1), else_=0)).label("n_won")
    per_account = (
        sa.select(deals.segment.label("segment"), account.label("account"), sa.func.count().label("n"), won)
        .where(deals.closed_on >= _day(first), deals.closed_on < _day(end))
        .group_by(deals.segment, account)
        .subquery("per_account")
    )
    keys = (per_account.c.segment, per_account.c.n, per_account.c.n_won)
    return sa.select(*keys, sa.func.count().label("accounts")).group_by(*keys)


def account_of(rows: sa.FromClause) -> sa.Label[str]:
    """The account of a deal; one without an account stands alone."""
    return sa.func.coalesce(rows.c.account_id, rows.c.opportunity_id).label(ACCOUNT)


def since(rows: sa.FromClause, origin: date) -> sa.ColumnElement[bool]:
    """Whether anything happened to a deal since week 0: only then is it counted anywhere."""
    first = _day(origin)
    return sa.or_(rows.c.closed_on.is_(None), rows.c.closed_on >= first, rows.c.anchor_on >= first)


def week_of(day: Column, origin: date) -> Column:
    """The number of the week in which ``day`` lies; exact, as a double holds every quotient of whole days."""
    return floor_to_int(days_between(day, _day(origin)) / double(WEEK))


def band_of(score: Column) -> Column:
    """The number of the score's band of 5 points; -1 for a deal without a score."""
    return _number(score, {band: band * BAND_POINTS for band in range(100 // BAND_POINTS, -1, -1)})


def coarse_band_of(score: Column) -> Column:
    """The band in the middle of the score's quarter of the scale; -1 for a deal without a score."""
    lowest = range(100 // BAND_POINTS - COARSE_BANDS, -1, -COARSE_BANDS)
    return _number(score, {band + COARSE_BANDS // 2: band * BAND_POINTS for band in lowest})


def _number(score: Column, edges: Mapping[int, int]) -> Column:
    """The first number whose lower edge the score reaches."""
    reached = ((score >= double(edge), number) for number, edge in edges.items())
    return sa.case((score.is_(None), UNSCORED_BAND), *reached, else_=UNSCORED_BAND)


def _counted(deals: Deals, keys: Sequence[sa.Label[Any]], *sums: sa.Label[Any]) -> sa.Select[Any]:
    return sa.select(*keys, sa.func.count().label("n"), *sums).select_from(deals.rows)


def _keys(deals: Deals, attributes: Sequence[AnyAttribute]) -> list[Column]:
    return [deals.rows.c[key_name(attribute)] for attribute in attributes]


def _resolved(deals: Deals, origin: date) -> Column:
    return week_of(deals.closed_on, origin)


def _resolved_since(deals: Deals, origin: date) -> sa.ColumnElement[bool]:
    return sa.and_(deals.outcome != "open", deals.closed_on >= _day(origin))


def _day(day: date) -> Column:
    return sa.literal(day, sa.Date)
