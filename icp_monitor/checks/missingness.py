"""Is an attribute known more often of winners than of losers? Then having data predicts winning, whatever it says."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.contrast import Contrast, Sample, contrast
from icp_monitor.checks.data import Data, Row
from icp_monitor.checks.result import CheckResult


def check(data: Data) -> Iterator[CheckResult]:
    """Each attribute at the anchor date of the deals that have ended."""
    rows = data.read(fill_by_outcome(data.anchored, data.attributes))
    for name in data.attributes:
        sides = {won: _sample(data, [row for row in rows if row["won"] == won], name) for won in (0, 1)}
        found = contrast(sides[0], sides[1])
        if found is not None:
            yield missingness_result(name, found, data.gate.max_fill_gap)


def fill_by_outcome(anchored: sa.FromClause, attributes: Sequence[str]) -> sa.Select[Any]:
    """Ended deals by span and whether they were won, and of how many each attribute was known."""
    won = sa.case((anchored.c.outcome == "won", 1), else_=0)
    columns = [sa.func.count(anchored.c[name]).label(name) for name in attributes]
    return (
        sa.select(anchored.c.span, won.label("won"), sa.func.count().label("total"), *columns)
        .where(anchored.c.outcome != "open")
        .group_by(anchored.c.span, won)
    )


def information_value(losers: Sample, winners: Sample) -> float:
    """What having a value tells of the outcome: Σ (won - lost) ln(won / lost), with half a deal more in each cell.

    >>> round(information_value(Sample(650, 1000, 1000), Sample(950, 1000, 1000)), 2)
    0.69
    """
    lost, won = ((side.n + 0.5) / (side.total + 1) for side in (losers, winners))
    return (won - lost) * math.log(won / lost) + (lost - won) * math.log((1 - won) / (1 - lost))


def missingness_result(attribute: str, found: Contrast, allowed: float) -> CheckResult:
    """Failed where the fill rates of winners and losers are further apart than ``allowed``."""
    losers, winners = found.before, found.after
    apart = abs(found.change) > allowed
    who = "winners are enriched more" if found.change > 0 else "losers are enriched more"
    told = f": {who}, and that alone has an information value of {information_value(losers, winners):.2f}"
    return CheckResult(
        check="missingness",
        table_name="opportunities",
        field=attribute,
        status="failed" if apart else "ok",
        message=f"{attribute} was known of {winners.share:.0%} of the deals that were won and of {losers.share:.0%} of "
        f"those that were not{told if apart else ''}",
        n=winners.n,
        total=winners.total,
        suggestion=f"enrich accounts before deals end, or load the history of {attribute} (account_history)"
        if apart
        else None,
        p_value=found.p_value,
    )


def _sample(data: Data, rows: Sequence[Row], name: str) -> Sample:
    parts = [data.sample(row["span"], row[name], row["total"]) for row in rows]
    return sum(parts, start=Sample(0, 0, 0))
