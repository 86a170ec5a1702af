"""The analysts' backfill: recompute a stretch of the past beside the live results, without alerting anybody."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pendulum
from airflow.sdk import Param, dag
from icp_settings import business_calendar, environment
from icp_tasks import DEFAULT_ARGS, step, tell_ops

from icp_monitor import pipeline

CALENDAR = business_calendar()

DOC = """
**What it answers:** what did we know then (*as-was*), or what would we say today about then (*restated*)?

Fill in the form: first and last day, the kind of knowledge, and the ICP version (the one in force at the time, or a
number). Look days between the two are computed again, each as it would have been judged. The results go into a run set
of their own (`bf-…`, which the step *plan* names); live results are not touched, nobody is alerted, and no approval is
asked for. The same form twice goes on where the first stopped, and gives the same run set.

`icp-monitor backfill` does the same at the command line; `--dry-run` tells beforehand what would be computed.
"""


@dag(
    dag_id="icp_backfill",
    description="What did we know then, or what would we say today about then?",
    doc_md=DOC,
    schedule=None,
    start_date=pendulum.datetime(2025, 1, 1, tz=CALENDAR.timezone),
    max_active_runs=1,
    default_args=DEFAULT_ARGS,
    on_failure_callback=tell_ops,
    params={
        "from_date": Param(type="string", format="date", title="First day", description="such as 2026-01-05"),
        "to_date": Param(type="string", format="date", title="Last day", description="such as 2026-03-30; included"),
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
            description="at-time: the one in force on each day; or the number of a version",
        ),
    },
    tags=["icp", "backfill"],
)
def icp_backfill() -> None:
    @step
    def plan(**context: Any) -> dict[str, str]:
        """Check the form against what the ledger knows, and name the run set."""
        form = {name: context["params"][name] for name in ("from_date", "to_date", "knowledge", "icp_version")}
        return pipeline.plan_backfill(environment(), **form)

    @step
    def recompute(request: dict[str, str], **context: Any) -> dict[str, str]:
        """Recompute every look day of the request; days that are already done are left alone."""
        who = context["dag_run"].triggering_user_name or "airflow"
        return pipeline.run_backfill(environment(), request, who)

    recompute.override(execution_timeout=timedelta(days=1))(plan())


icp_backfill()
