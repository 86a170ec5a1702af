"""Do deals come in other currencies than they did? Then contract values move without any price moving."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from scipy import stats

from icp_monitor.checks.data import Data
from icp_monitor.checks.result import CheckResult
from icp_monitor.checks.spans import BASELINE, MONTH, QUARTER

UNKNOWN = "(none)"


def check(data: Data) -> Iterator[CheckResult]:
    """The currencies of the deals created lately beside those of the baseline."""
    by_span: dict[bool, dict[str, int]] = {False: defaultdict(int), True: defaultdict(int)}
    for row in data.read(currency_counts(data.anchored)):
        by_span[row["span"] in (QUARTER, MONTH)][row["currency"]] += row["n"]
    before, after = by_span[False], by_span[True]
    if before and after:
        lately = min(worth for span in (QUARTER, MONTH) if (worth := data.worth(span)))
        yield currency_result(before, after, data.gate.max_currency_shift, (data.worth(BASELINE), lately))


def currency_counts(anchored: sa.FromClause) -> sa.Select[Any]:
    """Deals by span and currency."""
    currency = sa.func.coalesce(anchored.c.currency, sa.literal(UNKNOWN, sa.Text))
    return sa.select(anchored.c.span, currency.label("currency"), sa.func.count().label("n")).group_by(
        anchored.c.span, currency
    )


def currency_result(
    before: Mapping[str, int], after: Mapping[str, int], allowed: float, worth: tuple[float, float] = (1.0, 1.0)
) -> CheckResult:
    """Failed when more than ``allowed`` of the deals changed their currency (total variation); chi-squared test."""
    names = sorted({*before, *after})
    shares = [{name: counts.get(name, 0) / sum(counts.values()) for name in names} for counts in (before, after)]
    moved = {name: shares[1][name] - shares[0][name] for name in names}
    distance = sum(abs(change) for change in moved.values()) / 2
    table = [
        [side.get(name, 0) * weight for name in names] for side, weight in zip((before, after), worth, strict=True)
    ]
    p_value = float(stats.chi2_contingency(table).pvalue) if len(names) > 1 else 1.0
    most = max(names, key=lambda name: (moved[name], name))
    changed = distance > allowed
    return CheckResult(
        check="currencies",
        table_name="opportunities",
        field="currency",
        status="failed" if changed else "ok",
        message=f"{shares[1][most]:.0%} of the deals created lately are in {most}; "
        f"in the baseline {shares[0][most]:.0%}",
        n=after.get(most, 0),
        total=sum(after.values()),
        suggestion="give amounts in one currency, converted at a declared date" if changed else None,
        p_value=p_value,
    )
