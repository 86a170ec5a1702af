"""From lead to customer: of those who reached a stage, how many reached the next one within the horizon.

A stage is entered once, on the first day known; a stage that was skipped counts as reached on the day of the later one.
Only those count who entered so long ago that they have been watched for the whole horizon, above and below the line
alike. A recycled lead is a new one where the source gives it a new id. Leads are counted as such, and by account: each
account once, from its first lead to its first deal after that.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from itertools import pairwise
from typing import Any

import sqlalchemy as sa

from icp_monitor.config.icp import OTHER, UNSCORED
from icp_monitor.metrics.buckets import window_start, within
from icp_monitor.periods import Window
from icp_monitor.snapshots.dialects import days_between, greatest, integer_sum, least

STAGES = ("lead", "mql", "sql", "opportunity", "won")
STEPS = (*pairwise(STAGES), (STAGES[0], STAGES[-1]))
LEVELS = ("lead", "account")

Column = sa.ColumnElement[Any]


def reached_by_leads(leads: sa.FromClause, deals: sa.FromClause) -> sa.Select[Any]:
    """The day on which each lead reached each of `STAGES`, later stages first: account_id, segment, tier and the days.

    ``leads`` carries segment and tier of the account when the lead came; ``deals`` are scored opportunities.
    """
    rows = leads.c
    won_on = sa.case((deals.c.outcome == "won", deals.c.closed_on))
    days = {"opportunity": sa.func.coalesce(rows.converted_on, deals.c.anchor_on), "sql": rows.sql_on}
    reached = _carried_back({"lead": rows.created_on, "mql": rows.mql_on, **days, "won": won_on})
    who = (rows.lead_id, rows.account_id, *_place(rows))
    return (
        sa.select(*who, *(day.label(stage) for stage, day in reached.items()))
        .select_from(leads.outerjoin(deals, deals.c.opportunity_id == rows.opportunity_id))
        .where(rows.created_on.is_not(None))
    )


def reached_by_accounts(reached: sa.FromClause, deals: sa.FromClause) -> sa.Select[Any]:
    """The same of accounts: the first day of any of its leads; its deals count whichever lead they came from.

    ``reached`` are the days of its leads. Segment and tier are those at the first lead.
    """
    rows = reached.c
    first = sa.func.row_number().over(partition_by=rows.account_id, order_by=(rows.lead, rows.lead_id))
    leads = sa.select(*rows, first.label("place")).where(rows.account_id.is_not(None)).subquery("leads_of_accounts")
    known = leads.c
    firsts = {stage: sa.func.min(known[stage]).label(stage) for stage in STAGES}
    at_first = {name: sa.func.min(sa.case((known.place == 1, known[name]))) for name in ("segment", "tier")}
    accounts = (
        sa.select(known.account_id, *(value.label(name) for name, value in at_first.items()), *firsts.values())
        .group_by(known.account_id)
        .subquery("accounts_with_leads")
    )
    later = sa.and_(deals.c.account_id == accounts.c.account_id, deals.c.anchor_on >= accounts.c.lead)
    own = (
        sa.select(
            accounts.c.account_id,
            sa.func.min(deals.c.anchor_on).label("opportunity"),
            sa.func.min(sa.case((deals.c.outcome == "won", deals.c.closed_on))).label("won"),
        )
        .select_from(accounts.join(deals, later))
        .group_by(accounts.c.account_id)
        .subquery("deals_of_accounts")
    )
    days: dict[str, Column] = {stage: accounts.c[stage] for stage in STAGES}
    days |= {stage: least(days[stage], own.c[stage]) for stage in ("opportunity", "won")}
    return sa.select(
        accounts.c.account_id,
        accounts.c.segment,
        accounts.c.tier,
        *(day.label(stage) for stage, day in _carried_back(days).items()),
    ).select_from(accounts.outerjoin(own, own.c.account_id == accounts.c.account_id))


def funnel_counts(
    reached: sa.FromClause, level: str, windows: Sequence[Window], horizon_days: int, observed_until: date
) -> sa.Select[Any]:
    """Counts by cohort (the window in which the first stage was entered), step, segment and tier.

    ``n`` entered, ``n_watched`` of them more than ``horizon_days`` before ``observed_until``, and of these
    ``n_reached`` the second stage within the horizon.
    """
    parts = (_step(reached, level, step, windows, horizon_days, observed_until) for step in STEPS)
    every = sa.union_all(*parts).subquery(f"funnel_of_{level}s")
    return sa.select(*every.c)


def _step(
    reached: sa.FromClause,
    level: str,
    step: tuple[str, str],
    windows: Sequence[Window],
    horizon_days: int,
    observed_until: date,
) -> sa.Select[Any]:
    entered, arrived = (reached.c[stage] for stage in step)
    watched = days_between(sa.literal(observed_until, sa.Date), entered) > horizon_days
    in_time = sa.and_(watched, days_between(arrived, entered) <= horizon_days)
    keys = (window_start(entered, windows).label("cohort"), reached.c.segment, reached.c.tier)
    return (
        sa.select(
            sa.literal(level, sa.Text).label("level"),
            sa.literal(step[0], sa.Text).label("from_stage"),
            sa.literal(step[1], sa.Text).label("to_stage"),
            *keys,
            sa.func.count().label("n"),
            integer_sum(sa.case((watched, 1), else_=0)).label("n_watched"),
            integer_sum(sa.case((in_time, 1), else_=0)).label("n_reached"),
        )
        .where(within(entered, windows))
        .group_by(*keys)
    )


def _carried_back(days: Mapping[str, Column]) -> dict[str, Column]:
    """Each stage on its own day or on that of a later one, whichever came first; none before the lead itself."""
    reached: dict[str, Column] = {STAGES[-1]: days[STAGES[-1]]}
    for stage in reversed(STAGES[1:-1]):
        reached[stage] = least(days[stage], next(reversed(reached.values())))
    begin = days[STAGES[0]]
    after = {stage: sa.case((day.is_not(None), greatest(day, begin))) for stage, day in reached.items()}
    return {STAGES[0]: begin, **{stage: after[stage] for stage in STAGES[1:]}}


def _place(rows: Any) -> tuple[Column, ...]:
    segment = sa.func.coalesce(rows.segment, sa.literal(OTHER, sa.Text)).label("segment")
    return segment, sa.func.coalesce(rows.tier, sa.literal(UNSCORED, sa.Text)).label("tier")
