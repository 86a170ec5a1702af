"""Are deals worth what their amounts say? A missing amount is not 0, and 1 is not a price."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.contrast import Sample, since_the_baseline
from icp_monitor.checks.data import Data, count_if
from icp_monitor.checks.result import CheckResult

PLACEHOLDER_MINOR = 100  # one unit of currency


def check(data: Data) -> Iterator[CheckResult]:
    """Won deals without a credible amount; lost ones without any, which concerns value-weighted rates alone."""
    rows = data.read(amount_gaps(data.anchored))
    won = {row["span"]: data.sample(row["span"], row["n"], row["total"]) for row in rows if row["won"]}
    lost = sum((Sample(row["n"], row["total"], row["total"]) for row in rows if not row["won"]), start=Sample(0, 0, 0))
    found = since_the_baseline(won)
    if found is not None:
        rise = found.change > data.gate.max_missing_amounts
        yield CheckResult(
            check="amounts",
            table_name="opportunities",
            field="amount_minor",
            status="failed" if rise else "ok",
            message=f"{found.after.share:.0%} of the deals won lately have no amount, or one of 0 or 1; "
            f"in the baseline {found.before.share:.0%}",
            value="won",
            n=found.after.n,
            total=found.after.total,
            suggestion="fill the amounts at the source; leave an unknown one empty" if rise else None,
            p_value=found.p_value,
        )
    if lost.total:
        yield lost_result(lost, data.gate.max_missing_amounts)


def amount_gaps(anchored: sa.FromClause) -> sa.Select[Any]:
    """Ended deals by span and whether they were won, and how many of them have no credible amount."""
    won = sa.case((anchored.c.outcome == "won", 1), else_=0)
    amount = anchored.c.amount_minor
    gap = sa.or_(amount.is_(None), amount.in_((0, PLACEHOLDER_MINOR)))
    return (
        sa.select(anchored.c.span, won.label("won"), count_if(gap).label("n"), sa.func.count().label("total"))
        .where(anchored.c.outcome != "open")
        .group_by(anchored.c.span, won)
    )


def lost_result(lost: Sample, allowed: float) -> CheckResult:
    """Worth a note above the allowed share of lost deals without an amount.

    Many companies never fill them. No verdict waits for it: the rate by value suppresses itself.
    """
    many = lost.share > allowed
    return CheckResult(
        check="amounts",
        table_name="opportunities",
        field="lost_amount",
        status="note" if many else "ok",
        message=f"{lost.share:.0%} of the deals that were not won have no amount"
        + (": rates by value are not given, rates by count stand" if many else ""),
        value="lost",
        n=lost.n,
        total=lost.total,
        suggestion="keep the amount of a deal when it is lost" if many else None,
    )
