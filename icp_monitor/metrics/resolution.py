"""How long deals take until they are won or lost."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icp_monitor.metrics.life_table import LifeTable


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
