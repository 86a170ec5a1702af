"""Are the tiers that the CRM holds the computed ones, and how often do tiers change?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.checks.result import CheckResult
from icp_monitor.checks.tiers import FLIP_DAYS, Flips, flip_result, tag_counts, tag_results
from icp_monitor.config.icp import IcpConfig
from icp_monitor.ledger.runs import LIVE
from icp_monitor.pipeline.partitions import rows_of
from icp_monitor.pipeline.score_changes import previous_run
from icp_monitor.pipeline.workspace import Workspace
from icp_monitor.scoring.score import scored
from icp_monitor.scoring.weights import points_on
from icp_monitor.snapshots.accounts import accounts
from icp_monitor.snapshots.asof import Asof
from icp_monitor.warehouse import Warehouse


def tags(
    workspace: Workspace, warehouse: Warehouse, catalogue: Catalogue, icp: IcpConfig, asof: Asof
) -> Iterator[CheckResult]:
    """The tiers that the CRM holds beside those of the day; nothing where it isn't asked for any."""
    if not workspace.config.sources.maps("accounts", "crm_tier"):
        return
    people = accounts(catalogue, asof).subquery("tagged")
    known = [people.c.account_id, people.c.crm_tier]
    scores = scored(icp, people, known, points_on(icp, asof.as_of)).subquery("scored")
    rows = warehouse.read(tag_counts(scores)).to_pylist()
    yield from tag_results({(row["tag"], row["tier"]): row["n"] for row in rows})


def flips(workspace: Workspace, warehouse: Warehouse, catalogue: Catalogue, day: date) -> Iterator[CheckResult]:
    """How often tiers changed in the live runs before ``day``; nothing before there was one.

    It depends on which runs there were, so it is told and not stored with what the day's data alone says.
    """
    last = previous_run(workspace, day)
    if last is None:
        return
    scores = rows_of(catalogue.account_scores, last)
    (total,) = warehouse.read(sa.select(sa.func.count().label("n")).select_from(scores)).to_pylist()
    yield flip_result(_flips(workspace, warehouse, catalogue, day, total["n"]))


def _flips(workspace: Workspace, warehouse: Warehouse, catalogue: Catalogue, day: date, total: int) -> Flips:
    first = day - timedelta(days=FLIP_DAYS)
    runs = workspace.ledger.runs.finished_keys(LIVE, first, day - timedelta(days=1))
    log = catalogue.score_changes.table
    flipped = sa.and_(
        log.c.run_set == LIVE, log.c.as_of.in_([run.as_of for run in runs]), log.c.previous_tier != log.c.tier
    )
    by_cause = sa.select(log.c.account_id, log.c.cause).where(flipped).distinct().subquery("by_cause")
    causes = sa.select(by_cause.c.cause, sa.func.count().label("n")).group_by(by_cause.c.cause)
    moves = sa.select(log.c.account_id, log.c.as_of).where(flipped).distinct().subquery("moves")
    times = sa.select(sa.func.count().label("times")).select_from(moves).group_by(moves.c.account_id).subquery("times")
    counts = sa.select(times.c.times, sa.func.count().label("n")).group_by(times.c.times)
    often = {row["times"]: row["n"] for row in warehouse.read(counts).to_pylist()}
    return Flips(
        accounts=sum(often.values()),
        repeatedly=sum(n for times, n in often.items() if times > 1),
        by_cause={row["cause"]: row["n"] for row in warehouse.read(causes).to_pylist()},
        scored=total,
    )
