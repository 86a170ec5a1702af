"""Runs once for each fiscal quarter, when its opportunities have had time to mature."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pendulum
from airflow.timetables.base import DagRunInfo, DataInterval, TimeRestriction, Timetable

from icp_monitor.periods import Quarter, last_complete_quarter, quarter_of


class FiscalQuarterTimetable(Timetable):
    """The data interval is the fiscal quarter; the run starts ``lag_days`` after its end."""

    description = "Each fiscal quarter, after a lag for maturity"

    def __init__(self, first_month: int = 1, lag_days: int = 0, timezone: str = "UTC") -> None:
        """``first_month`` is the month in which the fiscal year begins."""
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
        return self._interval(last_complete_quarter(self._day(run_after), self.lag_days, self.first_month))

    def next_dagrun_info(
        self, *, last_automated_data_interval: DataInterval | None, restriction: TimeRestriction
    ) -> DagRunInfo | None:
        """The quarter after the last one, or the first that the DAG's dates allow."""
        if last_automated_data_interval is not None:
            quarter = quarter_of(self._day(last_automated_data_interval.end), self.first_month)
        elif restriction.earliest is None:
            return None
        else:
            quarter = self._first(restriction.earliest, restriction.catchup)
        interval = self._interval(quarter)
        if restriction.latest is not None and interval.start > restriction.latest:
            return None
        return DagRunInfo(run_after=self._run_after(quarter), data_interval=interval)

    def _first(self, earliest: pendulum.DateTime, catchup: bool) -> Quarter:
        quarter = quarter_of(self._day(earliest), self.first_month)
        if quarter.window.start < self._day(earliest):
            quarter = quarter.shift(1)
        if catchup:
            return quarter
        return max(quarter, last_complete_quarter(self._day(pendulum.now("UTC")), self.lag_days, self.first_month))

    def _interval(self, quarter: Quarter) -> DataInterval:
        return DataInterval(start=self._midnight(quarter.window.start), end=self._midnight(quarter.window.end))

    def _run_after(self, quarter: Quarter) -> pendulum.DateTime:
        return self._midnight(quarter.window.end + timedelta(days=self.lag_days))

    def _midnight(self, day: date) -> pendulum.DateTime:
        return pendulum.datetime(day.year, day.month, day.day, tz=self.timezone).in_timezone("UTC")

    def _day(self, moment: pendulum.DateTime) -> date:
        return moment.in_timezone(self.timezone).date()
