"""Sums of the weekly evidence since every week in which a change may have begun, as a step or as a ramp."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from math import comb
from typing import Literal

import numpy as np

from icp_monitor.drift.sequential.evidence import Evidence
from icp_monitor.metrics.life_table import Floats

Shape = Literal["step", "ramp"]
RAMP_WEEKS = 52
LAGS: tuple[int, ...] = (*range(1, 27), *range(28, 79, 2))


@dataclass(frozen=True, eq=False)
class Sums:
    """Sums over the weeks since a start, weighted with powers of the share r of the shift that is there by then.

    ``ru`` is Σru, ``rrv`` is Σr²v, and so on; a row for every look that has such a start.
    """

    ru: Floats
    rv: Floats
    rrv: Floats
    rk: Floats
    rrk: Floats
    rrrk: Floats


def starts_at(look: int) -> int:
    """How many starts the candidates of a look stand for."""
    return min(look + 1, int(LAGS[-1]))


class Starts:
    """The weighted sums for every candidate start, from running sums made once.

    A candidate is named by its lag: how many weeks, the look's own among them, the change has lasted.
    """

    def __init__(self, evidence: Evidence) -> None:
        self.weeks = len(evidence.u)
        self._u = [_running(evidence.u, power) for power in range(2)]
        self._v = [_running(evidence.v, power) for power in range(3)]
        self._k = [_running(evidence.k, power) for power in range(4)]

    @property
    def totals(self) -> tuple[Floats, Floats, Floats]:
        """Σu, Σv and Σk from the end of the baseline to each look."""
        return self._u[0][1:], self._v[0][1:], self._k[0][1:]

    def lags(self) -> Iterator[tuple[int, int]]:
        """Each lag that some look has, with the number of starts that it stands for."""
        return ((lag, lag - before) for before, lag in zip((0, *LAGS), LAGS, strict=False) if lag <= self.weeks)

    def sums(self, lag: int, shape: Shape) -> Sums:
        """The sums over the ``lag`` weeks up to each look from number ``lag - 1`` on."""
        if shape == "step":
            u, v, k = (running[0][lag:] - running[0][:-lag] for running in (self._u, self._v, self._k))
            return Sums(u, v, v, k, k, k)
        (ru,), (rv, rrv) = _ramp(self._u, lag), _ramp(self._v, lag)
        return Sums(ru, rv, rrv, *_ramp(self._k, lag))


def _running(values: Floats, power: int) -> Floats:
    """Running sums of values times the power of their position, 1 for the first; a zero before the first."""
    position = np.arange(1.0, len(values) + 1).reshape(-1, *[1] * (values.ndim - 1))
    sums = np.zeros((len(values) + 1, *values.shape[1:]))
    np.cumsum(values * position**power, axis=0, out=sums[1:])
    return sums


def _ramp(running: list[Floats], lag: int) -> list[Floats]:
    """Sums weighted with r, r², ... where r rises by 1 / RAMP_WEEKS a week to 1: the binomial theorem on positions."""
    starts, rising = len(running[0]) - lag, min(lag, RAMP_WEEKS)
    moments = [sums[rising : rising + starts] - sums[:starts] for sums in running]
    full = running[0][lag:] - running[0][rising : rising + starts]
    start = np.arange(float(starts)).reshape(-1, *[1] * (full.ndim - 1))
    return [
        sum(comb(power, term) * (-start) ** (power - term) * moments[term] for term in range(power + 1))
        / RAMP_WEEKS**power
        + full
        for power in range(1, len(running))
    ]
