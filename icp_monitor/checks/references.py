"""Which opportunities name no account, or one that is not in the accounts."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.contrast import since_the_baseline
from icp_monitor.checks.data import Data, count_if
from icp_monitor.checks.result import CheckResult
from icp_monitor.snapshots.dialects import integer_sum
from icp_monitor.snapshots.visible import visible


def check(data: Data) -> Iterator[CheckResult]:
    """Every opportunity's account, and whether more of the recent ones lack theirs than those of the baseline."""
    records = visible(data.catalogue.raw_opportunities, data.asof).subquery("records")
    yield from reference_results(*data.only(account_references(records, data.accounts)).values())
    found = since_the_baseline(data.samples(data.read(accounts_by_span(data.anchored, data.accounts))))
    if found is not None:
        yield CheckResult(
            check="references",
            table_name="opportunities",
            field="account_id",
            status="failed" if found.change > data.gate.max_fill_drop else "ok",
            message=f"{found.after.share:.0%} of the deals created lately have no known account, "
            f"{found.before.share:.0%} of the baseline's",
            value="(lately)",
            n=found.after.n,
            total=found.after.total,
            suggestion="check that accounts and opportunities come from the same export, and use the same identifier",
            p_value=found.p_value,
        )


def accounts_by_span(anchored: sa.FromClause, accounts: sa.FromClause) -> sa.Select[Any]:
    """Deals of each span, and those of them without an account that is known today."""
    unknown = accounts.c.account_id.is_(None)
    return (
        sa.select(anchored.c.span, count_if(unknown).label("n"), sa.func.count().label("total"))
        .select_from(anchored.outerjoin(accounts, accounts.c.account_id == anchored.c.account_id))
        .group_by(anchored.c.span)
    )


def account_references(opportunities: sa.FromClause, accounts: sa.FromClause) -> sa.Select[Any]:
    """One row: opportunities in all, ``without`` an account, and with an account that is ``unmatched``."""
    without = opportunities.c.account_id.is_(None)
    unmatched = sa.and_(opportunities.c.account_id.is_not(None), accounts.c.account_id.is_(None))
    columns: list[sa.ColumnElement[Any]] = [
        sa.func.count().label("total"),
        integer_sum(sa.case((without, 1), else_=0)).label("without"),
        integer_sum(sa.case((unmatched, 1), else_=0)).label("unmatched"),
    ]
    return sa.select(*columns).select_from(
        opportunities.outerjoin(accounts, accounts.c.account_id == opportunities.c.account_id)
    )


def reference_results(total_rows: int, without: int, unmatched: int) -> tuple[CheckResult, ...]:
    """What the counts of ``account_references`` mean for the user."""
    found = []
    if without:
        found.append(
            CheckResult(
                check="references",
                table_name="opportunities",
                field="account_id",
                status="note",
                message=f"{without:,} of {total_rows:,} opportunities name no account; "
                "they count for the company, carry no score and belong to no segment",
                value="(empty)",
                n=without,
                total=total_rows,
                suggestion="fill the account at the source, or map account_id to a column that is always filled",
            )
        )
    if unmatched:
        found.append(
            CheckResult(
                check="references",
                table_name="opportunities",
                field="account_id",
                status="note",
                message=f"{unmatched:,} of {total_rows:,} opportunities name an account that is not in the accounts",
                value="(unmatched)",
                n=unmatched,
                total=total_rows,
                suggestion="check that both files use the same identifier, or map account_id with values: {…}",
            )
        )
    return tuple(found)
