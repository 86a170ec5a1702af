"""How often is a reason given for a win or a loss, in whose words, and how often does it say nothing?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.data import Data, count_if
from icp_monitor.checks.result import CheckResult
from icp_monitor.snapshots.visible import visible

TRUST = {"buyer": "high", "analyst": "medium", "rep": "low"}
SAYS_NOTHING = ("other", "others", "unknown", "n/a", "none", "misc")
THIN = 0.5  # share of ended deals below which reasons are anecdotes


def check(data: Data) -> Iterator[CheckResult]:
    """The deals of the spans that have ended, by the origin of their reason."""
    if "win_loss" not in data.tables:
        return
    said = visible(data.catalogue.raw_win_loss, data.asof).subquery("said")
    ended = data.only(sa.select(sa.func.count().label("n")).where(data.anchored.c.outcome != "open"))["n"]
    for row in data.read(reasons_by_origin(data.anchored, said)):
        if ended:
            yield reason_result(row["origin"], row["given"], row["other"], ended)


def reasons_by_origin(anchored: sa.FromClause, said: sa.FromClause) -> sa.Select[Any]:
    """Ended deals with a reason, by origin, and those whose reason says nothing."""
    empty = sa.func.lower(sa.func.trim(said.c.reason)).in_(SAYS_NOTHING)
    return (
        sa.select(said.c.origin, sa.func.count(said.c.reason).label("given"), count_if(empty).label("other"))
        .select_from(anchored.join(said, said.c.opportunity_id == anchored.c.opportunity_id))
        .where(anchored.c.outcome != "open")
        .group_by(said.c.origin)
        .order_by(said.c.origin)
    )


def reason_result(origin: str, given: int, other: int, ended: int) -> CheckResult:
    """Worth a note where reps give few reasons, or many reasons say nothing; others are asked now and then."""
    filled, empty = given / ended, other / given if given else 0.0
    return CheckResult(
        check="reasons",
        table_name="win_loss",
        field="reason",
        status="note" if (origin == "rep" and filled < THIN) or empty > THIN else "ok",
        message=f"a reason in the words of the {origin} is given for {filled:.0%} of the ended deals, and {empty:.0%} "
        f"of those say “other”; trust in them is {TRUST.get(origin, 'low')}",
        value=origin,
        n=given,
        total=ended,
    )
