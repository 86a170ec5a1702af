"""What a validation knows when its report is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

import pandas as pd

from icp_monitor.alerts.names import Names
from icp_monitor.checks.result import CheckResult
from icp_monitor.config.icp import COMPANY, IcpConfig
from icp_monitor.config.monitoring import EventMarker
from icp_monitor.drift.cohort import Cohort
from icp_monitor.drift.looks.markers import BeforeAfter
from icp_monitor.drift.verdict import Verdict
from icp_monitor.periods import Quarter


@dataclass(frozen=True, eq=False)
class Evidence:
    """The verdicts on one quarter with all that they rest on.

    ``metrics`` and ``win_loss`` are the run's rows of ``segment_metrics`` and ``win_loss_counts``, ``economics`` those
    of the datasets about customers, by name.
    """

    icp: IcpConfig
    effective_from: date
    quarter: Quarter
    verdicts: Sequence[Verdict]
    baseline: Cohort
    current: Cohort
    metrics: pd.DataFrame
    win_loss: pd.DataFrame
    checks: Sequence[CheckResult]
    events: Sequence[EventMarker]
    around: Sequence[BeforeAfter]
    currency: str
    level: float
    fdr: float
    economics: Mapping[str, pd.DataFrame] = field(default_factory=dict)

    @property
    def names(self) -> Names:
        """How segments are called."""
        return Names({segment.id: segment.name for segment in self.icp.segments})

    @property
    def segments(self) -> tuple[str, ...]:
        """The company and every segment, in the order of the report."""
        return (COMPANY, *self.icp.segment_ids)

    def metric(self, name: str, segment: str, tier: str = "all") -> pd.Series | None:
        """The quarter's row of a metric; None where it was not measured."""
        rows = self.metrics
        wanted = (rows["metric"] == name) & (rows["segment"] == segment) & (rows["tier"] == tier)
        found = rows[wanted & (rows["cohort"] == self.quarter.window.start)]
        return None if found.empty else found.iloc[0]


def known(value: object) -> float | None:
    """A number of a table, or None where the table has no value."""
    return None if value is None or pd.isna(value) else float(value)  # type: ignore[call-overload,arg-type]
