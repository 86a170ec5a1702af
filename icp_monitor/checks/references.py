"""Which opportunities name no account, or one that is not in the accounts."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.result import CheckResult
from icp_monitor.snapshots.dialects import integer_sum


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
