"""Which opportunities existed before a day, and how each of them stood, as known then or as known now."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import Definitions
from icp_monitor.periods import Window
from icp_monitor.snapshots.asof import Asof
from icp_monitor.snapshots.dialects import days_between
from icp_monitor.snapshots.stages import last_outcomes
from icp_monitor.snapshots.visible import visible

FACTS = (
    "opportunity_id",
    "account_id",
    "owner_id",
    "type",
    "channel",
    "product",
    "currency",
    "amount_minor",
    "log_amount",
    "log_amount_squared",
    "created_on",
)


def opportunities(catalogue: Catalogue, asof: Asof, created_in: Window | None = None) -> sa.Select[Any]:
    """One row for each opportunity created before the day, and in the window ``created_in`` where one is given.

    Beside the record's own columns: ``outcome`` and ``closed_on`` as they stood on the day, ``age_days`` when it was
    resolved or, still open, last observed, and ``derived`` where they come from the record's dates because the source
    recorded no stages.
    """
    deals = _existing(catalogue, asof, created_in)
    if asof.has_stage_events:
        stages = last_outcomes(catalogue, asof, deals if created_in else None).subquery("last_outcomes")
        resolved = _from_events(asof, deals, stages).subquery("deals")
    else:
        resolved = _from_dates(asof, deals).subquery("deals")
    observed_until = sa.literal(asof.observed_until, sa.Date)
    age_days = days_between(sa.func.coalesce(resolved.c.closed_on, observed_until), resolved.c.created_on)
    return sa.select(*resolved.c, age_days.label("age_days"))


def counted(deals: sa.FromClause, definitions: Definitions) -> sa.Select[Any]:
    """Those of ``deals`` (a snapshot of opportunities) that ``definitions`` counts."""
    rows = sa.select(*deals.c)
    if definitions.types:
        rows = rows.where(deals.c.type.in_(definitions.types))
    if definitions.min_lifespan_days:
        rows = rows.where(sa.or_(deals.c.outcome == "open", deals.c.age_days >= definitions.min_lifespan_days))
    return rows


def _existing(catalogue: Catalogue, asof: Asof, created_in: Window | None) -> sa.Subquery:
    deals = visible(catalogue.raw_opportunities, asof).subquery("known_deals")
    existing = sa.select(deals).where(deals.c.created_on < asof.as_of)
    if created_in:
        existing = existing.where(deals.c.created_on >= created_in.start, deals.c.created_on < created_in.end)
    return existing.subquery("existing_deals")


def _from_dates(asof: Asof, deals: sa.FromClause) -> sa.Select[Any]:
    outcome, closed_on = _on_the_day(asof, deals)
    return sa.select(*_facts(deals), outcome, closed_on, sa.literal(True, sa.Boolean).label("derived"))


def _from_events(asof: Asof, deals: sa.FromClause, stages: sa.FromClause) -> sa.Select[Any]:
    derived = stages.c.outcome.is_(None)  # asking for the key instead would keep a second copy of it in memory
    outcome, closed_on = _on_the_day(asof, deals)
    return sa.select(
        *_facts(deals),
        sa.case((derived, outcome), else_=stages.c.outcome).label("outcome"),
        sa.case((derived, closed_on), else_=stages.c.closed_on).label("closed_on"),
        derived.label("derived"),
    ).select_from(deals.outerjoin(stages, stages.c.opportunity_id == deals.c.opportunity_id))


def _facts(deals: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    return [deals.c[name] for name in FACTS]


def _on_the_day(asof: Asof, deals: sa.FromClause) -> tuple[sa.Label[Any], sa.Label[Any]]:
    closed = sa.and_(deals.c.closed_on < asof.as_of, deals.c.outcome != "open")
    return (
        sa.case((closed, deals.c.outcome), else_=sa.literal("open", sa.Text)).label("outcome"),
        sa.case((closed, deals.c.closed_on)).label("closed_on"),
    )
