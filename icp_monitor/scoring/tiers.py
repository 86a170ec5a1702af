"""Which tier a score belongs to, and whether missing values could still change that."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from icp_monitor.config.icp import DISQUALIFIED, TIERS, UNSCORED, IcpConfig, Tiers
from icp_monitor.scoring.numbers import double
from icp_monitor.scoring.rules import holds


def tier_of(tiers: Tiers, score: sa.ColumnElement[float]) -> sa.ColumnElement[str]:
    """The tier of a known score; a cut belongs to the tier above it."""
    first, second, third = (sa.literal(tier, sa.Text) for tier in TIERS)
    return sa.case((score >= double(tiers.tier_1.min), first), (score >= double(tiers.tier_2.min), second), else_=third)


def knocked_out(icp: IcpConfig, accounts: sa.FromClause) -> sa.ColumnElement[bool]:
    """Whether any knock-out holds for a row of ``accounts``."""
    return sa.or_(sa.false(), *(holds(icp, knockout.when, accounts) for knockout in icp.knockouts))


def tier_columns(tiers: Tiers, scores: sa.FromClause) -> tuple[sa.Label[Any], sa.Label[Any]]:
    """``tier`` and ``tier_certain`` from score, its bounds, and whether a knock-out holds."""
    unscored = scores.c.score.is_(None)
    tier = sa.case(
        (scores.c.knocked_out, sa.literal(DISQUALIFIED, sa.Text)),
        (unscored, sa.literal(UNSCORED, sa.Text)),
        else_=tier_of(tiers, scores.c.score),
    )
    certain = sa.case(
        (scores.c.knocked_out, sa.true()),
        (unscored, sa.false()),
        else_=tier_of(tiers, scores.c.score_low) == tier_of(tiers, scores.c.score_high),
    )
    return tier.label("tier"), certain.label("tier_certain")
