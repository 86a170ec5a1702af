"""Which values of a field are not in its known vocabulary, and what they were probably meant to be."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.data import Data
from icp_monitor.checks.result import CheckResult
from icp_monitor.config.matching import CategoryAttribute
from icp_monitor.snapshots.visible import visible

CLOSE_ENOUGH = 0.75


@dataclass(frozen=True)
class Vocabulary:
    """The values that are known for a field; ``complete`` when there should be no others."""

    known: tuple[str, ...]
    complete: bool


def check(data: Data) -> Iterator[CheckResult]:
    """The attributes of accounts, and every field whose values the mapping lists."""
    records = visible(data.catalogue.raw_opportunities, data.asof).subquery("records")
    for table, rows in (("accounts", data.accounts), ("opportunities", records)):
        for field, vocabulary in vocabularies(data, table).items():
            if field in rows.c:
                counts = {row["value"]: row["n"] for row in data.read(value_counts(rows, field))}
                yield from unknown_values(table, field, counts, vocabulary, data.gate.max_unknown_vocabulary)


def vocabularies(data: Data, table: str) -> dict[str, Vocabulary]:
    """What is known of a table's fields: from the mapping where it says so, else from the profile."""
    found = {}
    if table == "accounts":
        for attribute in data.icp.attributes:
            if isinstance(attribute, CategoryAttribute) and attribute.match.hierarchy is None:
                known = (*attribute.match.full, *attribute.match.partial)
                found[attribute.id] = Vocabulary(known, complete=False)
    for source in data.sources.sources.values():
        for mapped, columns in ((name, item.columns) for name, item in source.tables.items()):
            if mapped == table:
                found |= {name: Vocabulary(item.known, complete=True) for name, item in columns.items() if item.known}
    return found


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
    table: str, field: str, counts: Mapping[str, int], vocabulary: Vocabulary, max_share: float
) -> tuple[CheckResult, ...]:
    """One result for each value that deserves a look, the most frequent first.

    Outside a complete vocabulary every value does; outside an incomplete one those that look like a known value. The
    field has failed when more than ``max_share`` of its records carry a value that looks like a known one written
    differently: they would be scored as if they did not match.
    """
    total = sum(counts.values())
    meant = {value: nearest(value, vocabulary.known) for value in counts if value not in vocabulary.known}
    misread = sum(counts[value] for value, guess in meant.items() if guess)
    failed = total > 0 and misread / total > max_share
    reported = [value for value, guess in meant.items() if guess or vocabulary.complete]
    ordered = sorted(reported, key=lambda value: (-counts[value], value))
    return tuple(_result(table, field, value, counts[value], total, meant[value], failed) for value in ordered)


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
