"""Which values of a field are not in its known vocabulary, and what they were probably meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.result import CheckResult

CLOSE_ENOUGH = 0.75


def value_counts(rows: sa.FromClause, field: str) -> sa.Select[Any]:
    """How often each value of ``field`` occurs; missing values are left out."""
    column = rows.c[field]
    return sa.select(column.label("value"), sa.func.count().label("n")).where(column.is_not(None)).group_by(column)


def nearest(value: str, known: Sequence[str]) -> str | None:
    """The known value that ``value`` most resembles, ignoring case and spaces, if any is close.

    >>> nearest("technolgy", ["finance", "technology"])
    'technology'
    >>> nearest("aviation", ["finance", "technology"]) is None
    True
    """
    folded = {_fold(item): item for item in known}
    found = difflib.get_close_matches(_fold(value), list(folded), n=1, cutoff=CLOSE_ENOUGH)
    return folded[found[0]] if found else None


def unknown_values(
    table: str, field: str, counts: Mapping[str, int], known: Sequence[str], max_share: float
) -> tuple[CheckResult, ...]:
    """One result for each value outside ``known``, the most frequent first.

    The field has failed when more than ``max_share`` of its values look like known values written differently:
    those records would be scored as if they did not match.
    """
    total = sum(counts.values())
    unknown = {value: n for value, n in counts.items() if value not in set(known)}
    meant = {value: nearest(value, known) for value in unknown}
    misread = sum(n for value, n in unknown.items() if meant[value])
    failed = total > 0 and misread / total > max_share
    ordered = sorted(unknown.items(), key=lambda item: (-item[1], item[0]))
    return tuple(_result(table, field, value, n, total, meant[value], failed) for value, n in ordered)


def _result(table: str, field: str, value: str, n: int, total: int, meant: str | None, failed: bool) -> CheckResult:
    guess = f"; probably {meant}" if meant else ""
    return CheckResult(
        check="vocabulary",
        table_name=table,
        field=field,
        status="failed" if failed and meant else "note",
        message=f"{table}.{field} says {value!r} on {n:,} of {total:,} records, which is not in its vocabulary{guess}",
        value=value,
        n=n,
        total=total,
        suggestion=f"{field}: {{values: {{{value}: {meant}}}}}" if meant else None,
    )


def _fold(value: str) -> str:
    return "".join(value.casefold().split())
