"""Is a share of records another one now than it was, beyond what chance does with so few of them?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from scipy import stats

from icp_monitor.checks.spans import BASELINE, MONTH, QUARTER

EXACT_UP_TO = 2_000


@dataclass(frozen=True)
class Sample:
    """``n`` of ``total`` records; only ``units`` of them are independent (deals of one account are not)."""

    n: int
    total: int
    units: int

    @property
    def share(self) -> float:
        """The share of the records."""
        return self.n / self.total if self.total else 0.0

    def __add__(self, other: Sample) -> Sample:
        return Sample(self.n + other.n, self.total + other.total, self.units + other.units)


@dataclass(frozen=True)
class Contrast:
    """Two samples, and the chance that shares so far apart come from one share."""

    before: Sample
    after: Sample
    p_value: float

    @property
    def change(self) -> float:
        """By how much the share has risen."""
        return self.after.share - self.before.share


def contrast(before: Sample, after: Sample) -> Contrast | None:
    """Fisher's exact test, for many units the chi-squared test with Yates' correction; None for an empty sample.

    >>> contrast(Sample(50, 100, 100), Sample(50, 100, 100)).p_value
    1.0
    """
    if not (before.total and after.total):
        return None
    table = np.array([_cells(before), _cells(after)])
    if not table.sum(axis=0).all():
        p_value = 1.0
    elif table.sum() <= EXACT_UP_TO:
        p_value = stats.fisher_exact(table).pvalue
    else:
        p_value = stats.chi2_contingency(table, correction=True).pvalue
    return Contrast(before, after, min(float(p_value), 1.0))


def since_the_baseline(samples: Mapping[int, Sample]) -> Contrast | None:
    """The baseline against the last four weeks or the last thirteen, whichever is less likely by chance.

    The p-value is doubled for the choice between the two.
    """
    nothing = Sample(0, 0, 0)
    before, month = (samples.get(span, nothing) for span in (BASELINE, MONTH))
    found = [contrast(before, after) for after in (month, month + samples.get(QUARTER, nothing))]
    told = [item for item in found if item is not None]
    if not told:
        return None
    least = min(told, key=lambda item: item.p_value)
    return Contrast(least.before, least.after, min(2 * least.p_value, 1.0))


def _cells(sample: Sample) -> tuple[int, int]:
    units = max(sample.units, 1)
    hit = round(sample.share * units)
    return hit, units - hit
