"""The customers of a stretch of weeks by how long they had been there, in the form in which retention is compared."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd

from icp_monitor.config.icp import COMPANY
from icp_monitor.drift.cohort import TABLES
from icp_monitor.metrics.tenure import WORTH_UNTIL

WEEKS_A_MONTH = 52 / 12


def customer_months(customers: pd.DataFrame, segment: str, weeks: range) -> pd.DataFrame:
    """The months of tenure that lie within ``weeks``, with the customers that began them and those who left in them."""
    own = customers if segment == COMPANY else customers[customers["segment"] == segment]
    layout = TABLES["subscriptions"]
    rows = pd.DataFrame(_months(own, weeks), columns=["month", "at_risk", "churned"])
    return rows.assign(segment=segment, bucket=0, margin_minor=0)[layout.columns]


def _months(customers: pd.DataFrame, weeks: range) -> Iterator[tuple[int, int, int]]:
    started, ended, n = (customers[name].to_numpy(np.int64) for name in ("started", "ended", "n"))
    for month in range(WORTH_UNTIL):
        begin, end = (started + int(np.ceil(count * WEEKS_A_MONTH)) for count in (month, month + 1))
        seen = (begin >= weeks.start) & (end <= weeks.stop) & (ended >= begin)
        yield month, int(n[seen].sum()), int(n[seen & (ended < end)].sum())
