"""Counts of any stretch of weeks, from sums that are run up once."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.combinations import Ints, combinations
from icp_monitor.metrics.life_table import Floats


@dataclass(frozen=True, eq=False)
class Running:
    """Sums by key, added up from week 0 on: an array [keys, weeks + 1] for each summed column."""

    keys: pd.DataFrame
    sums: dict[str, Floats]
    _found: dict[range, dict[str, pd.DataFrame]] = field(default_factory=dict)

    def between(self, weeks: range, segment: str = COMPANY) -> pd.DataFrame:
        """The keys that occur in ``weeks``, of the company or of one of its segments, with their sums there."""
        found = self._found.setdefault(weeks, {})
        if COMPANY not in found:
            found[COMPANY] = self._between(weeks)
        if segment not in found:
            found |= {str(name): rows for name, rows in found[COMPANY].groupby("segment")}
        return found.get(segment, found[COMPANY].iloc[:0])

    def _between(self, weeks: range) -> pd.DataFrame:
        totals = {name: run[:, weeks.stop] - run[:, weeks.start] for name, run in self.sums.items()}
        occurs = next(iter(totals.values())) > 0
        counted = {name: total[occurs].astype(np.int64) for name, total in totals.items()}
        return self.keys[occurs].assign(**counted)


def running(frame: pd.DataFrame, week: str, keys: Sequence[str], sums: Sequence[str], weeks: int) -> Running:
    """The running sums of a table's rows; rows of other weeks than the first ``weeks`` are left out.

    The first of ``sums`` counts what a key needs to occur.
    """
    within = ((frame[week] >= 0) & (frame[week] < weeks)).to_numpy()
    known = frame if within.all() else frame[within]
    numbers, values = zip(*(pd.factorize(known[key], sort=True) for key in keys), strict=True)
    found = combinations(numbers, [len(value) for value in values])
    columns = {key: _chosen(*both) for key, *both in zip(keys, values, found.numbers, strict=True)}
    cell = found.of * weeks + known[week].to_numpy(np.int64)
    unique = pd.DataFrame(columns)
    return Running(unique, {name: _run_up(cell, known[name], len(unique), weeks) for name in sums})


def _chosen(values: pd.Index[Any], places: Ints) -> pd.Series[Any]:
    """Some of the values; texts as plain objects, as Arrow's are slow in small tables."""
    chosen = np.asarray(values)[places]
    return pd.Series(chosen, dtype=chosen.dtype)


def _run_up(cell: Ints, values: pd.Series[int], keys: int, weeks: int) -> Floats:
    counts = np.bincount(cell, weights=values.to_numpy(np.float64), minlength=keys * weeks).reshape(keys, weeks)
    run = np.zeros((keys, weeks + 1))
    np.cumsum(counts, axis=1, out=run[:, 1:])
    return run
