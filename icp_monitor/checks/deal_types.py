"""Has a kind of deal appeared that the definitions do not know, such as renewals counted as wins?"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.contrast import Sample
from icp_monitor.checks.data import Data
from icp_monitor.checks.result import CheckResult
from icp_monitor.checks.spans import BASELINE

UNTYPED = "(none)"


def check(data: Data) -> Iterator[CheckResult]:
    """Each type among the deals created lately that neither the baseline nor ``definitions.types`` has."""
    rows = data.read(type_counts(data.anchored))
    known = {row["type"] for row in rows if row["span"] == BASELINE} | {*data.icp.definitions.types}
    totals = {before: sum(row["n"] for row in rows if (row["span"] == BASELINE) == before) for before in (True, False)}
    if not totals[True]:
        return
    fresh = sorted({row["type"] for row in rows} - known)
    for name in fresh:
        n = sum(row["n"] for row in rows if row["type"] == name)
        after = Sample(n, totals[False], totals[False])
        yield type_result(name, after, data.gate.max_unknown_vocabulary, data.icp.definitions.types)


def type_counts(anchored: sa.FromClause) -> sa.Select[Any]:
    """Deals by span and type."""
    kind = sa.func.coalesce(anchored.c.type, sa.literal(UNTYPED, sa.Text))
    return sa.select(anchored.c.span, kind.label("type"), sa.func.count().label("n")).group_by(anchored.c.span, kind)


def type_result(name: str, after: Sample, allowed: float, counted: tuple[str, ...]) -> CheckResult:
    """Failed where the new type is common and would be counted, because no definition leaves it out."""
    matters = after.share > allowed
    listed = ", ".join(counted) or "the types that are new business"
    return CheckResult(
        check="types",
        table_name="opportunities",
        field="type",
        status="failed" if matters else "note",
        message=f"{after.n:,} of {after.total:,} deals created lately are of the type {name}, which the baseline does "
        f"not know; {'they are left out' if counted else 'they are counted'}",
        value=name,
        n=after.n,
        total=after.total,
        suggestion=f"definitions: {{types: [{listed}]}}, with or without {name}",
    )
