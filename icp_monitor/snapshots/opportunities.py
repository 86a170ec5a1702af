"""Which opportunities existed before a day, and how each of them stood, as known then or as known now."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from icp_monitor.catalogue import Catalogue
from icp_monitor.config.icp import Definitions
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
EVERYTHING = Definitions()


def opportunities(
    catalogue: Catalogue, asof: Asof, with_stage_events: bool, definitions: Definitions = EVERYTHING
) -> sa.Select[Any]:
    """One row for each opportunity created before the day that ``definitions`` counts.

    Beside the record's own columns: ``outcome`` and ``closed_on`` as they stood on the day, ``age_days`` when it was
    resolved or, still open, last observed, and ``derived`` where they come from the record's dates because the source
    recorded no stages. ``with_stage_events`` says whether any source does; without, stages are not looked for.
    """
    deals = _counted(catalogue, asof, definitions)
    resolved = (_from_events(catalogue, asof, deals) if with_stage_events else _from_dates(asof, deals)).subquery(
        "deals"
    )
    observed_until = sa.literal(asof.observed_until, sa.Date)
    age_days = days_between(sa.func.coalesce(resolved.c.closed_on, observed_until), resolved.c.created_on)
    long_enough = sa.or_(resolved.c.outcome == "open", age_days >= definitions.min_lifespan_days)
    rows = sa.select(*resolved.c, age_days.label("age_days"))
    return rows.where(long_enough) if definitions.min_lifespan_days else rows


def _counted(catalogue: Catalogue, asof: Asof, definitions: Definitions) -> sa.Subquery:
    deals = visible(catalogue.raw_opportunities, asof).subquery("known_deals")
    existing = sa.select(deals).where(deals.c.created_on < asof.as_of)
    if definitions.types:
        existing = existing.where(deals.c.type.in_(definitions.types))
    return existing.subquery("existing_deals")


def _from_dates(asof: Asof, deals: sa.FromClause) -> sa.Select[Any]:
    outcome, closed_on = _on_the_day(asof, deals)
    return sa.select(*_facts(deals), outcome, closed_on, sa.literal(True, sa.Boolean).label("derived"))


def _from_events(catalogue: Catalogue, asof: Asof, deals: sa.FromClause) -> sa.Select[Any]:
    events = last_outcomes(catalogue, asof).subquery("last_outcomes")
    derived = events.c.outcome.is_(None)  # asking for the key instead would keep a second copy of it in memory
    outcome, closed_on = _on_the_day(asof, deals)
    return sa.select(
        *_facts(deals),
        sa.case((derived, outcome), else_=events.c.outcome).label("outcome"),
        sa.case((derived, closed_on), else_=events.c.closed_on).label("closed_on"),
        derived.label("derived"),
    ).select_from(deals.outerjoin(events, events.c.opportunity_id == deals.c.opportunity_id))


def _facts(deals: sa.FromClause) -> list[sa.ColumnElement[Any]]:
    return [deals.c[name] for name in FACTS]


def _on_the_day(asof: Asof, deals: sa.FromClause) -> tuple[sa.Label[Any], sa.Label[Any]]:
    closed = sa.and_(deals.c.closed_on < asof.as_of, deals.c.outcome != "open")
    return (
        sa.case((closed, deals.c.outcome), else_=sa.literal("open", sa.Text)).label("outcome"),
        sa.case((closed, deals.c.closed_on)).label("closed_on"),
    )
