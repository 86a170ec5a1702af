"""Weekly evidence on deal sizes: log amounts against the baseline's mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from icp_monitor.catalogue.units import LOG_SCALE
from icp_monitor.drift.sequential.deals import Flags, Ints, codes, weekly_sums
from icp_monitor.drift.sequential.evidence import Evidence, symmetric
from icp_monitor.drift.sequential.seasons import Season, season_codes
from icp_monitor.drift.weekly import WeeklyTables
from icp_monitor.metrics.life_table import Floats

TAILS = (0.01, 0.99)
PRIOR_DEALS = 5.0  # so many deals of the whole company's scatter are given to a segment's variance


@dataclass(frozen=True, eq=False)
class Residuals:
    """Log amounts less what the baseline expects of their segment, outcome and season, with their variance.

    Amounts outside the baseline's 1st to 99th percentile count as that percentile, so that no single deal moves a unit.
    """

    segment: Ints
    week: Ints
    n: Floats
    residual: Floats
    variance: Floats  # by segment
    season: Season
    baseline_weeks: int
    weeks: int

    def sums(self, values: Floats) -> Floats:
        """Sums of values by week and segment, baseline included."""
        return weekly_sums(values, self.week, self.segment, self.weeks, len(self.variance))


def amount_residuals(tables: WeeklyTables, *, won_only: bool = False) -> Residuals:
    """The residuals of all resolved deals' amounts, or of the won ones' where lost deals' amounts can't be trusted."""
    frame = _known(tables, won_only)
    segment, week, won = (frame[name].to_numpy() for name in ("segment", "resolved", "won"))
    n = frame["n"].to_numpy(float)
    value = frame["log_amount"].to_numpy(float) / LOG_SCALE / n
    first, units = week < tables.baseline_weeks, len(tables.segments)
    value = _winsorised(value, n, segment, first, units)
    value = value - _expected(value, n, segment, won, first, units)
    code = season_codes(tables)[week]
    scatter = float(n[first] @ value[first] ** 2 / max(n[first].sum(), 1.0)) or 1.0
    season = Season.estimated(n[first] * value[first] / scatter, n[first] / scatter, code[first])
    value = value - season.at(code)
    variance = _variances(value, np.where(first, n, 0.0), segment, units)
    return Residuals(segment, week, n, value, variance, season, tables.baseline_weeks, tables.weeks)


def amount_evidence(residuals: Residuals) -> Evidence:
    """U = Σ residual / s², V = n / s²: the score of a shift of the mean log amount."""
    first = residuals.baseline_weeks
    scaled = residuals.n / residuals.variance[residuals.segment]
    u, v = residuals.sums(scaled * residuals.residual), residuals.sums(scaled)
    return symmetric(u[first:], v[first:], u[:first].sum(0), v[:first].sum(0))


def _known(tables: WeeklyTables, won_only: bool) -> pd.DataFrame:
    """The amounts of the known weeks, with the numbers of their segments and whether they were won."""
    frame = tables.amounts
    segment, won = codes(frame["segment"], tables.segments), frame["outcome"] == "won"
    numbers = frame.drop(columns="outcome").assign(segment=segment, won=won)
    week = frame["resolved"]
    known = (week >= 0) & (week < tables.weeks) & (frame["n"] > 0) & (segment >= 0)
    return numbers[known & won] if won_only else numbers[known]


def _variances(value: Floats, n: Floats, segment: Ints, units: int) -> Floats:
    """The variance of one amount by segment, drawn to the company's."""
    company = float(n @ value**2) / max(float(n.sum()), 1.0) or 1.0
    deals, squares = (np.bincount(segment, weights=weight, minlength=units) for weight in (n, n * value**2))
    return np.asarray((squares + PRIOR_DEALS * company) / (deals + PRIOR_DEALS))


def _winsorised(value: Floats, n: Floats, segment: Ints, first: Flags, units: int) -> Floats:
    limited = value.copy()
    by_segment = np.argsort(segment, kind="stable")
    for own in np.split(by_segment, np.searchsorted(segment[by_segment], np.arange(1, units))):
        known = own[first[own]]
        if len(known):
            ordered = known[np.argsort(value[known])]
            share = (np.cumsum(n[ordered]) - n[ordered] / 2) / n[ordered].sum()
            limited[own] = np.clip(value[own], *np.interp(TAILS, share, value[ordered]))
    return limited


def _expected(value: Floats, n: Floats, segment: Ints, won: Flags, first: Flags, units: int) -> Floats:
    """The baseline's mean by segment, and one difference between won and lost deals for the whole company."""
    weight = np.where(first, n, 0.0)
    level, share = _group_means(value, weight, segment, units), _group_means(won.astype(float), weight, segment, units)
    from_mean = won - share[segment]
    spread = float(weight @ from_mean**2)
    difference = float(weight @ (from_mean * (value - level[segment]))) / spread if spread > 0 else 0.0
    return np.asarray(level[segment] + difference * from_mean)


def _group_means(value: Floats, weight: Floats, group: Ints, groups: int) -> Floats:
    total = np.bincount(group, weights=weight, minlength=groups)
    return np.bincount(group, weights=weight * value, minlength=groups) / np.maximum(total, 1e-9)
