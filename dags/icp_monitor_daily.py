"""Every day: pull, check, score and measure; on look days also compare with the validated ICP and alert."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import dag, task
from airflow.timetables.interval import CronDataIntervalTimetable
from icp_airflow import day_of, environment, is_backfill, settings, tell_ops

from icp_monitor import pipeline

CALENDAR = pipeline.calendar(environment())

DOC = """
**What it answers:** are the customers that we aim at still the ones that we win?

| step | what it does | when it is red |
|---|---|---|
| pull | fetches what changed in the CRM | the source or its mapping; nothing stored is touched |
| check | counts what is wrong with the data | storage; findings about data never fail the run |
| score | 0-100 score and tier of every account and opportunity | the ICP version in force |
| measure | win rate, contract value, cycle, velocity of every segment | run the scoring step first |
| compare | verdicts against the validated ICP, on look days only | the baseline can't be used; the message says why |
| alert | one Slack message for each root cause, on look days only | Slack; it is tried again, never sent twice |

A run for a day may be cleared and run again at any time: it gives the same result. In a backfill nobody is alerted.
"""


@dag(
    dag_id="icp_monitor_daily",
    doc_md=DOC,
    schedule=CronDataIntervalTimetable("0 0 * * *", timezone=CALENDAR.timezone),
    start_date=pendulum.datetime(2025, 1, 1, tz=CALENDAR.timezone),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "revops", "retries": 2, "retry_delay": timedelta(minutes=1)},
    on_failure_callback=tell_ops,
    tags=["icp", "daily"],
)
def icp_monitor_daily() -> None:
    @task
    def pull(**context: Any) -> dict[str, str]:
        """Fetch what changed, and name the run that the other steps belong to."""
        pipeline.pull(settings())
        return pipeline.name_run(settings(), day_of(context, CALENDAR.timezone), backfill=is_backfill(context))

    @task
    def check(run: dict[str, str]) -> dict[str, str]:
        pipeline.check(settings(), run)
        return run

    @task
    def score(run: dict[str, str]) -> dict[str, str]:
        pipeline.score(settings(), run)
        return run

    @task
    def measure(run: dict[str, str]) -> dict[str, str]:
        pipeline.measure(settings(), run)
        return run

    @task
    def compare(run: dict[str, str]) -> dict[str, str]:
        pipeline.compare(settings(), run)
        return run

    @task
    def alert(run: dict[str, str], **context: Any) -> None:
        pipeline.alert(settings(), run, muted=is_backfill(context))

    alert(compare(measure(score(check(pull())))))


icp_monitor_daily()
