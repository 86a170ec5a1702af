"""Does what is known of an account today tell of a deal's outcome what was not known when the deal began?"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from scipy import stats

from icp_monitor.checks.data import Data, Row, count_if, counting
from icp_monitor.checks.magnitudes import magnitude
from icp_monitor.checks.result import CheckResult
from icp_monitor.snapshots.dialects import integer_sum

UNKNOWN = "(unknown)"
FEWEST = 20  # changed deals
EXPECTED = 1.0  # deals that a value must let expect of either outcome, or it is pooled with the other rare ones

Outcomes = list[int]  # deals not won, deals won


def check(data: Data) -> Iterator[CheckResult]:
    """Each attribute on the anchor date of the deals that have ended beside its value of today."""
    if not data.has_changed_since(data.catalogue.raw_accounts, data.spans.baseline.start):
        return
    stood_in = data.only(stand_ins(data.anchored))
    assumed = stood_in["n"] / stood_in["total"] if stood_in["total"] else 0.0
    worth = stood_in["accounts"] / stood_in["total"] if stood_in["total"] else 1.0
    for attribute in data.icp.attributes:
        number = attribute.type == "number"
        rows = data.read(values_by_outcome(data.anchored, data.accounts, attribute.id, number))
        found = leakage_of(rows, worth)
        if found is not None:
            yield leakage_result(attribute.id, found, assumed, data)


def values_by_outcome(anchored: sa.FromClause, accounts: sa.FromClause, name: str, number: bool) -> sa.Select[Any]:
    """Ended deals by the value at their anchor date, the value of today, and whether they were won."""
    then, now = (_value(rows.c[name], number) for rows in (anchored, accounts))
    won = sa.case((anchored.c.outcome == "won", 1), else_=0)
    values = (
        sa.select(then.label("then"), now.label("now"), won.label("won"))
        .select_from(anchored.join(accounts, accounts.c.account_id == anchored.c.account_id))
        .where(anchored.c.outcome != "open")
        .subquery("values")
    )
    return sa.select(*values.c, sa.func.count().label("n")).group_by(*values.c)


def stand_ins(anchored: sa.FromClause) -> sa.Select[Any]:
    """Ended deals, their accounts, and those deals whose account's values were not known to hold on the anchor date."""
    doubtful = sa.or_(~anchored.c.anchor_known, anchored.c.assumed)
    by_account = (
        counting(anchored.c.account_id, count_if(doubtful).label("n"), sa.func.count().label("total"))
        .where(anchored.c.outcome != "open")
        .group_by(anchored.c.account_id)
        .subquery("by_account")
    )
    return counting(
        integer_sum(by_account.c.n).label("n"),
        integer_sum(by_account.c.total).label("total"),
        sa.func.count().label("accounts"),
    )


@dataclass(frozen=True)
class Leakage:
    """``changed`` of ``total`` deals have another value today; information values then and now; a test of the rest.

    ``p_value``: given the value at the anchor date, are today's value and the outcome independent?
    """

    changed: int
    total: int
    then: float
    now: float
    p_value: float


def leakage_of(rows: Sequence[Row], worth: float = 1.0) -> Leakage | None:
    """What the counts by both values and outcome say; None where hardly any value has changed.

    The test adds up G over the strata of equal values at the anchor date, rare values of today pooled. A deal is
    ``worth`` as much of an independent one as there are accounts for each.
    """
    strata: dict[str, dict[str, Outcomes]] = defaultdict(lambda: defaultdict(lambda: [0, 0]))
    for row in rows:
        strata[row["then"]][row["now"]][row["won"]] += row["n"]
    total = sum(row["n"] for row in rows)
    changed = sum(row["n"] for row in rows if row["then"] != row["now"])
    if changed < FEWEST:
        return None
    statistic, freedom = 0.0, 0
    for values in strata.values():
        table = pooled(values)
        if len(table) > 1 and all(sum(column) for column in zip(*table, strict=True)):
            found = stats.chi2_contingency(table, correction=False, lambda_="log-likelihood")
            statistic, freedom = statistic + float(found.statistic) * worth, freedom + int(found.dof)
    p_value = float(stats.chi2.sf(statistic, freedom)) if freedom else 1.0
    return Leakage(changed, total, _information(rows, "then"), _information(rows, "now"), p_value)


def pooled(values: Mapping[str, Outcomes]) -> list[Outcomes]:
    """The outcomes of each value, those of rare values added up."""
    total = [sum(side) for side in zip(*values.values(), strict=True)]
    rarest = min(total) / max(sum(total), 1)
    table, rest = [], [0, 0]
    for counts in values.values():
        if sum(counts) * rarest >= EXPECTED:
            table.append(counts)
        else:
            rest = [rest[0] + counts[0], rest[1] + counts[1]]
    return [*table, rest] if sum(rest) else table


def leakage_result(attribute: str, found: Leakage, assumed: float, data: Data) -> CheckResult:
    """Failed where today's values tell more, and many deals are judged by values that nobody knew at their start."""
    leaks = found.now - found.then > data.gate.max_information_gap
    matters = leaks and assumed > data.gate.max_stand_ins
    return CheckResult(
        check="leakage",
        table_name="accounts",
        field=attribute,
        status="failed" if matters else "note" if leaks else "ok",
        message=f"{attribute} has changed since {found.changed:,} of {found.total:,} ended deals began; its "
        f"information value for winning is {found.now:.2f} as known now and {found.then:.2f} as known then"
        + (": it was filled in after the outcome" if leaks else ""),
        n=found.changed,
        total=found.total,
        suggestion=f"load the past values of {attribute} (account_history), and learn no weight from today's"
        if leaks
        else None,
        p_value=found.p_value,
    )


def _information(rows: Sequence[Row], which: str) -> float:
    """Σ (share of won - share of not won) ln of their ratio, over the values, with half a deal more in each cell."""
    counts: dict[str, Outcomes] = defaultdict(lambda: [0, 0])
    for row in rows:
        counts[row[which]][row["won"]] += row["n"]
    table = pooled(counts)
    sizes = [sum(side) + 0.5 * len(table) for side in zip(*table, strict=True)]
    shares = [[(counts[side] + 0.5) / sizes[side] for side in (0, 1)] for counts in table]
    return float(sum((won - lost) * math.log(won / lost) for lost, won in shares))


def _value(column: sa.ColumnElement[Any], number: bool) -> sa.ColumnElement[str]:
    text = sa.cast(magnitude(column), sa.Text) if number else sa.cast(column, sa.Text)
    return sa.func.coalesce(text, sa.literal(UNKNOWN, sa.Text))
