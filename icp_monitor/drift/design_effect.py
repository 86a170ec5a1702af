"""How much less several deals of one account say than as many deals of different accounts."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pandas as pd

from icp_monitor.drift.cohort import Cohort
from icp_monitor.metrics.amounts import ACCOUNT_SCALE, LOG_SCALE

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
    table = cohort.accounts[cohort.accounts["n"] > 0]
    won = table["n_won"] * table["accounts"]
    return _clusters(table["segment"], table["n"], table["accounts"], won, won, table["n_won"] * won)


def _amounts(cohort: Cohort) -> pd.DataFrame | None:
    if cohort.accounts is None:
        return None
    table = cohort.accounts[cohort.accounts["n_amount"] > 0]
    logs, squares = (table[name] / LOG_SCALE for name in ("log_amount", "log_amount_squared"))
    squared_sums = table["log_account_squared"] / ACCOUNT_SCALE
    return _clusters(table["segment"], table["n_amount"], table["accounts"], logs, squares, squared_sums)


def _clusters(*columns: pd.Series[float]) -> pd.DataFrame:
    """For each kind of account: its deals, how many such accounts, Σ of x, Σ of x² and Σ of squared account sums."""
    names = ("segment", "n", "accounts", "total", "squares", "squared_totals")
    return pd.concat(columns, axis=1, keys=names).reset_index(drop=True)


def _of(sides: Sequence[pd.DataFrame | None]) -> DesignEffect:
    """Kish's 1 + (m - 1) ICC, m being the size of the account that a deal belongs to, on average (Kish 1965)."""
    before, after = sides
    if before is None or after is None:
        return INDEPENDENT
    correlation = intraclass_correlation([group for side in (before, after) for _, group in side.groupby("segment")])
    return DesignEffect(*(1 + (_typical_size(side) - 1) * correlation for side in (before, after)))


def _typical_size(side: pd.DataFrame) -> float:
    deals = side["n"] * side["accounts"]
    return float((side["n"] * deals).sum() / deals.sum()) if len(side) else 1.0


def intraclass_correlation(groups: Sequence[pd.DataFrame]) -> float:
    """The correlation of two deals of one account within a group, by the analysis of variance; at least 0.

    Mean squares between and within accounts are pooled over groups: (MSB - MSW) / (MSB + (m₀ - 1) MSW), with m₀ the
    average size of an account (Ridout, Demétrio & Firth 1999). 0 where every account has one deal.
    """
    between = within = between_freedom = within_freedom = size = 0.0
    for group in groups:
        deals = float((group["n"] * group["accounts"]).sum())
        by_account = float((group["squared_totals"] / group["n"]).sum())
        between += by_account - float(group["total"].sum()) ** 2 / deals
        within += float(group["squares"].sum()) - by_account
        between_freedom += float(group["accounts"].sum()) - 1
        within_freedom += deals - float(group["accounts"].sum())
        size += deals - float((group["n"] ** 2 * group["accounts"]).sum()) / deals
    if between_freedom <= 0 or within_freedom <= 0:
        return 0.0
    between, within, typical = between / between_freedom, within / within_freedom, size / between_freedom
    total = between + (typical - 1) * within
    return max((between - within) / total, 0.0) if total > 0 else 0.0
