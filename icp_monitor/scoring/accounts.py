"""The score of every account that existed before a day, with the weights of that day."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import IcpConfig
from icp_monitor.scoring.score import SCORE_COLUMNS, scored
from icp_monitor.scoring.weights import points_on
from icp_monitor.snapshots.accounts import accounts
from icp_monitor.snapshots.asof import Asof

WON, OPEN = 2, 1


def account_scores(catalogue: Catalogue, icp: IcpConfig, asof: Asof, deals: sa.FromClause) -> sa.Select[Any]:
    """Rows of the dataset ``account_scores``, without provenance; ``deals`` is the day's snapshot of opportunities.

    ``population`` is ``customer`` with a won opportunity as of the day, else ``pipeline`` with an open one, else
    ``prospect``.
    """
    visible = accounts(catalogue, asof).subquery("accounts")
    scores = scored(icp, visible, [visible.c.account_id], points_on(icp, asof.as_of)).subquery("scored_accounts")
    standing = _best_standing(deals).subquery("standings")
    population = sa.case(
        (standing.c.standing == WON, sa.literal("customer", sa.Text)),
        (standing.c.standing == OPEN, sa.literal("pipeline", sa.Text)),
        else_=sa.literal("prospect", sa.Text),
    )
    return sa.select(
        scores.c.account_id, population.label("population"), *(scores.c[name] for name in SCORE_COLUMNS)
    ).select_from(scores.outerjoin(standing, standing.c.account_id == scores.c.account_id))


def _best_standing(deals: sa.FromClause) -> sa.Select[Any]:
    standing = sa.func.max(sa.case((deals.c.outcome == "won", WON), else_=OPEN))
    return (
        sa.select(deals.c.account_id, standing.label("standing"))
        .where(deals.c.outcome.in_(("won", "open")))
        .group_by(deals.c.account_id)
    )
