"""Did a share jump from one week to the next, and stay there? Markets drift; definitions change on a day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy import stats

NEIGHBOURS = 4  # weeks on either side that must hold the change already
SUDDEN = 0.7  # the part of the change that they must hold
FEWEST = 2  # weeks after a jump before it is one


@dataclass(frozen=True)
class Jump:
    """From week ``at`` on the share is ``after`` where it was ``before``; ``p_value`` allows for the search."""

    at: int
    before: float
    after: float
    p_value: float

    @property
    def change(self) -> float:
        """By how much the share rose."""
        return self.after - self.before


def jump(hits: Sequence[int], totals: Sequence[int], first: int) -> Jump | None:
    """The split, at week ``first`` or later, between which the shares differ most; None where none is sudden.

    The chance is that of the two-proportion z-test, times the number of splits that were tried.

    >>> jump([8] * 20 + [1] * 6, [10] * 26, first=10).at
    20
    """
    n, k = np.asarray(totals, float), np.asarray(hits, float)
    splits = range(max(first, FEWEST), len(n) - FEWEST + 1)
    tried = [(abs(z), at) for at in splits if (z := _z(k[:at].sum(), n[:at].sum(), k[at:].sum(), n[at:].sum()))]
    if not tried:
        return None
    score, at = max(tried)
    before, after = (float(k[part].sum() / n[part].sum()) for part in (slice(0, at), slice(at, None)))
    found = Jump(at, before, after, min(float(2 * stats.norm.sf(score)) * len(splits), 1.0))
    return found if _is_sudden(k, n, found) else None


def _is_sudden(k: np.ndarray, n: np.ndarray, found: Jump) -> bool:
    sides = slice(max(found.at - NEIGHBOURS, 0), found.at), slice(found.at, found.at + NEIGHBOURS)
    if not all(n[side].sum() for side in sides):
        return False
    before, after = (float(k[side].sum() / n[side].sum()) for side in sides)
    return bool((after - before) * np.sign(found.change) >= SUDDEN * abs(found.change))


def _z(k: float, n: float, k_after: float, n_after: float) -> float:
    """The two-proportion statistic; 0 where a side is empty or nothing varies."""
    if not (n and n_after):
        return 0.0
    pooled = (k + k_after) / (n + n_after)
    variance = pooled * (1 - pooled) * (1 / n + 1 / n_after)
    return float((k_after / n_after - k / n) / np.sqrt(variance)) if variance > 0 else 0.0
