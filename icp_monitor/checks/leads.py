"""Was a stage of the lead funnel redefined? A new threshold for qualified leads is policy, not the market."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.data import Data, count_if, counting
from icp_monitor.checks.jumps import jump
from icp_monitor.checks.result import CheckResult
from icp_monitor.checks.weeks import DAYS, weeks_ago
from icp_monitor.snapshots.dialects import days_between
from icp_monitor.snapshots.visible import visible

STEPS = (("mql_on", "created_on", "marketing-qualified"), ("sql_on", "mql_on", "sales-qualified"))
WITHIN = 28  # days


def check(data: Data) -> Iterator[CheckResult]:
    """The share of leads that took each step within four weeks, by the week in which they could first take it."""
    if "leads" not in data.tables:
        return
    leads = visible(data.catalogue.raw_leads, data.asof).subquery("leads")
    for reached, before, called in STEPS:
        result = _step_result(data, leads, reached, before, called)
        if result is not None:
            yield result


def steps_by_week(leads: sa.FromClause, reached: str, before: str, data: Data) -> sa.Select[Any]:
    """Leads by whole weeks since ``before``, and those of them that ``reached`` the next step in time."""
    start = leads.c[before]
    ago = weeks_ago(start, data.asof.observed_until)
    in_time = days_between(leads.c[reached], start) <= WITHIN
    counts = (count_if(in_time).label("n"), sa.func.count().label("total"))
    watched = sa.and_(start >= data.spans.baseline.start, start < data.asof.as_of)
    return counting(ago.label("ago"), *counts).where(watched).group_by(ago)


def _step_result(data: Data, leads: sa.FromClause, reached: str, before: str, called: str) -> CheckResult | None:
    weeks = (data.asof.observed_until - data.spans.baseline.start).days // DAYS
    watched = weeks - WITHIN // DAYS  # later leads still have time
    hits, totals = ([0] * max(watched, 0) for _ in range(2))
    for row in data.read(steps_by_week(leads, reached, before, data)):
        week = weeks - 1 - row["ago"]
        if 0 <= week < watched:
            hits[week], totals[week] = row["n"], row["total"]
    found = jump(hits, totals, data.spans.baseline.days // DAYS)
    if found is None:
        return None
    on = data.asof.observed_until - timedelta(weeks=weeks - found.at)
    large = abs(found.change) >= data.gate.max_stage_shift
    return CheckResult(
        check="leads",
        table_name="leads",
        field=reached,
        status="failed" if large else "ok",
        message=f"since {on} {found.after:.0%} of leads become {called} within {WITHIN} days, "
        f"before it were {found.before:.0%}" + (": the threshold has changed" if large else ""),
        value=called,
        p_value=found.p_value,
        suggestion=f"register the change: events: [{{id: {called}-{on}, on: {on}, kind: process, label: ...}}], "
        "and compare leads from that day on"
        if large
        else None,
    )
