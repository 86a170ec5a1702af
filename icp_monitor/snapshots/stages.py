"""Which stages each opportunity went through, and what the last one before a day says of its outcome."""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.dialects import days_between
from icp_monitor.snapshots.money import converted
from icp_monitor.snapshots.visible import visible

CREATED = "created"
RANKS = {"no_decision": 1, "lost": 2, "won": 3}  # of several stages entered on one day the highest counts as the last


def stage_events(catalogue: Catalogue, asof: Asof) -> sa.Select[Any]:
    """The stages that the source itself recorded before the day: opportunity_id, entered_on, stage, outcome."""
    events = visible(catalogue.raw_stage_events, asof).subquery("known_events")
    return sa.select(events.c.opportunity_id, events.c.entered_on, events.c.stage, events.c.outcome).where(
        events.c.entered_on < asof.as_of
    )


def last_outcomes(catalogue: Catalogue, asof: Asof, deals: sa.FromClause | None = None) -> sa.Select[Any]:
    """For each opportunity with recorded stages, the outcome of the last one, and since when it was closed, if it was.

    Of several stages entered on one day the terminal one counts as the last. A deal that was closed once stays closed
    since then, however often its record is changed; one that was opened again, or whose outcome changed, was closed
    when it was closed last. Where ``deals`` are given, only their stages are looked at.
    """
    events = stage_events(catalogue, asof).subquery("events")
    wanted = sa.true() if deals is None else events.c.opportunity_id.in_(sa.select(deals.c.opportunity_id))
    rank, day = sa.case(RANKS, value=events.c.outcome, else_=0), events.c.entered_on
    order = days_between(day, sa.literal(date.min, sa.Date)) * (len(RANKS) + 1) + rank
    closed = sa.case((rank > 0, rank))
    last = (
        sa.select(
            events.c.opportunity_id,
            (sa.func.max(order) % (len(RANKS) + 1)).label("rank"),
            sa.func.max(day).label("entered_on"),
            sa.func.min(sa.case((rank > 0, day))).label("first_closed"),
            sa.func.max(sa.case((rank == 0, day))).label("last_open"),
            (sa.func.min(closed) == sa.func.max(closed)).label("one_outcome"),
        )
        .where(wanted)
        .group_by(events.c.opportunity_id)
        .subquery("last_events")
    )
    was_open_again = sa.func.coalesce(last.c.last_open > last.c.first_closed, sa.false())
    closed_once = sa.and_(last.c.one_outcome, ~was_open_again)
    closed_on = sa.case((closed_once, last.c.first_closed), else_=last.c.entered_on)
    outcomes = {rank: sa.literal(outcome, sa.Text) for outcome, rank in RANKS.items()}
    return sa.select(
        last.c.opportunity_id,
        sa.case(outcomes, value=last.c.rank, else_=sa.literal("open", sa.Text)).label("outcome"),
        sa.case((last.c.rank > 0, closed_on)).label("closed_on"),
    )


def valued(catalogue: Catalogue, asof: Asof, deals: sa.FromClause) -> sa.FromClause:
    """``deals`` with ``value_minor``: what each was worth at first; where no source tells that, what it is worth now.

    The amount of a deal that is won has been negotiated, that of a lost one is still its list price.
    """
    if not asof.has_stage_amounts:
        return sa.select(deals, deals.c.amount_minor.label("value_minor")).subquery("valued")
    first = first_amounts(catalogue, asof).subquery("first_values")
    joined = deals.outerjoin(first, first.c.opportunity_id == deals.c.opportunity_id)
    return sa.select(deals, first.c.value_minor).select_from(joined).subquery("valued")


def first_amounts(catalogue: Catalogue, asof: Asof) -> sa.Select[Any]:
    """What each opportunity was worth when it entered its first stage with a positive amount: opportunity_id, value."""
    events = visible(catalogue.raw_stage_events, asof).subquery("amounts")
    deals = visible(catalogue.raw_opportunities, asof).subquery("their_deals")
    valued = sa.and_(events.c.amount_minor > 0, events.c.entered_on < asof.as_of)
    first = (
        sa.select(events.c.opportunity_id, sa.func.min(events.c.entered_on).label("entered_on"))
        .where(valued)
        .group_by(events.c.opportunity_id)
        .subquery("first_amounts")
    )
    same = sa.and_(first.c.opportunity_id == events.c.opportunity_id, first.c.entered_on == events.c.entered_on)
    amount = sa.func.min(converted(events.c.amount_minor, deals, asof)).label("value_minor")
    return (
        sa.select(events.c.opportunity_id, amount)
        .select_from(events.join(first, same).join(deals, deals.c.opportunity_id == events.c.opportunity_id))
        .where(valued)
        .group_by(events.c.opportunity_id)
    )


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
