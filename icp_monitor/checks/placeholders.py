"""Has a value that stands for nothing ("test", 0, 99999) suddenly become common?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.contrast import since_the_baseline
from icp_monitor.checks.data import Data, Row, count_if
from icp_monitor.checks.result import CheckResult
from icp_monitor.scoring.numbers import double

Suspects = tuple[str | float, ...]
WORDS: Suspects = ("n/a", "n.a.", "na", "-", "--", "?", ".", "x", "xx", "xxx", "test", "tbd", "none", "null", "unknown")
NUMBERS: Suspects = (-1.0, 0.0, 1.0, 9999.0, 99999.0, 999999.0, 9999999.0, 12345.0, 123456.0)


def check(data: Data) -> Iterator[CheckResult]:
    """Texts and numbers of accounts on the anchor dates of deals, lately and in the baseline."""
    suspects = {item.id: _suspects(item.type) for item in data.icp.attributes if _suspects(item.type)}
    if not suspects:
        return
    rows = data.read(placeholder_counts(data.anchored, suspects))
    for name, values in suspects.items():
        found = since_the_baseline(data.samples(rows, n=f"{name}:any", total=f"{name}:known"))
        if found is None:
            continue
        common = found.change > data.gate.max_placeholders
        value = _most_common(rows, name, values)
        yield CheckResult(
            check="placeholders",
            table_name="accounts",
            field=name,
            status="failed" if common else "ok",
            message=f"{found.after.share:.0%} of the values of {name} are placeholders lately"
            + (f", most often {value!r}; it was {found.before.share:.0%} in the baseline" if common else ""),
            n=found.after.n,
            total=found.after.total,
            suggestion=f'{name}: {{column: {name}}}, and at the table placeholders: [..., "{value}"]'
            if common
            else None,
            p_value=found.p_value,
        )


def placeholder_counts(anchored: sa.FromClause, suspects: Mapping[str, Suspects]) -> sa.Select[Any]:
    """For each span and attribute the known values, those that are a placeholder, and how often each one occurs."""
    columns: list[sa.ColumnElement[Any]] = []
    for name, values in suspects.items():
        tests = [_is(anchored.c[name], value) for value in values]
        columns.append(sa.func.count(anchored.c[name]).label(f"{name}:known"))
        columns.append(count_if(sa.or_(*tests)).label(f"{name}:any"))
        columns += [count_if(test).label(f"{name}:{number}") for number, test in enumerate(tests)]
    return sa.select(anchored.c.span, *columns).group_by(anchored.c.span)


def _suspects(kind: str) -> Suspects:
    return WORDS if kind == "category" else NUMBERS if kind == "number" else ()


def _is(column: sa.ColumnElement[Any], value: str | float) -> sa.ColumnElement[bool]:
    if isinstance(value, str):
        return sa.func.lower(sa.func.trim(column)) == sa.literal(value, sa.Text)
    return column == double(value)


def _most_common(rows: Sequence[Row], name: str, values: Suspects) -> str | float:
    counts = [sum(row[f"{name}:{number}"] for row in rows) for number in range(len(values))]
    return values[counts.index(max(counts))]
