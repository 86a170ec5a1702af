"""Does a share rise or fall from one band of the score to the next?"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats


@dataclass(frozen=True)
class Trend:
    """The change of the share with a step of the score, and the two-sided p-value of none."""

    slope: float
    p_value: float


def cochran_armitage(scores: Sequence[float], kept: Sequence[int], n: Sequence[int]) -> Trend | None:
    """The linear trend of the shares kept / n over ``scores`` (Cochran 1954, Armitage 1955).

    None for fewer than two groups, or where all or none were kept.

    >>> found = cochran_armitage([0, 1, 2], kept=[10, 15, 25], n=[50, 50, 50])
    >>> round(found.slope, 3), round(found.p_value, 4)
    (0.15, 0.0015)
    """
    score, good, size = (np.asarray(part, dtype=float) for part in (scores, kept, n))
    total, share = size.sum(), good.sum() / max(size.sum(), 1.0)
    centred = score - (size * score).sum() / max(total, 1.0)
    spread = float((size * centred**2).sum())
    if spread <= 0 or not 0 < share < 1:
        return None
    slope = float((good * centred).sum()) / spread
    z = slope * math.sqrt(spread / (share * (1 - share)))
    return Trend(slope, float(2 * stats.norm.sf(abs(z))))
