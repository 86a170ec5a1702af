"""Scores again, one change at a time: from what was known and how it was scored then, to how it is now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any, Literal

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.scoring.contributions import points_name
from icp_monitor.scoring.numbers import double
from icp_monitor.scoring.score import match_name, matched, points_of, score_matches
from icp_monitor.snapshots.accounts import accounts
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.dialects import MICRO, floor_to_int

Cause = Literal["data", "definitions", "icp_version", "code"]
BEFORE, WHOLE, TIER = "before", "whole", "tier"
Column = sa.ColumnElement[Any]


@dataclass(frozen=True)
class State:
    """One way to score the accounts: what was known, the profile, and the points of its attributes.

    ``cause`` says why it differs from the state before it.
    """

    cause: Cause
    asof: Asof
    icp: IcpConfig
    worth: Mapping[str, float]


def changed_scores(before: sa.FromClause, after: sa.FromClause) -> sa.Select[Any]:
    """The accounts of both runs (rows of ``account_scores``) whose score or tier differs, with both of each."""
    before, after = before.alias("scored_before"), after.alias("scored_after")
    is_same = sa.and_(
        sa.func.coalesce(before.c.score, double(-1)) == sa.func.coalesce(after.c.score, double(-1)),
        before.c.tier == after.c.tier,
    )
    return (
        sa.select(
            after.c.account_id,
            before.c.score.label("previous_score"),
            after.c.score,
            before.c.tier.label("previous_tier"),
            after.c.tier,
        )
        .select_from(after.join(before, before.c.account_id == after.c.account_id))
        .where(~is_same)
    )


def retraced(catalogue: Catalogue, changed: sa.FromClause, states: Sequence[State]) -> sa.Select[Any]:
    """Each changed account once, with its tier and its points in every state, in millionths.

    The states stand beside one another, not within: SQLite reads no statement that nests them.
    """
    moved = sa.select(*changed.c).cte("changed_accounts")
    steps = [_scored(catalogue, moved, state).cte(f"state_{place}") for place, state in enumerate(states)]
    start: sa.FromClause = moved
    joined = reduce(lambda left, step: left.outerjoin(step, step.c.account_id == moved.c.account_id), steps, start)
    return sa.select(
        *moved.c,
        _millionths(moved.c.previous_score).label(column_of(BEFORE, WHOLE)),
        *(
            column.label(column_of(place, column.name))
            for place, step in enumerate(steps)
            for column in step.c
            if column.name != "account_id"
        ),
    ).select_from(joined)


def _scored(catalogue: Catalogue, changed: sa.FromClause, state: State) -> sa.Select[Any]:
    """The changed accounts as the state scores them: tier, all points, and those of each attribute, all rounded."""
    visible = accounts(catalogue, state.asof).subquery("visible")
    wanted = (
        sa.select(visible)
        .select_from(visible.join(changed, changed.c.account_id == visible.c.account_id))
        .subquery("wanted")
    )
    scored = state.icp.scored_attributes
    rows = matched(state.icp, wanted, [wanted.c.account_id])
    keep = ["account_id", *(match_name(item.id) for item in scored)]
    scores = score_matches(state.icp, rows, keep, state.worth).subquery("scores")
    points = points_of(state.icp, scores, state.worth)
    return sa.select(
        scores.c.account_id,
        scores.c.tier.label(TIER),
        _millionths(points.score).label(WHOLE),
        *(_millionths(points.earned(item)).label(points_name(item.id)) for item in scored),
    )


def column_of(place: int | str, name: str) -> str:
    """The column that holds a state's tier, whole points or an attribute's, by the state's place or `BEFORE`."""
    return f"state_{place}_{name}"


def _millionths(points: Column) -> Column:
    return floor_to_int(points * double(MICRO) + double(0.5))
