"""Which stages each opportunity went through, and what the last one before a day says of its outcome."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.visible import visible

CREATED = "created"
TERMINAL = ("won", "lost", "no_decision")


def stage_events(catalogue: Catalogue, asof: Asof) -> sa.Select[Any]:
    """The stages that the source itself recorded before the day: opportunity_id, entered_on, stage, outcome."""
    events = visible(catalogue.raw_stage_events, asof).subquery("known_events")
    return sa.select(events.c.opportunity_id, events.c.entered_on, events.c.stage, events.c.outcome).where(
        events.c.entered_on < asof.as_of
    )


def last_outcomes(catalogue: Catalogue, asof: Asof) -> sa.Select[Any]:
    """For each opportunity with recorded stages, the outcome of the last one, and its date where that closed the deal.

    Of several stages entered on one day the terminal one counts as the last.
    """
    events = stage_events(catalogue, asof).subquery("events")
    last_on = sa.func.max(events.c.entered_on)
    ends_as = {outcome: _last_entry(events, outcome) == last_on for outcome in TERMINAL}
    return sa.select(
        events.c.opportunity_id,
        sa.case(
            *((ends, sa.literal(outcome, sa.Text)) for outcome, ends in ends_as.items()),
            else_=sa.literal("open", sa.Text),
        ).label("outcome"),
        sa.case((sa.or_(*ends_as.values()), last_on)).label("closed_on"),
    ).group_by(events.c.opportunity_id)


def stage_history(catalogue: Catalogue, asof: Asof, deals: sa.FromClause) -> sa.Select[Any]:
    """Every stage of ``deals`` (a snapshot of opportunities): opportunity_id, entered_on, stage, outcome, derived.

    A deal without recorded stages gets two that are derived from its dates: created and, where closed, its outcome.
    """
    events = stage_events(catalogue, asof).subquery("events")
    recorded = sa.select(*events.c, sa.literal(False, sa.Boolean).label("derived")).join(
        deals, deals.c.opportunity_id == events.c.opportunity_id
    )
    created = _derived(deals, deals.c.created_on, sa.literal(CREATED, sa.Text), sa.literal("open", sa.Text))
    closed = _derived(deals, deals.c.closed_on, deals.c.outcome, deals.c.outcome).where(deals.c.closed_on.is_not(None))
    every = sa.union_all(recorded, created, closed).subquery("stage_history")
    return sa.select(*every.c)


def _last_entry(events: sa.FromClause, outcome: str) -> sa.ColumnElement[Any]:
    return sa.func.max(sa.case((events.c.outcome == outcome, events.c.entered_on)))


def _derived(
    deals: sa.FromClause, day: sa.ColumnElement[Any], stage: sa.ColumnElement[str], outcome: sa.ColumnElement[str]
) -> sa.Select[Any]:
    return sa.select(
        deals.c.opportunity_id,
        day.label("entered_on"),
        stage.label("stage"),
        outcome.label("outcome"),
        sa.literal(True, sa.Boolean).label("derived"),
    ).where(deals.c.derived)
