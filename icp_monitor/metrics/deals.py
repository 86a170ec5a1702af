"""What a measurement needs to know about each opportunity, whichever statement provides it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from icp_monitor.snapshots.dialects import integer_sum

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Deals:
    """A selectable with one row for each opportunity, scored at its anchor date, as known on the day.

    Its columns: opportunity_id, anchor_on, segment, tier, channel, outcome, closed_on, age_days (at resolution, or when
    last observed open), amount_minor, log_amount, log_amount_squared.
    """

    rows: sa.FromClause

    def __getattr__(self, name: str) -> sa.ColumnElement[Any]:
        try:
            return self.rows.c[name]
        except KeyError:
            raise AttributeError(name) from None


def amount_totals(deals: Deals) -> tuple[sa.ColumnElement[int], ...]:
    """Count and integer sums of the positive amounts (only they have a logarithm) and of their scaled logarithms."""
    return (
        sa.func.count(deals.log_amount).label("n_amount"),
        integer_sum(deals.amount_minor).label("amount_minor"),
        integer_sum(deals.log_amount).label("log_amount"),
        integer_sum(deals.log_amount_squared).label("log_amount_squared"),
    )
