"""Weekly evidence on attributes: do their values still say as much about who wins as in the baseline?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from icp_monitor.drift.sequential.deals import Deals, Ints, codes
from icp_monitor.drift.sequential.outcomes import Outcomes, expected_outcomes
from icp_monitor.drift.weekly import WeeklyTables

MIN_RESOLVED = 20.0  # deals with a value in the baseline; rarer values aren't judged


@dataclass(frozen=True, eq=False)
class AttributeOutcomes:
    """The outcomes of the deals that have one of an attribute's values; the value takes the place of the segment."""

    attribute: str
    names: tuple[str, ...]
    outcomes: Outcomes


def attribute_outcomes(tables: WeeklyTables, seasons: Ints) -> tuple[AttributeOutcomes, ...]:
    """The outcomes by attribute; an attribute without two values that can be judged is left out.

    Each value has its own baseline odds at equal age and score, so that the score statistic of a value against the
    others is that of a change of what the attribute says.
    """
    frame = tables.resolved_values.astype({"attribute": "category", "value": "category"})  # compared as numbers
    frame = frame[(frame["resolved"] >= 0) & (frame["resolved"] < tables.weeks)]
    found = []
    for attribute in sorted(frame["attribute"].unique()):
        rows = frame[frame["attribute"] == attribute]
        first = rows[rows["resolved"] < tables.baseline_weeks].groupby("value")["n"].sum()
        names = tuple(sorted(str(value) for value in first.index[first >= MIN_RESOLVED]))
        if len(names) > 1:
            outcomes = expected_outcomes(_deals(rows, names), seasons, tables.baseline_weeks, len(names))
            found.append(AttributeOutcomes(str(attribute), names, outcomes))
    return tuple(found)


def _deals(rows: pd.DataFrame, values: tuple[str, ...]) -> Deals:
    resolved, n = rows["resolved"].to_numpy(np.int64), rows["n"].to_numpy(float)
    deals = Deals(
        segment=codes(rows["value"], values),
        created=resolved - rows["age"].to_numpy(np.int64),
        resolved=resolved,
        won=rows["n_won"].to_numpy(float) / n,
        band=rows["band"].to_numpy(np.int64),
        n=n,
    )
    return deals.where(deals.segment >= 0)
