"""Deals resolved within the horizon: with what score, by how many accounts, by whom and with whom."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue.units import LOG_SCALE
from icp_monitor.config.matching import AnyAttribute
from icp_monitor.metrics.amounts import ACCOUNT_SCALE
from icp_monitor.metrics.attributes import counts_by_bucket, key_name
from icp_monitor.metrics.deals import UNKNOWN, Deals
from icp_monitor.metrics.weekly import account_of, band_of
from icp_monitor.scoring.numbers import double
from icp_monitor.snapshots.dialects import floor_to_int, integer_sum

CHANNEL, OWNER = "channel", "owner"
TRUSTED = ("buyer", "analyst")

Column = sa.ColumnElement[Any]


def score_bands(deals: Deals, horizon_days: int) -> sa.Select[Any]:
    """Won and lost deals by segment and band of the score."""
    keys = (deals.segment.label("segment"), band_of(deals.score).label("band"))
    won, lost = (integer_sum(sa.case((is_won, 1), else_=0)) for is_won in (_won(deals), ~_won(deals)))
    rows = sa.select(*keys, won.label("won"), lost.label("lost")).select_from(deals.rows)
    return rows.where(_resolved(deals, horizon_days)).group_by(*keys)


def account_clusters(deals: Deals, horizon_days: int) -> sa.Select[Any]:
    """How many accounts of a segment had ``n`` deals, ``n_won`` of them won, ``n_amount`` of those with an amount.

    Of the logarithms of those amounts: the sum, the sum of their squares, and that of the squares of the accounts'
    sums, scaled by ``ACCOUNT_SCALE``. Deals without an account stand alone.
    """
    accounts = _per_account(deals, horizon_days).cte("per_account")
    keys = tuple(accounts.c[name] for name in ("segment", "n", "n_won", "n_amount"))
    logs = accounts.c.log_amount / double(LOG_SCALE)
    squared = floor_to_int(logs * logs * double(ACCOUNT_SCALE) + double(0.5))
    return sa.select(
        *keys,
        sa.func.count().label("accounts"),
        integer_sum(accounts.c.log_amount).label("log_amount"),
        integer_sum(accounts.c.log_amount_squared).label("log_amount_squared"),
        integer_sum(squared).label("log_account_squared"),
    ).group_by(*keys)


def _per_account(deals: Deals, horizon_days: int) -> sa.Select[Any]:
    account = account_of(deals.rows)
    known = sa.and_(_won(deals), deals.log_amount.is_not(None))
    sums = {
        "n_won": sa.case((_won(deals), 1), else_=0),
        "n_amount": sa.case((known, 1), else_=0),
        "log_amount": sa.case((known, deals.log_amount), else_=0),
        "log_amount_squared": sa.case((known, deals.log_amount_squared), else_=0),
    }
    keys = (deals.segment.label("segment"), account)
    columns = (sa.func.count().label("n"), *(integer_sum(value).label(name) for name, value in sums.items()))
    return sa.select(*keys, *columns).select_from(deals.rows).where(_resolved(deals, horizon_days)).group_by(*keys)


def carrier_counts(deals: Deals, attributes: Sequence[AnyAttribute], horizon_days: int) -> sa.Select[Any]:
    """Deals and those won of them, by segment, dimension and value.

    The dimensions are every attribute, by the `bucket_keys` at the anchor date, and the channel and the owner, unless
    an attribute is called so.
    """
    taken = {item.id for item in attributes}
    resolved = (
        sa.select(
            deals.segment.label("segment"),
            sa.case((_won(deals), 1), else_=0).label("won"),
            deals.channel.label(CHANNEL),
            deals.owner_id.label(OWNER),
            *(deals.rows.c[key_name(item)] for item in attributes),
        )
        .where(_resolved(deals, horizon_days))
        .cte("resolved_deals")
    )
    won = integer_sum(resolved.c.won).label("n_won")
    parts = [
        *(_by_value(resolved, name, resolved.c[name]) for name in (CHANNEL, OWNER) if name not in taken),
        *(counts_by_bucket(resolved, item, ("segment",), (won,), called="dimension") for item in attributes),
    ]
    everything = sa.union_all(*parts).subquery("carriers")
    return sa.select(*everything.c)


def _by_value(resolved: sa.CTE, dimension: str, value: Column) -> sa.Select[Any]:
    known = sa.func.coalesce(value, _text(UNKNOWN))
    name = (_text(dimension).label("dimension"), known.label("value"))
    sums = (sa.func.count().label("n"), integer_sum(resolved.c.won).label("n_won"))
    return sa.select(resolved.c.segment, *name, *sums).group_by(resolved.c.segment, known)


def _resolved(deals: Deals, horizon_days: int) -> Column:
    return sa.and_(deals.outcome != "open", deals.age_days <= horizon_days)


def _won(deals: Deals) -> Column:
    return deals.outcome == "won"


def _text(value: str) -> sa.ColumnElement[str]:
    return sa.literal(value, sa.Text)


def loss_reasons(deals: Deals, reasons: sa.FromClause, horizon_days: int) -> sa.Select[Any]:
    """Deals that were not won, by segment and reason; ``reasons`` has opportunity_id, origin and reason.

    One reason for each deal: the buyer's own words before an analyst's, and those before the rep's, which blame the
    price too often.
    """
    said = {origin: sa.func.max(sa.case((reasons.c.origin == origin, reasons.c.reason))) for origin in TRUSTED}
    known = (
        sa.select(
            reasons.c.opportunity_id, sa.func.coalesce(*said.values(), sa.func.max(reasons.c.reason)).label("reason")
        )
        .group_by(reasons.c.opportunity_id)
        .cte("known_reasons")
    )
    keys = (deals.segment.label("segment"), sa.func.coalesce(known.c.reason, _text(UNKNOWN)).label("reason"))
    return (
        sa.select(*keys, sa.func.count().label("n"))
        .select_from(deals.rows.outerjoin(known, known.c.opportunity_id == deals.opportunity_id))
        .where(_resolved(deals, horizon_days), ~_won(deals))
        .group_by(*keys)
    )
