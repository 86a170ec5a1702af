"""When the newest fact happened, and whether the data still speaks about the day that is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.data import Data
from icp_monitor.checks.result import CheckResult


def check(data: Data) -> Iterator[CheckResult]:
    """How long ago the newest deal was created or closed."""
    row = data.only(newest_fact(data.deals))
    newest = max((day for day in (row["created_on"], row["closed_on"]) if day is not None), default=None)
    yield freshness_result(row["total"], newest, data.asof.observed_until, data.gate.max_days_stale)


def newest_fact(opportunities: sa.FromClause) -> sa.Select[Any]:
    """One row: the number of opportunities, and the last days on which one was created and closed."""
    columns: list[sa.ColumnElement[Any]] = [sa.func.count().label("total")]
    columns += [sa.func.max(opportunities.c[name]).label(name) for name in ("created_on", "closed_on")]
    return sa.select(*columns)


def freshness_result(total: int, newest: date | None, observed_until: date, max_days: int) -> CheckResult:
    """Failed when nothing happened for more than ``max_days`` before ``observed_until``, or there is nothing at all."""
    if newest is None:
        return CheckResult(
            check="freshness",
            table_name="opportunities",
            field="*",
            status="failed",
            message="there are no opportunities",
            n=0,
            total=0,
            suggestion="check the source and pull again",
        )
    quiet = (observed_until - newest).days
    return CheckResult(
        check="freshness",
        table_name="opportunities",
        field="*",
        status="failed" if quiet > max_days else "ok",
        message=f"the newest opportunity fact is of {newest}, {quiet} days before the data ends ({observed_until})",
        value=newest.isoformat(),
        n=quiet,
        total=total,
        suggestion="pull a newer extract, or state extracted_on in sources.yaml" if quiet > max_days else None,
    )
