"""The score that each opportunity's account had on its anchor date, the day on which the opportunity was created."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import OTHER, UNSCORED, IcpConfig
from icp_monitor.scoring.numbers import double
from icp_monitor.scoring.score import matched, score_matches
from icp_monitor.scoring.weights import FULL_SCORE, Regime, regimes
from icp_monitor.snapshots.accounts import account_versions
from icp_monitor.snapshots.anchors import anchor_known, at_anchor
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.dialects import greatest, least
from icp_monitor.snapshots.opportunities import opportunities

VERSION = ("account_id", "starts_on", "ends_before", "known_from")


def opportunity_scores(catalogue: Catalogue, icp: IcpConfig, asof: Asof, with_stage_events: bool) -> sa.Select[Any]:
    """Rows of the dataset ``opportunity_scores``, without provenance."""
    deals = scored_opportunities(catalogue, icp, asof, with_stage_events).subquery("scored_opportunities")
    return sa.select(*(deals.c[name] for name in catalogue.opportunity_scores.columns if name in deals.c))


def scored_opportunities(catalogue: Catalogue, icp: IcpConfig, asof: Asof, with_stage_events: bool) -> sa.Select[Any]:
    """The snapshot of the opportunities that the profile counts, with anchor_on, anchor_known and a score.

    A deal without a known account belongs to the segment ``other`` and is unscored: nothing of it is known.
    """
    deals = opportunities(catalogue, asof, with_stage_events, icp.definitions).subquery("deals")
    scores = scored_versions(catalogue, icp, asof).subquery("scored_versions")
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
    ).select_from(at_anchor(deals, scores))


def scored_versions(catalogue: Catalogue, icp: IcpConfig, asof: Asof) -> sa.Select[Any]:
    """Every version of every account, scored once for each set of weights that was in force while it held.

    Far fewer rows than opportunities, which then only look their score up.
    """
    versions = account_versions(catalogue, asof).subquery("versions")
    matches = matched(icp, versions, [versions.c[name] for name in VERSION])
    parts = [_in_force(score_matches(icp, matches, VERSION, regime.points), regime) for regime in regimes(icp)]
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
