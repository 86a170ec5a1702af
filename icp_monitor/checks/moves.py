"""From which stage to which deals moved in each week, and how long they had been in the one that they left."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.data import Data, counting
from icp_monitor.checks.weeks import weeks_ago
from icp_monitor.config.monitoring import StageChange
from icp_monitor.snapshots.dialects import days_between
from icp_monitor.snapshots.stages import RANKS, stage_events

START, CLOSED = "(start)", "(closed)"
DOUBLINGS = 10  # the last bin of a stay begins at 2^9 - 1 days

Column = sa.ColumnElement[Any]


def moves(data: Data) -> sa.Select[Any]:
    """Counts of moves by ``origin``, ``target``, whole weeks ``ago`` and ``stay``.

    ``origin`` is the stage before, or the start of the deal; every closed stage is one ``target``. ``stay`` is the
    number of doublings in the days spent in the origin plus one: 0 for none, 3 for 7 to 14 days.
    """
    entered = _in_order(data).subquery("entered")
    stay = _doublings(days_between(entered.c.entered_on, entered.c.left_on))
    keys = (entered.c.origin, entered.c.target, weeks_ago(entered.c.entered_on, data.asof.observed_until), stay)
    labels = ("origin", "target", "ago", "stay")
    named = [key.label(label) for key, label in zip(keys, labels, strict=True)]
    counted = sa.select(*named).subquery("named")
    return sa.select(*counted.c, sa.func.count().label("n")).group_by(*counted.c)


def _in_order(data: Data) -> sa.Select[Any]:
    """Each stage with the one before it; of several on one day a closed one comes last."""
    events = _canonical(data).subquery("events")
    rank = sa.case(RANKS, value=events.c.outcome, else_=0)
    deal, order = events.c.opportunity_id, (events.c.entered_on, rank, events.c.stage)
    before = sa.func.lag(events.c.stage, type_=sa.Text).over(partition_by=deal, order_by=order)
    left_on = sa.func.lag(events.c.entered_on, type_=sa.Date).over(partition_by=deal, order_by=order)
    return counting(
        sa.func.coalesce(before, sa.literal(START, sa.Text)).label("origin"),
        sa.case((rank > 0, sa.literal(CLOSED, sa.Text)), else_=events.c.stage).label("target"),
        events.c.entered_on,
        left_on.label("left_on"),
    )


def _canonical(data: Data) -> sa.Select[Any]:
    """The stages of the day's deals by the names of the baseline; stages that were added or removed are left out."""
    events = stage_events(data.catalogue, data.asof).subquery("recorded")
    changes = data.gate.stage_changes
    ignored = {name for change in changes for name in (*change.added, *change.removed)}
    ours = events.c.opportunity_id.in_(sa.select(data.deals.c.opportunity_id))
    return sa.select(
        events.c.opportunity_id, events.c.entered_on, _former_name(events, changes).label("stage"), events.c.outcome
    ).where(ours, events.c.stage.not_in(ignored) if ignored else sa.true())


def _former_name(events: sa.FromClause, changes: tuple[StageChange, ...]) -> Column:
    renamed = [
        (sa.and_(events.c.stage == new, events.c.entered_on >= change.on), sa.literal(old, sa.Text))
        for change in changes
        for new, old in change.renamed.items()
    ]
    return sa.case(*renamed, else_=events.c.stage) if renamed else events.c.stage


def _doublings(days: Column) -> Column:
    bins = ((days >= 2**power - 1, power) for power in range(DOUBLINGS - 1, 0, -1))
    return sa.cast(sa.case((days.is_(None), None), *bins, else_=0), sa.Integer)
