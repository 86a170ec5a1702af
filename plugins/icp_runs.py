"""Which days does a DAG run look at, and does it fill a gap in the past?"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from icp_monitor.periods import Window

Context = dict[str, Any]


def window_of(context: Context, timezone: str) -> Window | None:
    """The run's data interval as business days; None for a run that was asked for without a logical date."""
    start, end = context.get("data_interval_start"), context.get("data_interval_end")
    if start is None or end is None:
        return None
    return Window(_business_day(start, timezone), _business_day(end, timezone))


def as_of(context: Context, timezone: str) -> date:
    """The day up to which the run looks: the end of its data interval, or the day on which it was asked for."""
    window = window_of(context, timezone)
    return window.end if window else _business_day(context["dag_run"].run_after, timezone)


def is_backfill(context: Context) -> bool:
    """Whether Airflow runs this to fill a gap in the past, so that nobody may be alerted or asked."""
    return str(getattr(context["dag_run"].run_type, "value", context["dag_run"].run_type)) == "backfill"


def skip_in_backfill(context: Context) -> None:
    """Skip a task that would ask a person; a hook that runs before the task does."""
    from airflow.sdk.exceptions import AirflowSkipException

    if is_backfill(context):
        raise AirflowSkipException("A backfill asks nobody for a decision.")


def _business_day(moment: datetime, timezone: str) -> date:
    return moment.astimezone(ZoneInfo(timezone)).date()
