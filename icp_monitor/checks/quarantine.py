"""How many records could not be read, and why; and which stages nobody has sorted yet."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.data import Data, Row
from icp_monitor.checks.result import CheckResult

RAW = "raw_"
UNKNOWN_STAGE = "unknown stage"


def check(data: Data) -> Iterator[CheckResult]:
    """The quarantine of each source's newest load that was known: what has been put right since is not a finding."""
    for pulled in data.pulled:
        counted = quarantine_counts(data.catalogue.quarantine.table, pulled.load).order_by("table_name", "reason")
        for row in data.read(counted):
            if row["reason"] == UNKNOWN_STAGE:
                yield unknown_stage_result(row, data.lately, data.gate.max_unknown_vocabulary)
            else:
                yield quarantine_result(row, pulled.read.get(row["table_name"]), data.gate.max_quarantined)


def quarantine_counts(quarantine: sa.FromClause, load: int) -> sa.Select[Any]:
    """Counts of one load by table and reason, with one cure and one offending value each."""
    by: list[sa.ColumnElement[Any]] = [quarantine.c.table_name, quarantine.c.reason]
    counts: list[sa.ColumnElement[Any]] = [
        sa.func.count().label("n"),
        sa.func.min(quarantine.c.cure).label("cure"),
        sa.func.min(quarantine.c.value).label("example"),
    ]
    return sa.select(*by, *counts).where(quarantine.c.load == load).group_by(*by)


def quarantine_result(row: Row, total: int | None, max_share: float) -> CheckResult:
    """One reason's count against the records that the load read from the table."""
    n, table, reason = row["n"], row["table_name"].removeprefix(RAW), row["reason"]
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
        suggestion=row["cure"],
    )


def unknown_stage_result(row: Row, lately: int, max_share: float) -> CheckResult:
    """Records in a stage without an outcome, against the deals created ``lately``: a new stage is used from a day on.

    Against all records of many years even a stage that every new deal goes through would be few.
    """
    n, table = row["n"], row["table_name"].removeprefix(RAW)
    return CheckResult(
        check="quarantine",
        table_name=table,
        field="stage",
        status="failed" if n > max_share * lately else "note",
        message=f"{n:,} records of {table} are in a stage that is not sorted, such as {row['example']!r}; "
        f"{lately:,} deals were created lately",
        value=UNKNOWN_STAGE,
        n=n,
        total=lately,
        suggestion=row["cure"],
    )
