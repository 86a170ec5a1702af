"""How have the facts of quarters that were over changed since? What was said of them may no longer hold."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.data import Data
from icp_monitor.checks.result import CheckResult
from icp_monitor.periods import Quarter, Window, last_complete_quarter
from icp_monitor.snapshots.opportunities import opportunities

QUARTERS = 2
WORDS = {"won": "wins", "lost": "losses", "no_decision": "deals without a decision"}

Closes = Mapping[str, int]


def check(data: Data) -> Iterator[CheckResult]:
    """The last two fiscal quarters: what was known of them when they ended beside what is known now."""
    last = last_complete_quarter(data.asof.as_of, first_month=data.first_month)
    for back in range(QUARTERS):
        quarter = last.shift(-back)
        end = quarter.window.end
        if end <= data.spans.baseline.start or end >= data.asof.as_of:
            continue
        if not data.has_changed_since(data.catalogue.raw_opportunities, end):
            continue
        asof = replace(data.asof, as_of=end, knowledge="as-was", observed_until=min(end, data.asof.observed_until))
        since = Window(data.spans.baseline.start, end)
        known = opportunities(data.catalogue, asof, since).subquery("known_then")
        then, now = (_closes(data, closes_in(rows, quarter.window, data)) for rows in (known, data.deals))
        result = restatement_result(quarter, then, now)
        if result is not None:
            yield result


def closes_in(deals: sa.FromClause, window: Window, data: Data) -> sa.Select[Any]:
    """Deals of the baseline or later that were closed in a window, by outcome."""
    counted = sa.select(deals.c.outcome, sa.func.count().label("n")).where(
        deals.c.closed_on >= window.start,
        deals.c.closed_on < window.end,
        deals.c.created_on >= data.spans.baseline.start,
    )
    return counted.group_by(deals.c.outcome)


def restatement_result(quarter: Quarter, then: Closes, now: Closes) -> CheckResult | None:
    """The win rate among the closes of a quarter, as known at its end and now; None where nothing was closed in it."""
    before, after = rate(then), rate(now)
    if before is None or after is None:
        return None
    changes = {name: now.get(name, 0) - then.get(name, 0) for name in WORDS}
    told = [_late(name, change) for name, change in changes.items() if change]
    moved = f": {', '.join(told)}" if told else ": nothing has been restated"
    return CheckResult(
        check="restatements",
        table_name="opportunities",
        field="closed_on",
        status="note" if told else "ok",
        message=f"the win rate of {quarter} was {before:.1%} when it ended and is {after:.1%} now{moved}",
        value=str(quarter),
        n=sum(abs(change) for change in changes.values()),
        total=sum(now.values()),
    )


def rate(closes: Closes) -> float | None:
    """Won of all closed deals."""
    total = sum(closes.get(name, 0) for name in WORDS)
    return closes.get("won", 0) / total if total else None


def _late(name: str, change: int) -> str:
    words = WORDS[name] if abs(change) != 1 else WORDS[name].replace("wins", "win").replace("losses", "loss")
    return f"{change:,} late {words}" if change > 0 else f"{-change:,} {words} fewer"


def _closes(data: Data, statement: sa.Select[Any]) -> Closes:
    return {row["outcome"]: row["n"] for row in data.read(statement)}
