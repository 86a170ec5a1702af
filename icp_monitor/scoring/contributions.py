"""What each attribute adds to a score, computed on demand by the expressions that computed the score."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from icp_monitor.config.icp import IcpConfig
from icp_monitor.scoring.matching import value_of
from icp_monitor.scoring.rules import holds
from icp_monitor.scoring.score import matched, points_of, score_matches
from icp_monitor.scoring.tiers import tier_of


def contributions(icp: IcpConfig, accounts: sa.FromClause, worth: Mapping[str, float]) -> sa.Select[Any]:
    """One wide row for each row of ``accounts``, to be read by `explanation.explain`.

    Columns: account_id, those of a score, tier_at_worst and tier_at_best (with every missing value counted as no match,
    or as a full one), ``value_…``, ``match_…`` and ``points_…`` for each scored attribute, and ``knockout_…`` for each
    knock-out.
    """
    values = (value_of(item, accounts.c[item.id]).label(value_name(item.id)) for item in icp.scored_attributes)
    knockouts = (holds(icp, item.when, accounts).label(knockout_name(item.id)) for item in icp.knockouts)
    rows = matched(icp, accounts, [accounts.c.account_id, *values, *knockouts])
    keep = [column.name for column in rows.c if column.name not in ("segment", "knocked_out")]
    scores = score_matches(icp, rows, keep, worth).subquery("explained")
    points = points_of(icp, scores, worth)
    return sa.select(
        *scores.c,
        tier_of(icp.scoring.tiers, scores.c.score_low).label("tier_at_worst"),
        tier_of(icp.scoring.tiers, scores.c.score_high).label("tier_at_best"),
        *(points.earned(attribute).label(points_name(attribute.id)) for attribute in icp.scored_attributes),
    )


def value_name(attribute: str) -> str:
    """The column that holds the value of ``attribute``."""
    return f"value_{attribute}"


def points_name(attribute: str) -> str:
    """The column that holds what ``attribute`` adds to the score, before rounding."""
    return f"points_{attribute}"


def knockout_name(knockout: str) -> str:
    """The column that says whether ``knockout`` holds."""
    return f"knockout_{knockout}"
