"""Opportunities by the quarter they were created in and the age at which they were resolved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from icp_monitor.metrics.buckets import age_bin, quarter_start
from icp_monitor.metrics.deals import UNKNOWN, Deals, amount_totals
from icp_monitor.periods import Quarter


def life_tables(deals: Deals, quarters: Sequence[Quarter], horizon_days: int) -> sa.Select[Any]:
    """Counts by cohort, segment, tier, channel, outcome and age bin, with sums of amounts.

    ``age`` is the lower edge of the bin in which a deal was resolved, or last observed open. Deals in the bin beyond
    the horizon keep the outcome that they have now; read at the horizon they are open.
    """
    return _grouped(
        deals,
        deals.anchor_on,
        quarters,
        ("cohort", "segment", "tier", "channel", "outcome", "age"),
        {
            "channel": sa.func.coalesce(deals.channel, sa.literal(UNKNOWN, sa.Text)),
            "age": age_bin(deals.age_days, horizon_days),
        },
    )


def close_counts(deals: Deals, quarters: Sequence[Quarter]) -> sa.Select[Any]:
    """Counts of closed deals by the quarter they were closed in, segment, tier and outcome."""
    return _grouped(deals, deals.closed_on, quarters, ("closed_in", "segment", "tier", "outcome"), {})


def _grouped(
    deals: Deals,
    day: sa.ColumnElement[Any],
    quarters: Sequence[Quarter],
    keys: tuple[str, ...],
    derived: dict[str, sa.ColumnElement[Any]],
) -> sa.Select[Any]:
    expressions = {keys[0]: quarter_start(day, quarters), **derived}
    columns = [expressions[key] if key in expressions else getattr(deals, key) for key in keys]
    labelled = [column.label(key) for column, key in zip(columns, keys, strict=True)]
    in_range = sa.and_(day >= quarters[0].window.start, day < quarters[-1].window.end)
    return (
        sa.select(*labelled, sa.func.count().label("n"), *amount_totals(deals))
        .select_from(deals.rows)
        .where(in_range)
        .group_by(*labelled)
    )
