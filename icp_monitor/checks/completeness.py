"""How many accounts have each attribute filled, and whether fewer have it than when the ICP was validated."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.contrast import Contrast, Sample, contrast, since_the_baseline
from icp_monitor.checks.data import Data
from icp_monitor.checks.result import CheckResult
from icp_monitor.snapshots.accounts import accounts

PROVIDER = "check the mapping and whoever fills it; until it is back, scores that read it are provisional"


def check(data: Data) -> Iterator[CheckResult]:
    """The accounts of the day beside those known at the end of the baseline; deals at their anchor dates likewise."""
    now = data.only(fill_counts(data.accounts, data.attributes))
    then = _at_the_end_of_the_baseline(data)
    for name in data.attributes:
        yield account_result(name, _filled(now, name), _filled(then, name) if then else None, data.gate.max_fill_drop)
    by_span = data.read(fill_counts(data.anchored, data.attributes, by=(data.anchored.c.span,)))
    for name in data.attributes:
        found = since_the_baseline(data.samples(by_span, n=name))
        if found is not None:
            yield deal_result(name, found, data.gate.max_fill_drop)


def fill_counts(
    rows: sa.FromClause, attributes: Sequence[str], by: Sequence[sa.ColumnElement[Any]] = ()
) -> sa.Select[Any]:
    """``total`` records, and the number of known values of each attribute under its name; a row for each of ``by``."""
    columns: list[sa.ColumnElement[Any]] = [sa.func.count().label("total")]
    columns += [sa.func.count(rows.c[name]).label(name) for name in attributes]
    counted = sa.select(*by, *columns).select_from(rows)
    return counted.group_by(*by) if by else counted


def account_result(attribute: str, now: Sample, then: Sample | None, allowed: float) -> CheckResult:
    """The fill rate of an attribute; one without any value is worth a note, one that has lost many values fails."""
    share = f" ({now.share:.0%})" if now.total else ""
    result = CheckResult(
        check="completeness",
        table_name="accounts",
        field=attribute,
        status="ok" if now.n else "note",
        message=f"{attribute} is known for {now.n:,} of {now.total:,} accounts{share}",
        n=now.n,
        total=now.total,
        suggestion=None if now.n else f"map {attribute} to a column in sources.yaml, or give it weight 0",
    )
    found = contrast(then, now) if then else None
    if found is None:
        return result
    if found.change >= -allowed:
        return replace(result, p_value=found.p_value)
    message = f"{result.message}; it was {found.before.share:.0%} when the ICP was validated"
    return replace(result, status="failed", message=message, suggestion=PROVIDER, p_value=found.p_value)


def deal_result(attribute: str, found: Contrast, allowed: float) -> CheckResult:
    """The fill rate of an attribute on the anchor dates of deals."""
    fallen = found.change < -allowed
    return CheckResult(
        check="completeness",
        table_name="opportunities",
        field=attribute,
        status="failed" if fallen else "ok",
        message=f"{attribute} was known of {found.after.share:.0%} of the deals created lately when they began, "
        f"and of {found.before.share:.0%} of the baseline's",
        n=found.after.n,
        total=found.after.total,
        suggestion=PROVIDER if fallen else None,
        p_value=found.p_value,
    )


def _at_the_end_of_the_baseline(data: Data) -> Mapping[str, Any] | None:
    """The fill counts as known then, where anything has been learnt of accounts since."""
    end = data.spans.baseline.end
    if end >= data.asof.as_of or not data.has_changed_since(data.catalogue.raw_accounts, end):
        return None
    known = accounts(data.catalogue, replace(data.asof, as_of=end, knowledge="as-was")).subquery("accounts_then")
    return data.only(fill_counts(known, data.attributes))


def _filled(row: Mapping[str, Any], attribute: str) -> Sample:
    return Sample(row[attribute], row["total"], row["total"])
