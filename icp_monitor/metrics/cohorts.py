"""Opportunities by the window they were created in and the age at which they were resolved."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa

from icp_monitor.metrics.buckets import age_bin, window_start, within
from icp_monitor.metrics.deals import UNKNOWN, Deals, amount_totals
from icp_monitor.periods import Window
from icp_monitor.snapshots.dialects import days_between, integer_sum


def life_tables(deals: Deals, windows: Sequence[Window], horizon_days: int, observed_until: date) -> sa.Select[Any]:
    """Counts by cohort, segment, tier, channel, outcome and age bin, with sums of amounts.

    ``age`` is the lower edge of the bin in which a deal was resolved, or last observed open. Deals in the bin beyond
    the horizon keep the outcome that they have now; read at the horizon they are open. ``n_watched`` counts the deals
    that were created more than ``horizon_days`` before ``observed_until``.
    """
    watched = days_between(sa.literal(observed_until, sa.Date), deals.anchor_on) > horizon_days
    keys = (
        window_start(deals.anchor_on, windows).label("cohort"),
        deals.segment.label("segment"),
        deals.tier.label("tier"),
        sa.func.coalesce(deals.channel, sa.literal(UNKNOWN, sa.Text)).label("channel"),
        deals.outcome.label("outcome"),
        age_bin(deals.age_days, horizon_days).label("age"),
    )
    n_watched = integer_sum(sa.case((watched, 1), else_=0)).label("n_watched")
    rows = sa.select(*keys, sa.func.count().label("n"), n_watched, *amount_totals(deals)).select_from(deals.rows)
    return rows.where(within(deals.anchor_on, windows)).group_by(*keys)


def close_counts(deals: Deals, windows: Sequence[Window]) -> sa.Select[Any]:
    """Counts of closed deals by the window they were closed in, segment, tier and outcome, with sums of amounts.

    ``value_minor`` of each deal, beside its amount: what it was worth when it entered its first stage, if anyone knew.
    """
    keys = (
        window_start(deals.closed_on, windows).label("closed_in"),
        deals.segment.label("segment"),
        deals.tier.label("tier"),
        deals.outcome.label("outcome"),
    )
    value = sa.case((deals.value_minor > 0, deals.value_minor))
    values = (sa.func.count(value).label("n_value"), integer_sum(value).label("value_minor"))
    rows = sa.select(*keys, sa.func.count().label("n"), *amount_totals(deals), *values).select_from(deals.rows)
    return rows.where(within(deals.closed_on, windows)).group_by(*keys)


def open_pipeline(deals: Deals) -> sa.Select[Any]:
    """Open deals by segment and tier, whenever they were created."""
    keys = (deals.segment.label("segment"), deals.tier.label("tier"))
    rows = sa.select(*keys, sa.func.count().label("n"), *amount_totals(deals)).select_from(deals.rows)
    return rows.where(deals.outcome == "open").group_by(*keys)
