"""Do records look as if somebody had tidied them up for a figure? Signals for people to look at, never a failure."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.contrast import since_the_baseline
from icp_monitor.checks.data import Data, Row, count_if
from icp_monitor.checks.result import CheckResult
from icp_monitor.periods import Quarter, quarter_of
from icp_monitor.snapshots.dialects import days_between

MASS = 3  # times the busiest day of the baseline
FEWEST = 10
LAST_DAYS = 7  # of a fiscal quarter


def check(data: Data) -> Iterator[CheckResult]:
    """Days on which very many deals were closed, and deals created and won in the last days of a quarter."""
    yield from mass_closes(data.read(closes_by_day(data.deals)), data.spans.baseline.end)
    found = since_the_baseline(data.samples(data.read(last_minute_by_span(data.anchored, _quarter_ends(data)))))
    if found is not None:
        yield CheckResult(
            check="tampering",
            table_name="opportunities",
            field="created_on",
            status="note" if found.change > data.gate.max_same_day else "ok",
            message=f"{found.after.share:.0%} of the deals won lately were created in the last {LAST_DAYS} days of a "
            f"fiscal quarter and won within it; in the baseline {found.before.share:.0%}",
            value="quarter end",
            n=found.after.n,
            total=found.after.total,
            p_value=found.p_value,
        )


def closes_by_day(deals: sa.FromClause) -> sa.Select[Any]:
    """Deals by the day on which they were closed and by outcome."""
    by = (deals.c.closed_on, deals.c.outcome)
    return sa.select(*by, sa.func.count().label("n")).where(deals.c.outcome != "open").group_by(*by)


def mass_closes(rows: Sequence[Row], baseline_end: date) -> Iterator[CheckResult]:
    """Days after the baseline with several times as many closes of one outcome as its busiest day."""
    for outcome in sorted({row["outcome"] for row in rows}):
        counts = {row["closed_on"]: row["n"] for row in rows if row["outcome"] == outcome}
        usual = max((n for day, n in counts.items() if day < baseline_end), default=0)
        later = {day: n for day, n in counts.items() if day >= baseline_end}
        day = max(later, key=lambda day: (later[day], day), default=None)
        if day is not None and usual and later[day] >= max(MASS * usual, FEWEST):
            yield CheckResult(
                check="tampering",
                table_name="opportunities",
                field="closed_on",
                status="note",
                message=f"{later[day]:,} deals were closed as {outcome.replace('_', ' ')} on {day}, where the busiest "
                f"day of the baseline had {usual:,}: a clean-up is no change of the market",
                value=f"{outcome} on {day}",
                n=later[day],
                total=sum(later.values()),
            )


def last_minute_by_span(anchored: sa.FromClause, quarter_ends: Sequence[date]) -> sa.Select[Any]:
    """Won deals of each span, and those created shortly before a fiscal quarter ended and won before it did."""
    ends = [sa.literal(end, sa.Date) for end in quarter_ends]
    created, closed = anchored.c.created_on, anchored.c.closed_on
    hurried = [sa.and_(created < end, days_between(end, created) <= LAST_DAYS, closed < end) for end in ends]
    counts = (count_if(sa.or_(sa.false(), *hurried)).label("n"), sa.func.count().label("total"))
    return sa.select(anchored.c.span, *counts).where(anchored.c.outcome == "won").group_by(anchored.c.span)


def _quarter_ends(data: Data) -> list[date]:
    ends, quarter = [], quarter_of(data.spans.baseline.start, data.first_month)
    while quarter.window.start < data.asof.as_of + timedelta(days=1):
        ends.append(quarter.window.end)
        quarter = Quarter.shift(quarter, 1)
    return ends
