"""How well each row of account attributes fits the profile: segment, tier, score, bounds and coverage."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from icp_monitor.config.icp import IcpConfig
from icp_monitor.scoring.matching import match_expression
from icp_monitor.scoring.numbers import double
from icp_monitor.scoring.points import Points
from icp_monitor.scoring.segments import segment_of
from icp_monitor.scoring.tiers import knocked_out, tier_columns
from icp_monitor.snapshots.dialects import round6

SCORE_COLUMNS = ("segment", "tier", "tier_certain", "score", "score_low", "score_high", "coverage")


def scored(
    icp: IcpConfig, accounts: sa.FromClause, keep: Sequence[sa.ColumnElement[Any]], worth: Mapping[str, float]
) -> sa.Select[Any]:
    """One row for each row of ``accounts``: the ``keep`` columns, then `SCORE_COLUMNS`.

    ``worth`` are the points of each attribute (see `weights.points_on`). The score is rounded to 6 places before it is
    compared with the cuts of the tiers; it is NULL where too little of the weight is known.
    """
    return score_matches(icp, matched(icp, accounts, keep), [column.name for column in keep], worth)


def matched(icp: IcpConfig, accounts: sa.FromClause, keep: Sequence[sa.ColumnElement[Any]]) -> sa.Subquery:
    """All that scoring needs to know of a row, whatever the weights: segment, knocked_out, a match per attribute."""
    return sa.select(
        *keep,
        segment_of(icp, accounts).label("segment"),
        knocked_out(icp, accounts).label("knocked_out"),
        *(
            match_expression(attribute, accounts.c[attribute.id]).label(match_name(attribute.id))
            for attribute in icp.scored_attributes
        ),
    ).subquery("matched")


def score_matches(
    icp: IcpConfig, rows: sa.FromClause, keep: Sequence[str], worth: Mapping[str, float]
) -> sa.Select[Any]:
    """The ``keep`` columns of `matched` rows, then `SCORE_COLUMNS`."""
    points = points_of(icp, rows, worth)
    passed_on = (*keep, "segment", "knocked_out")
    sums = sa.select(
        *(rows.c[name] for name in passed_on),
        points.score.label("score"),
        points.low.label("score_low"),
        points.high.label("score_high"),
        points.coverage.label("coverage"),
    ).subquery("sums")
    coverage = round6(sums.c.coverage)
    enough_known = sa.and_(coverage >= double(icp.scoring.missing.coverage_floor), sums.c.score.is_not(None))
    scores = sa.select(
        *(sums.c[name] for name in passed_on),
        sa.case((enough_known, round6(sums.c.score))).label("score"),
        round6(sums.c.score_low).label("score_low"),
        round6(sums.c.score_high).label("score_high"),
        coverage.label("coverage"),
    ).subquery("scores")
    tier, certain = tier_columns(icp.scoring.tiers, scores)
    derived = {"tier": tier, "tier_certain": certain}
    return sa.select(*(derived[name] if name in derived else scores.c[name] for name in (*keep, *SCORE_COLUMNS)))


def points_of(icp: IcpConfig, rows: sa.FromClause, worth: Mapping[str, float]) -> Points:
    """The points of a `matched` row."""
    matches = {attribute.id: rows.c[match_name(attribute.id)] for attribute in icp.scored_attributes}
    return Points(icp, matches, worth)


def match_name(attribute: str) -> str:
    """The column that holds the match of ``attribute``."""
    return f"match_{attribute}"
