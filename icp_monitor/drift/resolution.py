"""How long deals take until they are won or lost, and whether two cohorts take equally long."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

from icp_monitor.drift.life_table import LifeTable


@dataclass(frozen=True)
class RestrictedMean:
    """Mean days until a deal is resolved, a deal still open at the horizon counting as the horizon."""

    value: float
    variance: float


def restricted_mean(table: LifeTable) -> RestrictedMean | None:
    """The area under the Kaplan-Meier curve of deals still open, up to the horizon; resolutions fall mid-bin.

    Variance by the delta method on the binomial of each bin, with A(a) the area after the bin:
    Σ [S(a-) w/2 + A(a) / (1 - h)]² h (1 - h) / at risk(a), the Greenwood-type variance of the restricted mean
    (Klein & Moeschberger 2003, 4.5). None when no deal was watched up to the horizon.
    """
    if not table.reaches_horizon:
        return None
    areas = table.widths * (table.open_before + table.open_after) / 2
    area_after = areas[::-1].cumsum()[::-1] - areas
    survival = 1 - table.hazard
    loss = table.open_before * table.widths / 2
    loss += np.divide(area_after, survival, out=np.zeros_like(survival), where=survival > 0)
    terms = loss**2 * table.hazard * survival / np.maximum(table.at_risk, 1)
    return RestrictedMean(float(areas.sum()), float(terms.sum()))


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
