"""Are deals entered after the fact? A deal that is created when it is won has no history to learn from."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.contrast import since_the_baseline
from icp_monitor.checks.data import Data, count_if, counting
from icp_monitor.checks.result import CheckResult
from icp_monitor.snapshots.dialects import days_between
from icp_monitor.snapshots.stages import stage_events
from icp_monitor.snapshots.visible import known, visible

LATE = 30  # days


def check(data: Data) -> Iterator[CheckResult]:
    """Deals closed on the day of their creation; deals older than their record; deals entered late."""
    found = since_the_baseline(data.samples(data.read(same_day_by_span(data.anchored))))
    if found is not None:
        many = found.change > data.gate.max_same_day
        yield CheckResult(
            check="backdating",
            table_name="opportunities",
            field="created_on",
            status="failed" if many else "ok",
            message=f"{found.after.share:.0%} of the deals closed lately were closed on the day of their creation; "
            f"in the baseline {found.before.share:.0%}",
            value="same day",
            n=found.after.n,
            total=found.after.total,
            suggestion="enter deals when they begin; until then definitions: {min_lifespan_days: 1} leaves them out"
            if many
            else None,
            p_value=found.p_value,
        )
    yield from _earlier_traces(data)
    late = data.only(late_entries(data))
    if late["n"]:
        yield _note("entered late", late, f"were entered more than {LATE} days after the day of their creation")


def same_day_by_span(anchored: sa.FromClause) -> sa.Select[Any]:
    """Ended deals of each span, and those that ended on the day on which they began."""
    ended = anchored.c.outcome != "open"
    counts = (count_if(anchored.c.age_days == 0).label("n"), sa.func.count().label("total"))
    return sa.select(anchored.c.span, *counts).where(ended).group_by(anchored.c.span)


def late_entries(data: Data) -> sa.Select[Any]:
    """Deals that became known after the first load, and those of them much later than they were created."""
    table = data.catalogue.raw_opportunities.table
    first = (
        sa.select(table.c.opportunity_id, sa.func.min(table.c.load).label("load"))
        .where(known(table, data.asof))
        .group_by(table.c.opportunity_id)
        .subquery("first")
    )
    late = days_between(table.c.known_on, table.c.created_on) > LATE
    same = sa.and_(first.c.opportunity_id == table.c.opportunity_id, first.c.load == table.c.load)
    counts = (count_if(late).label("n"), sa.func.count().label("total"))
    return counting(*counts).select_from(table.join(first, same)).where(~table.c.assumed, ~table.c.deleted)


def _earlier_traces(data: Data) -> Iterator[CheckResult]:
    if "stage_events" in data.tables:
        events = stage_events(data.catalogue, data.asof).subquery("events")
        row = data.only(before_creation(data.anchored, events, events.c.entered_on))
        if row["n"]:
            yield _note("stage before", row, "entered a stage before the day of their creation")
    if "activities" in data.tables:
        meetings = visible(data.catalogue.named("raw_activities"), data.asof).subquery("meetings")
        row = data.only(before_creation(data.anchored, meetings, meetings.c.occurred_on))
        if row["n"]:
            yield _note("meeting before", row, "were created after the first recorded activity on them")


def before_creation(anchored: sa.FromClause, traces: sa.FromClause, day: sa.ColumnElement[Any]) -> sa.Select[Any]:
    """One row: deals with a trace (a stage, an activity), and those with one before they were created."""
    first = (
        sa.select(traces.c.opportunity_id, sa.func.min(day).label("first_on"))
        .where(traces.c.opportunity_id.is_not(None))
        .group_by(traces.c.opportunity_id)
        .subquery("first_traces")
    )
    counts = (count_if(first.c.first_on < anchored.c.created_on).label("n"), sa.func.count().label("total"))
    return counting(*counts).select_from(anchored.join(first, first.c.opportunity_id == anchored.c.opportunity_id))


def _note(value: str, row: Any, told: str) -> CheckResult:
    return CheckResult(
        check="backdating",
        table_name="opportunities",
        field="created_on",
        status="note",
        message=f"{row['n']:,} of {row['total']:,} deals {told}",
        value=value,
        n=row["n"],
        total=row["total"],
        suggestion="map created_on to the day on which the deal began, and pull daily",
    )
