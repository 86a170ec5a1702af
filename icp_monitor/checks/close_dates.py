"""Does the record's close date agree with the day on which the deal entered a closed stage?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.data import Data, count_if
from icp_monitor.checks.result import CheckResult
from icp_monitor.snapshots.dialects import days_between
from icp_monitor.snapshots.visible import visible

APART = 7  # days


def check(data: Data) -> Iterator[CheckResult]:
    """Won and lost deals apart: a CRM moves the close date of a deal that is won, and leaves that of a lost one."""
    if "stage_events" not in data.tables:
        return
    records = visible(data.catalogue.raw_opportunities, data.asof).subquery("records")
    for row in data.read(close_date_gaps(data.anchored, records)):
        yield CheckResult(
            check="close_dates",
            table_name="opportunities",
            field="close_date",
            status="note" if row["n"] else "ok",
            message=f"the close date of {row['n']:,} of {row['total']:,} {row['outcome'].replace('_', ' ')} deals is "
            f"more than {APART} days from the day on which they were closed; the stage history counts",
            value=row["outcome"],
            n=row["n"],
            total=row["total"],
        )


def close_date_gaps(anchored: sa.FromClause, records: sa.FromClause) -> sa.Select[Any]:
    """Ended deals with a recorded stage and a close date, by outcome, and those whose two dates are far apart."""
    gap = days_between(records.c.closed_on, anchored.c.closed_on)
    counts = (count_if(sa.or_(gap > APART, gap < -APART)).label("n"), sa.func.count().label("total"))
    both = sa.and_(anchored.c.outcome != "open", ~anchored.c.derived, records.c.closed_on.is_not(None))
    return (
        sa.select(anchored.c.outcome, *counts)
        .select_from(anchored.join(records, records.c.opportunity_id == anchored.c.opportunity_id))
        .where(both)
        .group_by(anchored.c.outcome)
        .order_by(anchored.c.outcome)
    )
