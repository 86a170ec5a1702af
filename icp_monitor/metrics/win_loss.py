"""Why deals were won and lost, by segment, in whose words."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from icp_monitor.metrics.buckets import window_start, within
from icp_monitor.metrics.deals import UNKNOWN, Deals
from icp_monitor.periods import Window


def win_loss_counts(deals: Deals, reasons: sa.FromClause, windows: Sequence[Window]) -> sa.Select[Any]:
    """Counts of closed deals by closing window, segment, outcome, origin, reason and competitor.

    ``reasons`` has opportunity_id, origin, reason, competitor. A closed deal without any reason counts under
    ``unknown``, so that the share of deals that have a reason can be read off.
    """
    columns = (
        window_start(deals.closed_on, windows).label("closed_in"),
        deals.segment.label("segment"),
        deals.outcome.label("outcome"),
        _known(reasons.c.origin).label("origin"),
        _known(reasons.c.reason).label("reason"),
        _known(reasons.c.competitor).label("competitor"),
    )
    return (
        sa.select(*columns, sa.func.count().label("n"))
        .select_from(deals.rows.outerjoin(reasons, reasons.c.opportunity_id == deals.opportunity_id))
        .where(within(deals.closed_on, windows))
        .group_by(*columns)
    )


def _known(column: sa.ColumnElement[Any]) -> sa.ColumnElement[str]:
    return sa.func.coalesce(column, sa.literal(UNKNOWN, sa.Text))
