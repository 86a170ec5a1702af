"""Which known deals have been deleted? A team that deletes its losses wins more often on paper."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.contrast import Sample, contrast
from icp_monitor.checks.data import Data, count_if, counting
from icp_monitor.checks.result import CheckResult
from icp_monitor.snapshots.visible import known, later_loads, visible

REMEMBERED = timedelta(weeks=26)  # as long as a look may show a change
LOOK = timedelta(weeks=1)


def check(data: Data) -> Iterator[CheckResult]:
    """Deals deleted, and not merged, within the last half year, by the outcome that they had."""
    since, look = data.asof.as_of - REMEMBERED, data.asof.as_of - LOOK
    deleted = {row["outcome"]: row for row in data.read(deleted_by_outcome(data, since, look))}
    if not deleted:
        return
    kept = {row["outcome"]: row["n"] for row in data.read(kept_by_outcome(data))}
    totals = {name: kept.get(name, 0) + (deleted[name]["n"] if name in deleted else 0) for name in {*kept, *deleted}}
    gone = {name: deleted[name]["n"] if name in deleted else 0 for name in totals}
    for outcome in sorted(deleted):
        yield deletion_result(outcome, gone, totals, deleted[outcome]["lately"], data.gate.max_deleted)


def deleted_by_outcome(data: Data, since: date, look: date) -> sa.Select[Any]:
    """Deals of the baseline or later that a tombstone known after ``since`` removed, by outcome; ``lately`` since."""
    raw = data.catalogue.raw_opportunities
    table = raw.table
    changes, is_later = later_loads(raw, data.asof)
    newest = (
        sa.select(changes.c.opportunity_id, sa.func.max(changes.c.load).label("load"))
        .where(is_later)
        .group_by(changes.c.opportunity_id)
        .subquery("newest")
    )
    gone = (
        sa.select(table.c.opportunity_id, table.c.load, table.c.known_on)
        .join(newest, sa.and_(newest.c.opportunity_id == table.c.opportunity_id, newest.c.load == table.c.load))
        .where(table.c.deleted, table.c.known_on > since, *_not_merged(table))
        .subquery("gone")
    )
    before = table.alias("before")
    last = (
        sa.select(
            before.c.opportunity_id,
            sa.func.max(before.c.load).label("load"),
            sa.func.max(gone.c.known_on).label("gone_on"),
        )
        .join(gone, sa.and_(gone.c.opportunity_id == before.c.opportunity_id, before.c.load < gone.c.load))
        .where(known(before, data.asof), ~before.c.deleted)
        .group_by(before.c.opportunity_id)
        .subquery("last")
    )
    was = table.alias("was")
    outcome = sa.func.coalesce(was.c.outcome, sa.literal("open", sa.Text))
    return (
        counting(
            outcome.label("outcome"),
            sa.func.count().label("n"),
            count_if(last.c.gone_on > look).label("lately"),
        )
        .join(last, sa.and_(last.c.opportunity_id == was.c.opportunity_id, last.c.load == was.c.load))
        .where(was.c.created_on >= data.spans.baseline.start)
        .group_by(outcome)
    )


def kept_by_outcome(data: Data) -> sa.Select[Any]:
    """The deals of the baseline or later that are still there, by the outcome on record."""
    records = visible(data.catalogue.raw_opportunities, data.asof).subquery("records")
    outcome = sa.func.coalesce(records.c.outcome, sa.literal("open", sa.Text))
    counted = counting(outcome.label("outcome"), sa.func.count().label("n"))
    return counted.where(records.c.created_on >= data.spans.baseline.start).group_by(outcome)


def deletion_result(
    outcome: str, gone: Mapping[str, int], totals: Mapping[str, int], lately: int, allowed: float
) -> CheckResult:
    """Failed where more than ``allowed`` of the deals of an outcome went, and more of them than of the others."""
    n, total = gone[outcome], totals[outcome]
    rest = sum(gone.values()) - n, sum(totals.values()) - total
    found = contrast(Sample(*rest, rest[1]), Sample(n, total, total))
    many = n / total > allowed and (found is None or found.change > 0)
    return CheckResult(
        check="deletions",
        table_name="opportunities",
        field="outcome",
        status="failed" if many else "note",
        message=f"{n / total:.0%} of the {outcome.replace('_', ' ')} deals ({n:,} of {total:,}) were deleted in the "
        f"last half year, {lately:,} of them since the last look; of the others {rest[0]:,} of {rest[1]:,}",
        value=outcome,
        n=n,
        total=total,
        suggestion="restore them at the source, or let it keep deleted records; "
        "icp-monitor backfill --knowledge restated shows the verdicts without them"
        if many
        else None,
        p_value=found.p_value if found else None,
    )


def _not_merged(table: sa.FromClause) -> list[sa.ColumnElement[bool]]:
    """A record that was merged lives on in another one."""
    return [table.c.merged_into.is_(None)] if "merged_into" in table.c else []
