"""After each fiscal quarter has matured: validate the ICP, write the report, and ask for a decision."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pendulum
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param, dag, task
from icp_airflow import day_of, environment, settings, tell_ops
from icp_fiscal_timetable import FiscalQuarterTimetable

from icp_monitor import pipeline

CALENDAR = pipeline.calendar(environment())
CHOICES = ("Keep the ICP", "Change the ICP", "Not enough evidence")

DOC = """
**What it answers:** is the ICP still valid, and what did we decide about it?

It runs when every opportunity created in the quarter has been watched for the whole horizon. It measures the quarter,
compares it with the validated baseline, writes the report (HTML and JSON) and then waits under *Required Actions* for
one person's decision, which is stored in the ledger with the name, the date and the reason. A published report is never
overwritten: running the quarter again with other data makes a new edition.
"""


@dag(
    dag_id="icp_quarterly_validation",
    doc_md=DOC,
    schedule=FiscalQuarterTimetable(
        first_month=CALENDAR.fiscal_year_start, lag_days=CALENDAR.maturity_days, timezone=CALENDAR.timezone
    ),
    start_date=pendulum.datetime(2025, 1, 1, tz=CALENDAR.timezone),
    catchup=False,
    max_active_runs=1,
    default_args={"owner": "revops", "retries": 2, "retry_delay": timedelta(minutes=1)},
    on_failure_callback=tell_ops,
    tags=["icp", "quarterly"],
)
def icp_quarterly_validation() -> None:
    @task
    def pull(**context: Any) -> dict[str, str]:
        """Fetch what changed, and name the quarter that has matured."""
        pipeline.pull(settings())
        return pipeline.name_validation(settings(), matured_on(context))

    @task
    def measure(run: dict[str, str]) -> dict[str, str]:
        """Check, score and measure as known on the day when the quarter had matured."""
        pipeline.check(settings(), run)
        pipeline.score(settings(), run)
        pipeline.measure(settings(), run)
        return run

    @task
    def validate(run: dict[str, str]) -> dict[str, str]:
        """Compare with the baseline, publish the report, and put the question to be decided."""
        return pipeline.ask_for_decision(settings(), run)

    @task
    def record(asked: dict[str, str], answer: dict[str, Any]) -> None:
        """Store the decision in the ledger."""
        user = answer.get("responded_by_user") or {}
        pipeline.record_decision(
            settings(),
            asked,
            choice=answer["chosen_options"][0],
            reason=answer["params_input"].get("reason", ""),
            who=user.get("name", "unknown"),
        )

    def matured_on(context: dict[str, Any]) -> date:
        """The day on which the run's quarter had matured: its data interval's end and the horizon."""
        return day_of(context, CALENDAR.timezone) + timedelta(days=CALENDAR.maturity_days)

    asked = validate(measure(pull()))
    approve = HITLOperator(
        task_id="approve",
        subject="{{ ti.xcom_pull(task_ids='validate')['subject'] }}",
        body="{{ ti.xcom_pull(task_ids='validate')['summary'] }}",
        options=list(CHOICES),
        params={"reason": Param("", type="string", description="Why, in one sentence; kept in the ledger")},
        retries=0,
    )
    asked >> approve
    record(asked, approve.output)


icp_quarterly_validation()
