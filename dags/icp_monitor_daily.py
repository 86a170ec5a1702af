"""Every day: pull, check, score and measure; on look days also compare with the validated ICP and alert."""

from __future__ import annotations

from typing import Any

import pendulum
from airflow.sdk import dag
from airflow.timetables.interval import CronDataIntervalTimetable
from icp_runs import as_of, is_backfill
from icp_settings import business_calendar, environment, with_slack, with_sources
from icp_tasks import DEFAULT_ARGS, step, tell_ops

from icp_monitor import pipeline

CALENDAR = business_calendar()

DOC = """
**What it answers:** are the customers that we aim at still the ones that we win?

| step | what it does | when it is red |
|---|---|---|
| pull | fetches what changed in the CRM | the source or its mapping; nothing stored changes, verdicts get stale |
| check | counts what is wrong with the data | storage; findings about data never fail the run |
| score | 0-100 score and tier of every account and opportunity | the ICP version in force |
| measure | win rate, contract value, cycle, velocity of every segment | storage |
| compare | verdicts against the validated ICP, on look days only | the baseline can't be used; the message says why |
| alert | one Slack message for each root cause, on look days only | Slack; it is tried again, never sent twice |

A run looks at everything before its data interval's end, in the business time zone. It may be cleared and run again at
any time: that gives the same result. A step is tried again only where that can help; a wrong setting fails at once,
and its message names the cure. A failed step is told to the ops channel.

**Backfill** (*Trigger > Backfill*) recomputes days of the past and alerts nobody. A day that has no finished run
becomes a live one; any other is recomputed beside it, in the run set `bf-airflow`.
"""


@dag(
    dag_id="icp_monitor_daily",
    description="Are the customers that we aim at still the ones that we win?",
    doc_md=DOC,
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone=CALENDAR.timezone),
    start_date=pendulum.datetime(2025, 1, 1, tz=CALENDAR.timezone),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    on_failure_callback=tell_ops,
    tags=["icp", "daily"],
)
def icp_monitor_daily() -> None:
    @step
    def pull(**context: Any) -> dict[str, str]:
        """Fetch what changed, and name the run that the other steps belong to."""
        pipeline.pull(with_sources())
        return pipeline.name_run(environment(), as_of(context, CALENDAR.timezone), backfill=is_backfill(context))

    @step
    def check(run: dict[str, str]) -> dict[str, str]:
        """Count what is wrong with the data; findings never fail the run."""
        pipeline.check(environment(), run)
        return run

    @step
    def score(run: dict[str, str]) -> dict[str, str]:
        """Score every account and opportunity under the ICP version in force."""
        pipeline.score(environment(), run)
        return run

    @step
    def measure(run: dict[str, str]) -> dict[str, str]:
        """Measure every segment and tier."""
        pipeline.measure(environment(), run)
        return run

    @step
    def compare(run: dict[str, str]) -> dict[str, str]:
        """On look days, compare with the validated ICP."""
        pipeline.compare(environment(), run)
        return run

    @step
    def alert(run: dict[str, str], **context: Any) -> None:
        """Finish the run; on look days, send one message for each root cause. Silent in a backfill."""
        pipeline.alert(with_slack(), run, muted=is_backfill(context))

    alert(compare(measure(score(check(pull())))))


icp_monitor_daily()
