"""What monitoring reads each week: a company's deals as counts by week, from the start of the validated baseline."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

import pandas as pd

from icp_monitor.errors import RefusedError

OPEN = 1_000_000  # the week of resolution of a deal that is still open: later than any other

COLUMNS = {
    "deals": ("segment", "created", "resolved", "outcome", "band", "n"),
    "amounts": ("segment", "resolved", "outcome", "bin", "n", "log_amount"),
    "created_values": ("created", "attribute", "value", "n"),
    "resolved_values": ("resolved", "attribute", "value", "band", "age", "n", "n_won"),
    "accounts": ("segment", "n", "n_won", "accounts"),
}
CUSTOMERS = ("segment", "started", "ended", "n")


@dataclass(frozen=True, eq=False)
class WeeklyTables:
    """Sufficient statistics of a company's deals; weeks are counted from ``origin`` and may be negative.

    ``weeks`` complete weeks are known; the first ``baseline_weeks`` of them are the validated baseline, and
    ``fiscal_quarters`` has the fiscal quarter, 1 to 4, of each, ``months`` the month within it, 1 to 3; without
    ``months`` those of a quarter aren't told apart.

    ``deals`` counts by week of creation and of resolution (`OPEN` while open), outcome (won, lost, no_decision or open)
    and score band, whose number times `BAND_POINTS` is its lower edge (`UNSCORED_BAND` without a score); deals resolved
    before week 0 are left out. ``amounts`` counts resolved deals with a positive amount by the lower edge, in natural
    logarithms times `LOG_SCALE`, of a bin `LOG_BIN` wide, with the sum of those logarithms. ``created_values`` and
    ``resolved_values`` count by attribute and value, the latter also by ``age`` in weeks; three weeks and a quarter of
    the score's scale stand under the week and the band in their middle. ``accounts`` says how many accounts had ``n``
    deals resolved in the baseline, ``n_won`` of them won.

    ``customers``, where subscriptions are known, has the columns `CUSTOMERS`: how many started in a week and ended in
    another (`OPEN` while they stay).

    Raises:
        RefusedError: a table lacks a column, or the weeks don't fit together.
    """

    origin: date
    weeks: int
    baseline_weeks: int
    fiscal_quarters: tuple[int, ...]
    segments: tuple[str, ...]
    deals: pd.DataFrame
    amounts: pd.DataFrame
    created_values: pd.DataFrame
    resolved_values: pd.DataFrame
    accounts: pd.DataFrame
    months: tuple[int, ...] = ()
    customers: pd.DataFrame | None = None

    def __post_init__(self) -> None:
        problems = [
            f"{table} lack the column {column}"
            for table, columns in COLUMNS.items()
            for column in columns
            if column not in getattr(self, table)
        ]
        if self.customers is not None:
            lacking = [column for column in CUSTOMERS if column not in self.customers]
            problems += [f"customers lack the column {column}" for column in lacking]
        calendars = (self.fiscal_quarters, self.months or self.fiscal_quarters)
        if not 0 < self.baseline_weeks <= self.weeks or any(len(part) != self.weeks for part in calendars):
            problems.append(
                f"{self.weeks} weeks, {self.baseline_weeks} of them in the baseline, "
                f"with {len(self.fiscal_quarters)} fiscal quarters and {len(self.months)} months don't fit together"
            )
        if problems:
            raise RefusedError(*(f"weekly tables from {self.origin}: {problem}" for problem in problems))

    def first_day(self, week: int) -> date:
        """The day on which a week begins."""
        return self.origin + timedelta(weeks=week)
