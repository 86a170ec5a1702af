"""How many records could not be read, and why; and which stages nobody has sorted yet."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.data import Data, Row
from icp_monitor.checks.result import CheckResult

RAW = "raw_"
UNKNOWN_STAGE = "unknown stage"


def check(data: Data) -> Iterator[CheckResult]:
    """The quarantine of each source's newest load that was known: what has been put right since is not a finding."""
    for pulled in data.pulled:
        counted = quarantine_counts(data.catalogue.quarantine.table, pulled.load, data.attributes)
        for row in sorted(data.read(counted), key=lambda row: (row["table_name"], row["reason"], row["field"])):
            if row["reason"] == UNKNOWN_STAGE:
                yield unknown_stage_result(row, data.lately, data.gate.max_unknown_vocabulary)
            else:
                yield quarantine_result(row, pulled.read.get(row["table_name"]), data.gate.max_quarantined)


def quarantine_counts(quarantine: sa.FromClause, load: int, attributes: Sequence[str]) -> sa.Select[Any]:
    """Counts of one load by table, reason and ``field``, with one cure and one offending value each.

    The field is an attribute, without which its account is stored, or ``*`` for records that are missing.
    """
    column = quarantine.c.column_name
    field = sa.case((column.in_(attributes), column), else_=sa.literal("*", sa.Text))
    by: list[sa.ColumnElement[Any]] = [quarantine.c.table_name, quarantine.c.reason, field.label("field")]
    counts: list[sa.ColumnElement[Any]] = [
        sa.func.count().label("n"),
        sa.func.min(quarantine.c.cure).label("cure"),
        sa.func.min(quarantine.c.value).label("example"),
    ]
    return sa.select(*by, *counts).where(quarantine.c.load == load).group_by(*by[:2], field)


def quarantine_result(row: Row, total: int | None, max_share: float) -> CheckResult:
    """One reason's count against the records that the load read from the table."""
    n, table, reason = row["n"], row["table_name"].removeprefix(RAW), row["reason"]
    failed = total is not None and total > 0 and n / total > max_share
    where = "" if row["field"] == "*" else f", or lack their {row['field']}"
    of = f" of {total:,}" if total is not None else ""
    return CheckResult(
        check="quarantine",
        table_name=table,
        field=row["field"],
        status="failed" if failed else "note",
        message=f"{n:,}{of} records of {table} are in quarantine{where}: {reason}",
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
