"""How many records could not be read, and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.data import Data
from icp_monitor.checks.result import CheckResult


def check(data: Data) -> Iterator[CheckResult]:
    """The quarantine of each source's newest load that was known: what has been put right since is not a finding."""
    for pulled in data.pulled:
        counted = quarantine_counts(data.catalogue.quarantine.table, pulled.load).order_by("table_name", "reason")
        for row in data.read(counted):
            allowed = data.gate.max_quarantined
            yield quarantine_result(row["table_name"], row["reason"], row["n"], row["cure"], pulled.read, allowed)


def quarantine_counts(quarantine: sa.FromClause, load: int) -> sa.Select[Any]:
    """Counts of one load by table and reason, with one cure each."""
    by: list[sa.ColumnElement[Any]] = [quarantine.c.table_name, quarantine.c.reason]
    counts: list[sa.ColumnElement[Any]] = [sa.func.count().label("n"), sa.func.min(quarantine.c.cure).label("cure")]
    return sa.select(*by, *counts).where(quarantine.c.load == load).group_by(*by)


def quarantine_result(
    table: str, reason: str, n: int, cure: str | None, read: Mapping[str, int], max_share: float
) -> CheckResult:
    """One reason's count against the records that the load ``read`` from the table."""
    total = read.get(table)
    failed = total is not None and total > 0 and n / total > max_share
    of = f" of {total:,}" if total is not None else ""
    return CheckResult(
        check="quarantine",
        table_name=table,
        field="*",
        status="failed" if failed else "note",
        message=f"{n:,}{of} records of {table} are in quarantine: {reason}",
        value=reason,
        n=n,
        total=total,
        suggestion=cure,
    )
