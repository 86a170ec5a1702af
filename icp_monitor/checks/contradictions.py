"""Do tables contradict each other, such as a subscription that runs on after its customer has left?"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.data import Data, count_if, counting
from icp_monitor.checks.result import CheckResult
from icp_monitor.snapshots.visible import visible

CHURN = "churn"  # the kind of activity that says that a customer has left


def check(data: Data) -> Iterator[CheckResult]:
    """Subscriptions beside what they cost, beside each other, and beside the days on which customers left."""
    if "activities" in data.tables and data.sources.maps("accounts", "has_left"):
        activities = visible(data.catalogue.raw_activities, data.asof).subquery("activities")
        row = data.only(departures_and_marks(activities, data.accounts))
        told = "customers with a departure are not marked as having left"
        yield _result("unmarked departures", row["unmarked"], row["departed"], told)
        told = "customers marked as having left have no departure"
        yield _result("marks without departure", row["unfounded"], row["marked"], told)
    if "subscriptions" not in data.tables:
        return
    paid = visible(data.catalogue.raw_subscriptions, data.asof).subquery("paid")
    row = data.only(free_subscriptions(paid))
    yield _result("free", row["n"], row["total"], "subscriptions cost nothing and are no trials")
    yield _result("trials", row["trials"], row["total"], "subscriptions are trials for nothing")
    row = data.only(overlaps(paid))
    yield _result("overlapping", row["n"], row["total"], "subscriptions run beside another of the same product")
    if "activities" in data.tables:
        activities = visible(data.catalogue.raw_activities, data.asof).subquery("activities")
        row = data.only(churn_matches(activities, paid))
        if row["total"]:
            unmatched = row["total"] - row["n"]
            yield _result("churn without end", unmatched, row["total"], "departures match no subscription's end")
            row = data.only(runs_on(activities, paid))
            yield _result("runs on", row["n"], row["total"], "customers left, and a subscription runs on")


def departures_and_marks(activities: sa.FromClause, accounts: sa.FromClause) -> sa.Select[Any]:
    """One row: accounts with a departure, those of them without a mark, those with a mark, those of them unfounded."""
    left = sa.exists().where(activities.c.account_id == accounts.c.account_id, activities.c.kind == CHURN)
    both = sa.select(
        sa.case((left, 1), else_=0).label("departed"),
        sa.case((accounts.c.has_left, 1), else_=0).label("marked"),
    ).subquery("departures_and_marks")
    departed, marked = both.c.departed == 1, both.c.marked == 1
    return counting(
        count_if(departed).label("departed"),
        count_if(sa.and_(departed, ~marked)).label("unmarked"),
        count_if(marked).label("marked"),
        count_if(sa.and_(marked, ~departed)).label("unfounded"),
    )


def free_subscriptions(paid: sa.FromClause) -> sa.Select[Any]:
    """One row: subscriptions, those for nothing that are no trials, and the trials for nothing."""
    nothing, trial = paid.c.mrr_minor == 0, sa.func.coalesce(paid.c.is_trial, sa.false())
    counts = (
        count_if(sa.and_(nothing, ~trial)).label("n"),
        count_if(sa.and_(nothing, trial)).label("trials"),
        sa.func.count().label("total"),
    )
    return counting(*counts)


def overlaps(paid: sa.FromClause) -> sa.Select[Any]:
    """One row: subscriptions, and those that begin before an earlier one of the same account and product has ended."""
    ends = sa.func.max(sa.func.coalesce(paid.c.ended_on, sa.literal(date.max, sa.Date)))
    taken_until = ends.over(
        partition_by=(paid.c.account_id, paid.c.product),
        order_by=(paid.c.started_on, paid.c.subscription_id),
        rows=(None, -1),
    )
    seen = sa.select(paid.c.started_on, taken_until.label("taken_until")).subquery("in_order")
    return counting(count_if(seen.c.started_on < seen.c.taken_until).label("n"), sa.func.count().label("total"))


def churn_matches(activities: sa.FromClause, paid: sa.FromClause) -> sa.Select[Any]:
    """One row: departures, and those on a day on which a subscription of the account ended."""
    ended = sa.exists().where(paid.c.account_id == activities.c.account_id, paid.c.ended_on == activities.c.occurred_on)
    left = activities.c.kind == CHURN
    matched = sa.select(sa.case((ended, 1)).label("matched")).select_from(activities).where(left).subquery("matched")
    return counting(sa.func.count(matched.c.matched).label("n"), sa.func.count().label("total"))


def runs_on(activities: sa.FromClause, paid: sa.FromClause) -> sa.Select[Any]:
    """One row: accounts that left, and those with a subscription that began before and goes on after that day."""
    left = (
        sa.select(activities.c.account_id, sa.func.max(activities.c.occurred_on).label("left_on"))
        .where(activities.c.kind == CHURN)
        .group_by(activities.c.account_id)
        .subquery("left_accounts")
    )
    goes_on = sa.exists().where(
        paid.c.account_id == left.c.account_id,
        paid.c.started_on <= left.c.left_on,
        sa.or_(paid.c.ended_on.is_(None), paid.c.ended_on > left.c.left_on),
    )
    accounts = sa.select(sa.case((goes_on, 1)).label("goes_on")).select_from(left).subquery("accounts_left")
    return counting(sa.func.count(accounts.c.goes_on).label("n"), sa.func.count().label("total"))


def _result(value: str, n: int, total: int, told: str) -> CheckResult:
    return CheckResult(
        check="contradictions",
        table_name="subscriptions",
        field="subscription",
        status="note" if n else "ok",
        message=f"{n:,} of {total:,} {told}",
        value=value,
        n=n,
        total=total,
        suggestion="decide which of the tables is right, and map that one" if n else None,
    )
