"""What a comparison could have found, and how many more deals would settle it."""

from __future__ import annotations

import math

from scipy import special

from icp_monitor.drift.comparison import Precision
from icp_monitor.metrics.intervals import normal_quantile


def minimum_detectable_effect(precision: Precision, material: float, level: float, power: float) -> float:
    """The smallest true change that one look calls a drift with probability ``power``, before multiplicity.

    A drift must lie z standard errors from 0 and be material, so the change is max(z se, material) + z_power se.

    >>> each_150_against_600 = Precision(baseline=0.2016 / 600, current=0.2016 / 150)
    >>> round(minimum_detectable_effect(each_150_against_600, 0.05, level=0.95, power=0.80), 3)
    0.115
    """
    error = math.sqrt(precision.baseline + precision.current)
    least = max(normal_quantile(level) * error, _scaled(material, precision))
    found = least + float(special.ndtri(power)) * error
    return math.expm1(found) if precision.ratio else found


def more_opportunities(change: float, material: float, precision: Precision, n: int, z: float) -> int | None:
    """How many more deals the current cohort needs for a verdict, if the change stays as it is now.

    A material change needs an interval that excludes 0, a smaller one an interval inside the material effect; ``z``
    standard errors make half an interval. None when no number would do, because the baseline alone is too uncertain.

    >>> more_opportunities(-0.06, 0.05, Precision(baseline=0.2016 / 600, current=0.2016 / 150), n=150, z=1.645)
    53
    """
    size, limit = abs(_scaled(change, precision)), _scaled(material, precision)
    room = size if size >= limit else limit - size
    allowed = (room / z) ** 2 - precision.baseline
    if allowed <= 0:
        return None
    return max(math.ceil(precision.current * n / allowed) - n, 1)


def _scaled(change: float, precision: Precision) -> float:
    return math.log1p(change) if precision.ratio else change
