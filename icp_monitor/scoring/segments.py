"""Which segment an account belongs to: the first rule that holds, by priority, and ``other`` where none does."""

from __future__ import annotations

import sqlalchemy as sa

from icp_monitor.config.icp import OTHER, IcpConfig
from icp_monitor.scoring.rules import holds


def segment_of(icp: IcpConfig, accounts: sa.FromClause) -> sa.ColumnElement[str]:
    """The segment of a row of ``accounts``."""
    rest = sa.literal(OTHER, sa.Text)
    rules = [(holds(icp, item.when, accounts), sa.literal(item.id, sa.Text)) for item in icp.ordered_segments]
    return sa.case(*rules, else_=rest) if rules else rest
