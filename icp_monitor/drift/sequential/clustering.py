"""How many deals are worth one independent deal: several deals of an account tend to end alike."""

from __future__ import annotations

import numpy as np
import pandas as pd

from icp_monitor.metrics.life_table import Floats


def intraclass_correlation(accounts: pd.DataFrame) -> float:
    """The correlation of two outcomes of one account, by the analysis of variance within segments; at least 0.

    ``accounts`` has the columns segment, n, n_won and accounts: how many accounts had n deals, n_won of them won
    (Ridout, Demetrio & Firth 1999, the ANOVA estimator).
    """
    between = within = between_freedom = within_freedom = size = 0.0
    for _, group in accounts[accounts["n"] > 0].groupby("segment"):
        n, won, number = (group[name].to_numpy(float) for name in ("n", "n_won", "accounts"))
        deals, share = number @ n, (number @ won) / (number @ n)
        between += float(number @ (n * (won / n - share) ** 2))
        within += float(number @ (won * (1 - won / n)))
        between_freedom += float(number.sum()) - 1
        within_freedom += float(deals - number.sum())
        size += float(deals - (number @ n**2) / deals)
    if between_freedom <= 0 or within_freedom <= 0 or size <= 0:
        return 0.0
    typical = size / between_freedom
    mean_between, mean_within = between / between_freedom, within / within_freedom
    total = mean_between + (typical - 1) * mean_within
    return max(0.0, (mean_between - mean_within) / total) if total > 0 else 0.0


def design_effects(accounts: pd.DataFrame, segments: tuple[str, ...]) -> Floats:
    """Kish's 1 + (m - 1)·rho for each segment, m being the account size that a deal meets on average (1965)."""
    rho = intraclass_correlation(accounts)
    met = [account_size(accounts[accounts["segment"] == segment]) for segment in segments]
    return np.asarray([1 + (size - 1) * rho for size in met])


def account_size(accounts: pd.DataFrame) -> float:
    """How many deals the account of a deal has on average, Σn² / Σn; at least 1."""
    n, number = accounts["n"].to_numpy(float), accounts["accounts"].to_numpy(float)
    return max(1.0, float(number @ n**2 / (number @ n))) if number @ n > 0 else 1.0
