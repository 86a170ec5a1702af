"""Which missing attribute keeps the most accounts, and the most open pipeline, from a certain tier?"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from icp_monitor.config.icp import IcpConfig
from icp_monitor.config.matching import AnyAttribute
from icp_monitor.scoring.numbers import double
from icp_monitor.scoring.score import match_name, matched, score_matches
from icp_monitor.scoring.tiers import tier_of

Column = sa.ColumnElement[Any]


MEASURES = ("missing", "provisional", "settled", "blocked", "blocked_minor")


def gaps(
    icp: IcpConfig, accounts: sa.FromClause, pipeline: sa.FromClause, worth: Mapping[str, float]
) -> sa.Select[Any]:
    """One row that says of each scored attribute what its missing values do, in columns named by `gap_name`.

    ``missing`` accounts lack the value; of them ``provisional`` have a tier that could still change, and ``settled``
    would have a certain one if this value alone were known, whatever it turned out to be. ``blocked`` shares each
    provisional account out over its missing attributes by what they are worth, and ``blocked_minor`` its open pipeline
    (``pipeline``: account_id, open_minor).
    """
    rows = matched(icp, accounts, [accounts.c.account_id])
    keep = ["account_id", *(match_name(item.id) for item in icp.scored_attributes)]
    scores = score_matches(icp, rows, keep, worth).subquery("scores_with_gaps")
    amount = sa.cast(sa.func.coalesce(pipeline.c.open_minor, 0), sa.Double)
    measured = (
        value.label(gap_name(measure, item.id))
        for item in icp.scored_attributes
        for measure, value in zip(MEASURES, _of(icp, item, scores, amount, worth[item.id]), strict=True)
    )
    return sa.select(*measured).select_from(scores.outerjoin(pipeline, pipeline.c.account_id == scores.c.account_id))


def gap_name(measure: str, attribute: str) -> str:
    """The column of one of the `MEASURES` of an attribute."""
    return f"{measure}_of_{attribute}"


def _of(icp: IcpConfig, attribute: AnyAttribute, scores: sa.FromClause, amount: Column, worth: float) -> list[Column]:
    missing = scores.c[match_name(attribute.id)].is_(None)
    open_question = sa.and_(missing, ~scores.c.tier_certain)
    low, high, part = scores.c.score_low, scores.c.score_high, double(worth)
    tiers = icp.scoring.tiers
    settled = sa.and_(
        open_question,
        tier_of(tiers, low) == tier_of(tiers, high - part),
        tier_of(tiers, low + part) == tier_of(tiers, high),
    )
    share = part / sa.func.nullif(high - low, double(0), type_=sa.Double)
    return [
        _count(missing),
        _count(open_question),
        _count(settled),
        _sum(sa.case((open_question, share), else_=double(0))),
        _sum(sa.case((open_question, share * amount), else_=double(0))),
    ]


def _count(condition: Column) -> Column:
    return sa.cast(sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0), sa.BigInteger)


def _sum(value: Column) -> Column:
    return sa.cast(sa.func.coalesce(sa.func.sum(value), 0), sa.Double)
