"""The analysts' backfill: recompute a stretch of the past beside the live results, without alerting anybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Param, dag, task
from icp_airflow import environment, settings, tell_ops

from icp_monitor import pipeline

CALENDAR = pipeline.calendar(environment())

DOC = """
**What it answers:** what did we know then (*as-was*), or what would we say today about then (*restated*)?

Fill in the form: first and last day, the kind of knowledge, and the ICP version (the one in force at the time, or a
number). The results go into a run set of their own (`bf-…`); live results are not touched, nobody is alerted, and no
approval is asked for. The same form twice gives the same run set.
"""


@dag(
    dag_id="icp_backfill",
    doc_md=DOC,
    schedule=None,
    start_date=pendulum.datetime(2025, 1, 1, tz=CALENDAR.timezone),
    max_active_runs=1,
    default_args={"owner": "revops", "retries": 1, "retry_delay": timedelta(minutes=1)},
    on_failure_callback=tell_ops,
    params={
        "from_date": Param(type="string", format="date", title="First day", description="2026-01-05"),
        "to_date": Param(type="string", format="date", title="Last day", description="2026-03-30"),
        "knowledge": Param(
            "as-was",
            enum=["as-was", "restated"],
            title="Knowledge",
            description="as-was: what was known on each day; restated: with all that is known now",
        ),
        "icp_version": Param(
            "at-time",
            type="string",
            pattern="^(at-time|[1-9][0-9]*)$",
            title="ICP version",
            description="at-time, or the number of a version",
        ),
    },
    tags=["icp", "backfill"],
)
def icp_backfill() -> None:
    @task
    def plan(**context: Any) -> dict[str, str]:
        """Check the form against what the ledger knows, and name the run set."""
        return pipeline.plan_backfill(settings(), **context["params"])

    @task
    def recompute(request: dict[str, str], **context: Any) -> dict[str, str]:
        """Recompute every look day of the request; days that are already done are left alone."""
        who = context["dag_run"].triggering_user_name or "airflow"
        return pipeline.run_backfill(settings(), request, who)

    recompute(plan())


icp_backfill()
