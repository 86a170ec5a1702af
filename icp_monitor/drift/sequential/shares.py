"""Weekly evidence on the mix: which values the newly created deals have, against the baseline's shares."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from icp_monitor.drift.clusters import account_size
from icp_monitor.drift.sequential.deals import Deals, weekly_sums
from icp_monitor.drift.sequential.evidence import Evidence
from icp_monitor.drift.weekly import WeeklyTables
from icp_monitor.metrics.life_table import Floats

SEGMENT = "segment"
REST = "(other values)"
MIN_EXPECTED = 20.0  # deals of a value in the baseline; rarer ones are taken together


@dataclass(frozen=True, eq=False)
class Counts:
    """Created deals by week and value of one attribute, [weeks, values]; the attribute `SEGMENT` is the segment.

    Values belong to accounts, so a deal is worth only one of ``account_size`` independent ones.
    """

    attribute: str
    values: tuple[str, ...]
    n: Floats
    baseline_weeks: int
    account_size: float = 1.0

    @property
    def dispersion(self) -> float:
        """The account size, or Pearson's statistic of the baseline's weekly counts over its freedom if that is more."""
        n = self.n[: self.baseline_weeks]
        total, p = n.sum(1, keepdims=True), n.sum(0) / n.sum()
        scatter = float(((n - total * p) ** 2 / np.maximum(total * p, 1e-9)).sum())
        freedom = (np.count_nonzero(total) - 1) * (len(p) - 1)
        return max(self.account_size, scatter / freedom) if freedom > 0 else self.account_size


def created_counts(tables: WeeklyTables, deals: Deals) -> tuple[Counts, ...]:
    """The counts of the segments and of each attribute; those that can't show a mix and unknown values are left out."""
    known = deals.where(deals.created >= 0)
    by_segment = weekly_sums(known.n, known.created, known.segment, tables.weeks, len(tables.segments))
    found = [Counts(SEGMENT, tables.segments, by_segment, tables.baseline_weeks)]
    frame = tables.created_values
    frame = frame[(frame["created"] >= 0) & (frame["created"] < tables.weeks) & frame["value"].notna()]
    names = sorted(frame["attribute"].unique())
    found += [_counts(frame[frame["attribute"] == name], str(name), tables) for name in names]
    size = account_size(tables.accounts)
    return tuple(replace(counts, account_size=size) for counts in map(_merged, found) if len(counts.values) > 1)


def _counts(rows: pd.DataFrame, attribute: str, tables: WeeklyTables) -> Counts:
    number, values = pd.factorize(rows["value"], sort=True)
    week, value = rows["created"].to_numpy(np.int64), number.astype(np.int64)
    n = weekly_sums(rows["n"].to_numpy(float), week, value, tables.weeks, len(values))
    return Counts(attribute, tuple(map(str, values)), n, tables.baseline_weeks)


def mix_evidence(counts: Counts) -> Evidence:
    """U = n_k - n·p, V = n·p(1 - p), K = V(1 - 2p) for each value: the score of a shift of its log-odds.

    All are divided by how much more the counts scatter than a multinomial's.
    """
    first = counts.baseline_weeks
    p = counts.n[:first].sum(0) / counts.n[:first].sum()
    total = counts.n.sum(1, keepdims=True)
    u, v = counts.n - total * p, total * p * (1 - p)
    k = v * (1 - 2 * p)
    return Evidence(u[first:], v[first:], k[first:], *(part[:first].sum(0) for part in (u, v, k))).over(
        counts.dispersion
    )


def _merged(counts: Counts) -> Counts:
    """Rare values and values that the baseline doesn't have are taken together."""
    rare = counts.n[: counts.baseline_weeks].sum(0) < MIN_EXPECTED
    if not rare.any():
        return counts
    kept = [value for value, scarce in zip(counts.values, rare, strict=True) if not scarce]
    together = counts.n[:, rare].sum(1)
    if together[: counts.baseline_weeks].sum() < MIN_EXPECTED:
        return Counts(counts.attribute, tuple(kept), counts.n[:, ~rare], counts.baseline_weeks)
    return Counts(
        counts.attribute, (*kept, REST), np.column_stack([counts.n[:, ~rare], together]), counts.baseline_weeks
    )
