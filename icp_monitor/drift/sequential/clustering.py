"""How many deals are worth one independent deal: several deals of an account tend to end alike."""

from __future__ import annotations

import numpy as np
import pandas as pd

from icp_monitor.drift.clusters import account_size, intraclass_correlation, outcome_clusters
from icp_monitor.metrics.life_table import Floats


def design_effects(accounts: pd.DataFrame, segments: tuple[str, ...]) -> Floats:
    """Kish's 1 + (m - 1)·rho for each segment, m being the account size that a deal meets on average (1965)."""
    rho = outcome_correlation(accounts)
    met = {segment: account_size(own) for segment, own in accounts.groupby("segment")}
    return np.asarray([1 + (met.get(segment, 1.0) - 1) * rho for segment in segments])


def outcome_correlation(accounts: pd.DataFrame) -> float:
    """The correlation of two outcomes of one account, within segments."""
    return intraclass_correlation([group for _, group in outcome_clusters(accounts).groupby("segment")])
