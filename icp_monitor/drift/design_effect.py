"""How much less several deals of one account say than as many deals of different accounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from icp_monitor.catalogue.units import LOG_SCALE
from icp_monitor.drift.clusters import account_size, clusters, intraclass_correlation, outcome_clusters
from icp_monitor.drift.cohort import Cohort
from icp_monitor.metrics.amounts import ACCOUNT_SCALE

WORTH_SAYING = 1.005


@dataclass(frozen=True)
class DesignEffect:
    """By what factor the variance of each cohort grows because deals of one account are alike; 1 where they aren't."""

    baseline: float = 1.0
    current: float = 1.0

    def __iter__(self) -> Iterator[float]:
        return iter((self.baseline, self.current))

    def pooled(self, baseline_variance: float, current_variance: float) -> float:
        """The factor for the variance of a difference to which the cohorts add these parts (Rao & Scott 1992)."""
        whole = baseline_variance + current_variance
        if whole <= 0:
            return 1.0
        return (self.baseline * baseline_variance + self.current * current_variance) / whole

    def told(self, method: str) -> str:
        """The method, with what it allowed for."""
        largest = max(self.baseline, self.current)
        if largest < WORTH_SAYING:
            return method
        return f"{method}; variance clustered by account (design effect {largest:.2f})"


INDEPENDENT = DesignEffect()


def of_outcomes(baseline: Cohort, current: Cohort) -> DesignEffect:
    """For shares of deals won; scores, tiers and attributes are the account's own, so that it holds for them too."""
    return _of([_outcomes(cohort) for cohort in (baseline, current)])


def of_amounts(baseline: Cohort, current: Cohort) -> DesignEffect:
    """For the mean logarithm of won amounts."""
    return _of([_amounts(cohort) for cohort in (baseline, current)])


def _outcomes(cohort: Cohort) -> pd.DataFrame | None:
    if cohort.accounts is None:
        return None
    return outcome_clusters(cohort.accounts)


def _amounts(cohort: Cohort) -> pd.DataFrame | None:
    if cohort.accounts is None:
        return None
    table = cohort.accounts[cohort.accounts["n_amount"] > 0]
    logs, squares = (table[name] / LOG_SCALE for name in ("log_amount", "log_amount_squared"))
    squared_sums = table["log_account_squared"] / ACCOUNT_SCALE
    return clusters(table["segment"], table["n_amount"], table["accounts"], logs, squares, squared_sums)


def _of(sides: Sequence[pd.DataFrame | None]) -> DesignEffect:
    """Kish's 1 + (m - 1) ICC, m being the size of the account that a deal belongs to, on average (Kish 1965)."""
    before, after = sides
    if before is None or after is None:
        return INDEPENDENT
    correlation = intraclass_correlation([group for side in (before, after) for _, group in side.groupby("segment")])
    return DesignEffect(*(1 + (account_size(side) - 1) * correlation for side in (before, after)))
