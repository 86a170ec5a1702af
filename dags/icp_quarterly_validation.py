"""After each fiscal quarter has matured: validate the ICP, write the report, and ask for a decision."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.providers.standard.operators.hitl import HITLOperator
from airflow.sdk import Param, dag
from icp_fiscal_timetable import FiscalQuarterTimetable
from icp_runs import as_of, skip_in_backfill, window_of
from icp_settings import business_calendar, environment, with_sources
from icp_tasks import DEFAULT_ARGS, step, tell_ops

from icp_monitor import pipeline
from icp_monitor.periods import quarter_of

CALENDAR = business_calendar()
CHOICES = ["Keep the ICP", "Change the ICP", "Not enough evidence"]

DOC = """
**What it answers:** is the ICP still valid, and what did we decide about it?

It runs when every opportunity created in the quarter has been watched for the whole horizon; its data interval is the
quarter. Triggered by hand it takes the newest quarter that has matured. It measures the quarter, compares it with the
validated baseline, writes the report (HTML and JSON) and then waits under *Required Actions*, for as long as it takes,
for one person's decision. That is stored in the ledger with the name, the time and the reason.

A published report is never overwritten: running the quarter again with other data makes a new edition. A backfill
writes the reports of past quarters and asks nobody; to decide about one of them, trigger its quarter by hand.
"""


@dag(
    dag_id="icp_quarterly_validation",
    description="Is the ICP still valid, and what did we decide about it?",
    doc_md=DOC,
    schedule=FiscalQuarterTimetable(CALENDAR.fiscal_year_start, CALENDAR.maturity_days, CALENDAR.timezone),
    start_date=pendulum.datetime(2025, 1, 1, tz=CALENDAR.timezone),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    on_failure_callback=tell_ops,
    tags=["icp", "quarterly"],
)
def icp_quarterly_validation() -> None:
    @step
    def pull(**context: Any) -> dict[str, str]:
        """Fetch what changed, and name the validation of the run's quarter, as known when it had matured."""
        pipeline.pull(with_sources())
        quarter = window_of(context, CALENDAR.timezone)
        if quarter is None:
            return pipeline.name_validation(environment(), as_of(context, CALENDAR.timezone))
        return pipeline.name_validation(
            environment(),
            quarter.end + timedelta(days=CALENDAR.maturity_days),
            quarter=str(quarter_of(quarter.start, CALENDAR.fiscal_year_start)),
        )

    @step
    def measure(run: dict[str, str]) -> dict[str, str]:
        """Check, score and measure as known on the day when the quarter had matured."""
        pipeline.check(environment(), run)
        pipeline.score(environment(), run)
        pipeline.measure(environment(), run)
        return run

    @step
    def validate(run: dict[str, str]) -> dict[str, str]:
        """Compare with the baseline, publish the report, and put the question to be decided."""
        return pipeline.ask_for_decision(environment(), run)

    @step
    def record(asked: dict[str, str], answer: dict[str, Any]) -> None:
        """Store the decision in the ledger: who, when and why."""
        pipeline.record_decision(
            environment(),
            asked,
            choice=answer["chosen_options"][0],
            reason=answer["params_input"].get("reason", ""),
            who=answer["responded_by_user"]["name"],
        )

    asked = validate(measure(pull()))
    approve = HITLOperator(
        task_id="approve",
        doc_md="Wait for one person's decision under *Required Actions*. Nobody is asked in a backfill.",
        pre_execute=skip_in_backfill,
        subject="{{ ti.xcom_pull(task_ids='validate')['subject'] }}",
        body="{{ ti.xcom_pull(task_ids='validate')['summary'] }}",
        options=CHOICES,
        params={"reason": Param("", type="string", title="Reason", description="In one sentence; kept in the ledger")},
        execution_timeout=None,  # the operator would take it for the time that a person has
    )
    asked >> approve
    record(asked, approve.output)


icp_quarterly_validation()
