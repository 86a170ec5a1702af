"""The score that each opportunity's account had on its anchor date, the day on which the opportunity was created."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import OTHER, UNSCORED, IcpConfig
from icp_monitor.scoring.numbers import double
from icp_monitor.scoring.score import SCORE_COLUMNS, matched, score_matches
from icp_monitor.scoring.weights import FULL_SCORE, Regime, regimes
from icp_monitor.snapshots.accounts import account_versions
from icp_monitor.snapshots.anchors import VERSION, Facts, anchor_known, at_anchor
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.dialects import greatest, least
from icp_monitor.snapshots.opportunities import counted, opportunities

SNAPSHOT = (
    "opportunity_id",
    "account_id",
    "type",
    "channel",
    "created_on",
    "outcome",
    "closed_on",
    "age_days",
    "amount_minor",
    "log_amount",
    "log_amount_squared",
)


def _nothing_else(_versions: sa.FromClause) -> Sequence[sa.ColumnElement[Any]]:
    return ()


def deals_to_score(catalogue: Catalogue, asof: Asof) -> sa.Select[Any]:
    """The snapshot of opportunities, with those columns that scores are made of."""
    snapshot = opportunities(catalogue, asof).subquery("snapshot")
    return sa.select(*(snapshot.c[name] for name in SNAPSHOT))


def opportunity_scores(catalogue: Catalogue, icp: IcpConfig, asof: Asof, deals: sa.FromClause) -> sa.Select[Any]:
    """Rows of the dataset ``opportunity_scores``, without provenance; ``deals`` is the day's snapshot."""
    scored = scored_opportunities(catalogue, icp, asof, deals).subquery("scored_opportunities")
    return sa.select(*(scored.c[name] for name in catalogue.opportunity_scores.columns if name in scored.c))


def scored_opportunities(
    catalogue: Catalogue, icp: IcpConfig, asof: Asof, snapshot: sa.FromClause, facts: Facts = _nothing_else
) -> sa.Select[Any]:
    """Those opportunities of the snapshot that the profile counts, with anchor_on, anchor_known and a score.

    ``facts`` about the account as it was on the anchor date follow. A deal without a known account belongs to the
    segment ``other`` and is unscored: nothing of it is known.
    """
    deals = counted(snapshot, icp.definitions).subquery("deals")
    scores = scored_versions(catalogue, icp, asof, facts).subquery("scored_versions")
    without_account: dict[str, sa.ColumnElement[Any]] = {
        "segment": sa.literal(OTHER, sa.Text),
        "tier": sa.literal(UNSCORED, sa.Text),
        "tier_certain": sa.false(),
        "score_low": double(0),
        "score_high": double(FULL_SCORE),
        "coverage": double(0),
    }
    return sa.select(
        *deals.c,
        deals.c.created_on.label("anchor_on"),
        anchor_known(deals, scores).label("anchor_known"),
        scores.c.score,
        *(sa.func.coalesce(scores.c[name], value).label(name) for name, value in without_account.items()),
        *(column for column in scores.c if column.name not in (*VERSION, *SCORE_COLUMNS)),
    ).select_from(at_anchor(deals, scores))


def scored_versions(catalogue: Catalogue, icp: IcpConfig, asof: Asof, facts: Facts = _nothing_else) -> sa.Select[Any]:
    """Every version of every account, scored once for each set of weights that was in force while it held.

    Far fewer rows than opportunities, which then only look their score and the ``facts`` up.
    """
    versions = account_versions(catalogue, asof).subquery("versions")
    keep = [*(versions.c[name] for name in VERSION), *facts(versions)]
    matches, names = matched(icp, versions, keep), [str(column.key) for column in keep]
    parts = [_in_force(score_matches(icp, matches, names, regime.points), regime) for regime in regimes(icp)]
    every = sa.union_all(*parts).subquery("versions_and_weights")
    return sa.select(*every.c)


def _in_force(scores: sa.Select[Any], regime: Regime) -> sa.Select[Any]:
    """The part of each version's days that lies within the regime."""
    rows = scores.subquery("scores_in_regime")
    start, end = sa.literal(regime.start, sa.Date), sa.literal(regime.end, sa.Date)
    clipped = {"starts_on": greatest(rows.c.starts_on, start), "ends_before": least(rows.c.ends_before, end)}
    return sa.select(*(clipped.get(column.name, column).label(column.name) for column in rows.c)).where(
        rows.c.starts_on < end, rows.c.ends_before > start
    )
