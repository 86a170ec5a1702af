"""Do two cohorts take equally long until their deals are won or lost?"""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
from scipy import stats

from icp_monitor.metrics.life_table import LifeTable


def log_rank(pairs: Sequence[tuple[LifeTable, LifeTable]]) -> float | None:
    """Two-sided p-value of the log-rank test, stratified over ``pairs`` of (baseline, current) life tables.

    Resolutions of any kind count, with the hypergeometric variance for ties (Mantel 1966). None without information.
    """
    difference = variance = 0.0
    for baseline, current in pairs:
        at_risk = baseline.at_risk + current.at_risk
        resolved = baseline.resolved + current.resolved
        share = current.at_risk / np.maximum(at_risk, 1)
        difference += float((current.resolved - resolved * share).sum())
        ties = (at_risk - resolved) / np.maximum(at_risk - 1, 1)
        variance += float((resolved * share * (1 - share) * ties).sum())
    if variance <= 0:
        return None
    return float(2 * stats.norm.sf(abs(difference) / math.sqrt(variance)))
