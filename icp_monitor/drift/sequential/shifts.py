"""The evidence of a shift since a start, freed from what the baseline and the rest of the company explain."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from icp_monitor.drift.sequential.evidence import Evidence
from icp_monitor.drift.sequential.starts import Sums
from icp_monitor.metrics.life_table import Floats


@dataclass(frozen=True, eq=False)
class Shift:
    """Score, variance and third cumulant of a shift; all shaped [looks, ..., units]."""

    u: Floats
    v: Floats
    k: Floats


def joined(sums: Sums, evidence: Evidence, totals: tuple[Floats, Floats, Floats]) -> Shift:
    """The efficient score of the shift when the level before it is unknown.

    The level is estimated from the baseline and all weeks to the look, so that quiet weeks make the baseline longer
    and its sampling error is never taken for a change: u* = Σru - gS with g = ΣrV / N, where S and N are the score and
    variance of the level (Cox & Hinkley 1974, section 9.3).
    """
    level = evidence.v0 + totals[1][-len(sums.ru) :]
    score = evidence.u0 + totals[0][-len(sums.ru) :]
    g = sums.rv / np.maximum(level, np.finfo(float).tiny)
    u, v = sums.ru - g * score, np.maximum(sums.rrv - g * sums.rv, 0.0)
    if not evidence.skewed:
        return Shift(u, v, np.zeros_like(v))
    skew = evidence.k0 + totals[2][-len(sums.ru) :]
    return Shift(u, v, sums.rrrk - g * (3 * sums.rrk - g * (3 * sums.rk - g * skew)))


def against_the_rest(own: Shift, spread: float) -> Shift:
    """Each segment's shift beyond the company's, as far as the other segments show one.

    The common shift has a normal prior of standard deviation ``spread``: the rest's estimate of it is shrunk towards
    none, so that a rest which says little takes little away (Efron & Morris 1975).
    """
    rest_u, rest_v, rest_k = (part.sum(-1, keepdims=True) - part for part in (own.u, own.v, own.k))
    shrunk = spread**2 / (1 + spread**2 * rest_v)
    taken = shrunk * own.v
    kept = 1 / (1 + taken)
    return Shift((own.u - taken * rest_u) * kept, own.v * kept, (own.k - taken**3 * rest_k) * kept**3)


def bounded(shift: Shift) -> Shift:
    """The shift with a third cumulant that keeps the expansion of the likelihood a likelihood."""
    return Shift(shift.u, shift.v, np.clip(shift.k, -shift.v, shift.v))
