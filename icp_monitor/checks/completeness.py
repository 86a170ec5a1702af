"""How many accounts have each attribute filled."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.result import CheckResult


def fill_counts(accounts: sa.FromClause, attributes: Sequence[str]) -> sa.Select[Any]:
    """One row: ``total`` accounts, and the number of known values of each attribute under its name."""
    columns: list[sa.ColumnElement[Any]] = [sa.func.count().label("total")]
    columns += [sa.func.count(accounts.c[name]).label(name) for name in attributes]
    return sa.select(*columns)


def completeness_results(total: int, filled: dict[str, int]) -> tuple[CheckResult, ...]:
    """The fill rate of each attribute; an attribute without any value is worth a note."""
    return tuple(_result(name, n, total) for name, n in filled.items())


def _result(attribute: str, n: int, total: int) -> CheckResult:
    share = f" ({n / total:.0%})" if total else ""
    return CheckResult(
        check="completeness",
        table_name="accounts",
        field=attribute,
        status="ok" if n else "note",
        message=f"{attribute} is known for {n:,} of {total:,} accounts{share}",
        n=n,
        total=total,
        suggestion=None if n else f"map {attribute} to a column in sources.yaml, or give it weight 0",
    )
