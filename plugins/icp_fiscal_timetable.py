"""When is a fiscal quarter validated? Once, when its opportunities have had time to mature."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable

from icp_monitor.periods import Quarter, last_complete_quarter, quarter_of


class FiscalQuarterTimetable(Timetable):
    """The data interval is the fiscal quarter; the run starts ``lag_days`` after its end.

    Args:
        first_month: the month in which the fiscal year begins.
        lag_days: how long after its end a quarter is mature.
        timezone: the business time zone; quarters begin at its midnight.
    """

    description = "Each fiscal quarter, when it has matured"

    def __init__(self, first_month: int = 1, lag_days: int = 0, timezone: str = "UTC") -> None:
        self.first_month = first_month
        self.lag_days = lag_days
        self.timezone = timezone

    @property
    def summary(self) -> str:
        """The line that the UI shows."""
        return f"fiscal quarters from month {self.first_month}, {self.lag_days} days after each ends"

    def serialize(self) -> dict[str, Any]:
        """The arguments, for Airflow's database."""
        return {"first_month": self.first_month, "lag_days": self.lag_days, "timezone": self.timezone}

    @classmethod
    def deserialize(cls, data: dict[str, Any]) -> Timetable:
        """The timetable that ``serialize`` described."""
        return cls(**data)

    def infer_manual_data_interval(self, *, run_after: pendulum.DateTime) -> DataInterval:
        """The newest quarter that had matured when somebody pressed the button."""
        return self._interval(self._newest_mature(run_after))

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The quarter after the last one; without catchup none that is older than the newest mature one."""
        candidates = []
        if last_automated_data_interval is not None:
            candidates.append(quarter_of(self._day(last_automated_data_interval.end), self.first_month))
        if restriction.earliest is not None:
            candidates.append(self._first_from(restriction.earliest))
        if not candidates:
            return None
        if not restriction.catchup:
            candidates.append(self._newest_mature(pendulum.now("UTC")))
        quarter = max(candidates)
        interval = self._interval(quarter)
        if restriction.latest is not None and interval.start > restriction.latest:
            return None
        run_after = self._midnight(quarter.window.end + timedelta(days=self.lag_days))
        return DagRunInfo(run_after=run_after, data_interval=interval)

    def _newest_mature(self, moment: pendulum.DateTime) -> Quarter:
        return last_complete_quarter(self._day(moment), self.lag_days, self.first_month)

    def _first_from(self, moment: pendulum.DateTime) -> Quarter:
        """The first quarter that does not begin before ``moment``."""
        quarter = quarter_of(self._day(moment), self.first_month)
        return quarter if self._midnight(quarter.window.start) >= moment else quarter.shift(1)

    def _interval(self, quarter: Quarter) -> DataInterval:
        return DataInterval(start=self._midnight(quarter.window.start), end=self._midnight(quarter.window.end))

    def _midnight(self, day: date) -> pendulum.DateTime:
        return pendulum.datetime(day.year, day.month, day.day, tz=self.timezone).in_timezone("UTC")

    def _day(self, moment: pendulum.DateTime) -> date:
        return moment.in_timezone(self.timezone).date()
