"""Has a quantity changed its unit? A market does not become a thousand times as large overnight, a column does."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import sqlalchemy as sa

from icp_monitor.checks.contrast import Contrast, Sample, contrast
from icp_monitor.checks.data import Data, Row
from icp_monitor.checks.magnitudes import Histogram, above, magnitude, median, quantile
from icp_monitor.checks.result import CheckResult
from icp_monitor.checks.spans import BASELINE, MONTH, QUARTER
from icp_monitor.snapshots.accounts import accounts

TAIL = 0.005  # of the baseline's values on either side do not say where its range ends
BEYOND = 1.0  # powers of ten outside the baseline's range
NEAR = 0.35  # powers of ten
FEWEST = 20


def check(data: Data) -> Iterator[CheckResult]:
    """Every numeric attribute, of accounts and on the anchor dates of deals, and the amounts of deals."""
    for name in (item.id for item in data.icp.attributes if item.type == "number"):
        by_span = data.read(magnitudes(data.anchored, name))
        yield from _results(data, "opportunities", name, by_span)
        then = _accounts_then(data)
        if then is not None:
            before, after = (_histogram(data.read(magnitudes(rows, name, None))) for rows in (then, data.accounts))
            yield from compared("accounts", name, before, after, data.gate.max_unit_factor, data.gate.max_strays)
    yield from _results(data, "opportunities", "amount_minor", data.read(magnitudes(data.anchored, "amount_minor")))


def magnitudes(rows: sa.FromClause, field: str, by: str | None = "span") -> sa.Select[Any]:
    """Counts of positive values by their magnitude, for each span or for all rows."""
    keys = [magnitude(rows.c[field]).label("magnitude")]
    spans = [rows.c[by]] if by else [sa.literal(MONTH, sa.Integer).label("span")]
    measured = sa.select(*(column.label("span") for column in spans), *keys).select_from(rows).subquery("measured")
    by_both = (measured.c.span, measured.c.magnitude)
    counted = sa.select(*by_both, sa.func.count().label("n")).where(measured.c.magnitude.is_not(None))
    return counted.group_by(*by_both)


def compared(
    table: str, field: str, before: Histogram, after: Histogram, factor: float, strays: float
) -> Iterator[CheckResult]:
    """One result for the median, one for values far outside the range that the baseline had."""
    sizes = sum(before.values()), sum(after.values())
    if min(sizes) < FEWEST:
        return
    for found in (_median_result(field, before, after, factor), _stray_result(field, before, after, strays)):
        yield replace(found, table_name=table, n=found.n, total=sizes[1])


def _results(data: Data, table: str, field: str, rows: list[Row]) -> Iterator[CheckResult]:
    month = _histogram(row for row in rows if row["span"] == MONTH)
    lately = _histogram(row for row in rows if row["span"] in (MONTH, QUARTER))
    before = _histogram(row for row in rows if row["span"] == BASELINE)
    after = month if sum(month.values()) >= FEWEST else lately
    yield from compared(table, field, before, after, data.gate.max_unit_factor, data.gate.max_strays)


def _median_result(field: str, before: Histogram, after: Histogram, factor: float) -> CheckResult:
    old, new = median(before), median(after)
    assert old is not None
    assert new is not None  # neither is empty
    jump = new - old
    found = _contrast(before, after, (old + new) / 2)
    jumped = abs(jump) >= math.log10(factor)
    return CheckResult(
        check="units",
        table_name="",
        field=field,
        status="failed" if jumped else "ok",
        message=f"the median of {field} is about {_round(new)} lately and was {_round(old)} in the baseline"
        + (f": {_guess(jump)}" if jumped else ""),
        value="median",
        n=found.after.n,
        suggestion=f"{field}: {{divide_by: {10 ** round(jump):g}}}" if jumped else None,
        p_value=found.p_value,
    )


def _stray_result(field: str, before: Histogram, after: Histogram, allowed: float) -> CheckResult:
    low, high = (quantile(before, share) or 0.0 for share in (TAIL, 1 - TAIL))
    sides = []
    for counts in (before, after):
        total = sum(counts.values())
        sides.append(Sample(total - above(counts, low - BEYOND) + above(counts, high + BEYOND), total, total))
    found = contrast(*sides)
    assert found is not None  # neither is empty
    many = found.change > allowed
    return CheckResult(
        check="units",
        table_name="",
        field=field,
        status="failed" if many else "ok",
        message=f"{found.after.share:.0%} of the values of {field} lie more than ten times outside the range that "
        f"they had in the baseline ({_round(low)} to {_round(high)})",
        value="strays",
        n=found.after.n,
        suggestion=f"see whether some of the source's records give {field} in another unit" if many else None,
        p_value=found.p_value,
    )


def _contrast(before: Histogram, after: Histogram, logarithm: float) -> Contrast:
    """The shares above a threshold between the medians."""
    sides = [Sample(above(counts, logarithm), sum(counts.values()), sum(counts.values())) for counts in (before, after)]
    found = contrast(*sides)
    assert found is not None  # neither is empty
    return found


def _guess(jump: float) -> str:
    powers = round(jump)
    if abs(jump - powers) > NEAR:
        return "was it another currency or another unit?"
    if powers % 3 == 0:
        return "were thousands taken for units?" if powers < 0 else "were units taken for thousands?"
    return f"it is {10.0 ** abs(powers):g} times {'smaller' if powers < 0 else 'larger'}; was the decimal mark lost?"


def _round(logarithm: float) -> str:
    return f"{10**logarithm:.2g}" if logarithm < 2 else f"{round(10**logarithm, 1 - math.floor(logarithm)):,.0f}"


def _histogram(rows: Any) -> Mapping[int, int]:
    counts: dict[int, int] = defaultdict(int)
    for row in rows:
        counts[row["magnitude"]] += row["n"]
    return counts


def _accounts_then(data: Data) -> sa.FromClause | None:
    end = data.spans.baseline.end
    if end >= data.asof.as_of or not data.has_changed_since(data.catalogue.raw_accounts, end):
        return None
    return accounts(data.catalogue, replace(data.asof, as_of=end, knowledge="as-was")).subquery("accounts_then")
