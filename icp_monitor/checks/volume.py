"""Do as many records come in as the weeks before let expect? An outage must not look like customers who stopped."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import sqlalchemy as sa
from scipy import stats

from icp_monitor.checks.data import Data, counting
from icp_monitor.checks.result import CheckResult
from icp_monitor.checks.weeks import weekly_counts, weeks_ago

LOCAL = 26  # weeks before the window that say what to expect
FEWEST = 8
WINDOWS = (2, 4)
WORDS: Mapping[str, str] = {"created_on": "created", "closed_on": "closed"}


def check(data: Data) -> Iterator[CheckResult]:
    """Deals created and deals closed, in the last two weeks and in the last four of those that are judged."""
    ends = {"created_on": data.spans.end, "closed_on": data.asof.observed_until}
    for field, word in WORDS.items():
        counts = weekly_counts(data, records_by_week(data.deals, field, ends[field]), ends[field])
        for weeks in WINDOWS:
            found = expected(counts, weeks)
            if found is not None:
                yield _result(found, field, word, weeks, data.gate.max_volume_drop)


def records_by_week(deals: sa.FromClause, field: str, end: date) -> sa.Select[Any]:
    """Deals by the number of whole weeks between ``field`` and an end; later ones count below 0."""
    ago = weeks_ago(deals.c[field], end)
    return counting(ago.label("ago"), sa.func.count().label("n")).where(deals.c[field].is_not(None)).group_by(ago)


@dataclass(frozen=True)
class Volume:
    """``n`` records in a window where ``expected`` were, and the chance of as few."""

    n: int
    expected: float
    p_value: float


def expected(counts: Sequence[int], weeks: int) -> Volume | None:
    """The last ``weeks`` of a series beside the half year before them; None where that is too short.

    Counts of records vary more than a Poisson's: by how much is read off the same comparison at every earlier week, so
    that seasons and slow growth are no surprise. The chance is that of a negative binomial with that dispersion.

    >>> expected([20] * 40 + [0, 0], 2).n
    0
    """
    series = np.asarray(counts, dtype=float)
    at = len(series) - weeks
    if at < FEWEST:
        return None
    mean = _level(series, at) * weeks
    if mean <= 0:
        return None
    known = [(series[end : end + weeks].sum(), _level(series, end) * weeks) for end in range(FEWEST, at - weeks + 1)]
    past = [(float(n), level) for n, level in known if level > 0]
    dispersion = max([1.0, *([sum((n - level) ** 2 / level for n, level in past) / len(past)] if past else [])])
    n = int(series[at:].sum())
    return Volume(n, float(mean), _chance_of_as_few(n, float(mean), dispersion))


def _level(series: np.ndarray[Any, Any], end: int) -> float:
    return float(series[max(end - LOCAL, 0) : end].mean())


def _chance_of_as_few(n: int, mean: float, dispersion: float) -> float:
    if dispersion <= 1.0 + 1e-9:
        return float(stats.poisson.cdf(n, mean))
    return float(stats.nbinom.cdf(n, mean / (dispersion - 1), 1 / dispersion))


def _result(found: Volume, field: str, word: str, weeks: int, allowed: float) -> CheckResult:
    fallen = found.n < (1 - allowed) * found.expected
    return CheckResult(
        check="volume",
        table_name="opportunities",
        field=field,
        status="failed" if fallen else "ok",
        message=f"{found.n:,} deals were {word} in the last {weeks} weeks of the data, "
        f"where the weeks before let expect {math.floor(found.expected + 0.5):,}",
        value=f"{weeks} weeks",
        n=found.n,
        total=math.floor(found.expected + 0.5),
        suggestion="see whether the source or its export lacks records; if business really fell, raise "
        f"data_gate: {{max_volume_drop: {min(1 - found.n / found.expected + 0.05, 1):.2f}}}"
        if fallen
        else None,
        p_value=found.p_value,
    )
